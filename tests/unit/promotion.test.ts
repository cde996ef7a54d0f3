import assert from "node:assert/strict";
import {
  promotionCost,
  promotionEnd,
  promotionRuns,
  promotionSchema,
} from "../../supabase/functions/_shared/domain/promotion.ts";

Deno.test("a promotion costs 100 coins for every week begun", () => {
  for (let days = 1; days <= 30; days++) {
    const weeks = [7, 14, 21, 28, 35].findIndex((end) => days <= end) + 1;
    assert.equal(promotionCost(days), weeks * 100, `${days} days`);
  }
});

Deno.test("a promotion takes 1 to 30 whole days", () => {
  for (const days of [1, 7, 30]) assert.ok(promotionSchema.safeParse({ days }).success, `${days}`);
  for (const days of [0, 31, -1, 1.5, NaN, Infinity, "7", null, undefined]) {
    assert.ok(!promotionSchema.safeParse({ days }).success, `${days}`);
  }
  assert.ok(!promotionSchema.safeParse({ days: 7, cost: 0 }).success, "an unknown field");
});

Deno.test("a promotion ends the same time of day, that many days later, and runs until then", () => {
  const start = new Date("2026-11-22T10:30:00.123Z");
  const end = promotionEnd(start, 30);
  assert.equal(end.toISOString(), "2026-12-22T10:30:00.123Z");
  assert.ok(promotionRuns(end.toISOString(), new Date(end.getTime() - 1)));
  assert.ok(!promotionRuns(end.toISOString(), end));
  assert.ok(!promotionRuns(null, start));
});
