import type { MigrationTotals } from "../../supabase/functions/_shared/database/transfer/migration-target.ts";
import type { AssembledRecords } from "../workspace/assembled-records.ts";

/** A sum on both sides; `refused`: what of the source's is in records that the target refused. */
export interface SumComparison<Sum> {
  name: string;
  source: Sum;
  target: Sum;
  refused: Sum;
}

export interface ComparedSums {
  /** Rubles, as texts to the kopeck. */
  money: SumComparison<string>[];
  coins: SumComparison<number>[];
}

const amounts = [
  ["ticket_sales", "total_amount", "total_amount"],
  ["ticket_sales", "commission_amount", "commission_amount"],
  ["ticket_sales", "net_amount", "net_amount"],
  ["ticket_sales", "refund_amount", "refund_amount"],
  ["ticket_refunds", "amount", "refunds_ledger"],
] as const;

const coinSums = [
  ["balances", "artists", "coins_balance", "balances"],
  ["movements", "coin_transactions", "amount", "ledger"],
] as const;

/** The sums of all records that there are now: kopecks, then coins. */
export function sumsOf(records: AssembledRecords): { kopecks: number[]; coins: number[] } {
  return {
    kopecks: amounts.map(([entity, column]) => records.kopecks(entity, column)),
    coins: coinSums.map(([, entity, column]) => records.sum(entity, column)),
  };
}

/**
 * Compares sums of the source with the target's.
 *
 * @param all of all records
 * @param taken of those that the target did not refuse
 */
export function compareSums(
  all: ReturnType<typeof sumsOf>,
  taken: ReturnType<typeof sumsOf>,
  { money, coins }: MigrationTotals,
): ComparedSums {
  return {
    money: amounts.map(([entity, column, total], place) => ({
      name: `${entity}.${column}`,
      source: rubles(all.kopecks[place]),
      target: money[total],
      refused: rubles(all.kopecks[place] - taken.kopecks[place]),
    })),
    coins: coinSums.map(([name, , , total], place) => ({
      name,
      source: all.coins[place],
      target: coins[total],
      refused: all.coins[place] - taken.coins[place],
    })),
  };
}

/** Whether the target's sum is the source's without what was refused. */
export function isSameButRefused(
  { source, target, refused }: SumComparison<string> | SumComparison<number>,
): boolean {
  const [ours, theirs, without] = [source, target, refused].map(hundredths);
  return ours - without === theirs;
}

function hundredths(sum: string | number): number {
  return Math.round(Number(sum) * 100);
}

function rubles(kopecks: number): string {
  const digits = String(Math.abs(kopecks)).padStart(3, "0");
  return `${kopecks < 0 ? "-" : ""}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
