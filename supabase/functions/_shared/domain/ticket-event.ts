import * as z from "zod/mini";
import { instantText } from "./instant.ts";
import type { RefusalDetail } from "./refusal.ts";
import { line } from "./text.ts";
import { purchaseFields, type SaleStatus, saleStatuses } from "./ticket-sale.ts";

/** How far ahead of ours a provider's clock may be, in milliseconds: what lies further ahead would outrank all to come. */
const clockTolerance = 300_000;

/** What a provider tells about a sale: its whole state after the event. */
export const ticketEventSchema = z.strictObject({
  event_id: line(1, 255),
  occurred_at: instantText.check(
    z.refine((instant) => Date.parse(instant) >= Date.parse("2000-01-01T00:00:00Z"), {
      error: "Не раньше 2000 года",
    }),
    z.refine((instant) => Date.parse(instant) <= Date.now() + clockTolerance, {
      error: "Событие не может произойти в будущем",
    }),
  ),
  concert_id: line(1, 200),
  external_transaction_id: line(1, 255),
  ...purchaseFields,
  status: z.enum(saleStatuses),
});
export type TicketEvent = z.infer<typeof ticketEventSchema>;

/** What became of an event. */
export interface EventOutcome {
  applied: boolean;
  /** Why not: it was applied before, or something newer is known of the sale. */
  reason: "duplicate" | "stale" | null;
}

/**
 * Whether an event is older than what is known of its sale. At the same moment the later step wins, so that the order of
 * arrival does not decide what becomes of the sale.
 */
export function isStale(
  event: Pick<TicketEvent, "occurred_at" | "status">,
  last: { last_event_at: string | null; last_event_status: SaleStatus | null },
): boolean {
  if (last.last_event_at === null) return false;
  if (event.occurred_at !== last.last_event_at) return event.occurred_at < last.last_event_at;
  return saleStatuses.indexOf(event.status) <
    (last.last_event_status === null ? 0 : saleStatuses.indexOf(last.last_event_status));
}

/** A sale stays with its concert. */
export const otherConcertDetail: RefusalDetail = {
  path: "concert_id",
  message: "Продажа с этим external_transaction_id относится к другому концерту",
};

/** A sale that stands is worth more than what was paid back of it. */
export const paidBackDetail: RefusalDetail = {
  path: "unit_price",
  message: "По этой продаже уже возвращена такая же или большая сумма",
};
