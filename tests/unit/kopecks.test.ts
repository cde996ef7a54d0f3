import assert from "node:assert/strict";
import {
  averageOf,
  shareOf,
  toKopecks,
  toRubles,
} from "../../supabase/functions/_shared/domain/kopecks.ts";
import { HostileValues } from "../legacy/hostile-values.ts";

Deno.test("rubles become whole kopecks, float noise aside", () => {
  const amounts: [number, number][] = [
    [0, 0],
    [-0, 0],
    [0.01, 1],
    [1.005, 101],
    [0.1 + 0.2, 30],
    [562.8000000000001, 56_280],
    [1_000_000_000, 100_000_000_000],
  ];
  for (const [rubles, kopecks] of amounts) assert.equal(toKopecks(rubles), kopecks, String(rubles));
});

Deno.test("every amount of two decimals survives the way there and back", () => {
  const random = new HostileValues(7);
  for (let round = 0; round < 10_000; round++) {
    const kopecks = random.below(2 ** 31) * (1 + random.below(40));
    assert.equal(toKopecks(toRubles(kopecks)), kopecks);
  }
});

Deno.test("a share is rounded half up, by whole numbers alone", () => {
  assert.equal(shareOf(10, 5), 1, "0.5 of a kopeck");
  assert.equal(shareOf(9, 5), 0, "0.45");
  assert.equal(shareOf(110, 5), 6, "5.5");
  assert.equal(shareOf(33_333, 7), 2_333, "2333.31");
  assert.equal(shareOf(100, 0.5), 1, "0.5");
  assert.equal(shareOf(1_000, 8.35), 84, "83.5, which floats put below");
  assert.equal(shareOf(12_345, 0), 0);
  assert.equal(shareOf(12_345, 100), 12_345);
  // Beyond 2^53 on the way.
  assert.equal(shareOf(100_000_000_000, 99.99), 99_990_000_000);
});

Deno.test("what the provider keeps and what remains are the total, always", () => {
  const random = new HostileValues(11);
  for (let round = 0; round < 10_000; round++) {
    const total = random.below(2 ** 31);
    const percent = random.below(10_001) / 100;
    const share = shareOf(total, percent);
    assert.ok(Number.isSafeInteger(share) && share >= 0 && share <= total);
    assert.ok(Math.abs(share - total * percent / 100) <= 0.5 + 1e-6, `${percent} % of ${total}`);
  }
});

Deno.test("an average is rounded half up; among none there is none", () => {
  assert.equal(averageOf(3, 2), 2);
  assert.equal(averageOf(10, 3), 3);
  assert.equal(averageOf(0, 5), 0);
  assert.equal(averageOf(5, 0), null);
});
