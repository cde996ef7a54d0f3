import assert from "node:assert/strict";
import { rubles } from "../../supabase/functions/_shared/domain/money.ts";

Deno.test("an amount has whole kopecks within its bounds; nothing is rounded", () => {
  const amount = rubles(1_000_000);
  for (const value of [0, 0.01, 0.1, 0.29, 1.1, 19.99, 562.8, 1500, 999_999.99, 1_000_000]) {
    assert.ok(amount.safeParse(value).success, `${value}`);
  }
  for (
    const value of [
      -0.01,
      0.001,
      19.999,
      0.1 + 0.2,
      562.8000000000001,
      1_000_000.01,
      1_000_001,
      1e21,
      NaN,
      Infinity,
      "100",
      null,
      10n,
    ]
  ) {
    assert.ok(!amount.safeParse(value).success, `${value}`);
  }
});

Deno.test("every kopeck from 0 to 100 rubles is an amount", () => {
  const amount = rubles(100);
  for (let kopecks = 0; kopecks <= 10_000; kopecks++) {
    assert.ok(amount.safeParse(kopecks / 100).success, `${kopecks}`);
  }
});
