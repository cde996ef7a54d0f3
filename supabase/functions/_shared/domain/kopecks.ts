/** Whole kopecks of an amount in rubles, half a kopeck rounded up; float noise such as 1.005 does not count. */
export function toKopecks(rubles: number): number {
  const kopecks = rubles * 100;
  // Most amounts are whole; of minus zero nobody should hear.
  return Number.isInteger(kopecks) ? kopecks || 0 : Math.round(Number(kopecks.toFixed(4)));
}

/** Rubles of whole kopecks. */
export function toRubles(kopecks: number): number {
  return kopecks / 100;
}

/**
 * `percent` of an amount, half a kopeck rounded up. In whole numbers throughout, so that no float decides a kopeck.
 *
 * @param kopecks whole, from 0 on
 * @param percent at most two decimals
 */
export function shareOf(kopecks: number, percent: number): number {
  const hundredths = BigInt(Math.round(percent * 100));
  return Number((BigInt(kopecks) * hundredths + 5_000n) / 10_000n);
}

/** `kopecks` divided among `count`, half a kopeck rounded up; null among none. */
export function averageOf(kopecks: number, count: number): number | null {
  if (count === 0) return null;
  return Number((2n * BigInt(kopecks) + BigInt(count)) / (2n * BigInt(count)));
}
