import * as z from "zod/mini";

/** For how many days a concert is to be promoted. */
export const promotionSchema = z.strictObject({ days: z.int().check(z.gte(1), z.lte(30)) });

const coinsPerStartedWeek = 100;

/** What a promotion of `days` (1-30) costs in coins: 100 for every week begun. */
export function promotionCost(days: number): number {
  return Math.ceil(days / 7) * coinsPerStartedWeek;
}

/** When a promotion of `days` begun at `start` ends. */
export function promotionEnd(start: Date, days: number): Date {
  return new Date(start.getTime() + days * 86_400_000);
}

/** Whether a promotion that was bought runs at `now`. */
export function promotionRuns(endsAt: string | null, now: Date): boolean {
  return endsAt !== null && new Date(endsAt) > now;
}
