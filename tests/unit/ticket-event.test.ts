import assert from "node:assert/strict";
import { isStale } from "../../supabase/functions/_shared/domain/ticket-event.ts";
import { saleStatuses } from "../../supabase/functions/_shared/domain/ticket-sale.ts";

const at = (second: number) => `2026-01-01T00:00:0${second}.000Z`;

Deno.test("what occurred before the last event is stale, whatever it says", () => {
  for (const status of saleStatuses) {
    for (const last_event_status of saleStatuses) {
      const last = { last_event_at: at(5), last_event_status };
      assert.equal(isStale({ occurred_at: at(4), status }, last), true);
      assert.equal(isStale({ occurred_at: at(6), status }, last), false);
    }
  }
});

Deno.test("at the same moment a sale does not go back", () => {
  const last = { last_event_at: at(5), last_event_status: "confirmed" } as const;
  const verdicts = saleStatuses.map((status) => isStale({ occurred_at: at(5), status }, last));
  assert.deepEqual(verdicts, [true, false, false, false]);
});

Deno.test("a sale without events has nothing to fall behind", () => {
  const never = { last_event_at: null, last_event_status: null };
  assert.equal(isStale({ occurred_at: at(0), status: "pending" }, never), false);
});
