import * as z from "zod/mini";

/** An amount of rubles with at most two decimals, 0 to `maximum`. */
export function rubles(maximum: number) {
  return z.number().check(
    z.gte(0),
    z.lte(maximum),
    // 0.1 + 0.2 style noise is refused rather than rounded: money is never guessed.
    z.refine((amount) => Number(amount.toFixed(2)) === amount, {
      error: "Не больше двух знаков после запятой",
    }),
  );
}
