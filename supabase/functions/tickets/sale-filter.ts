import * as z from "zod/mini";
import type { SaleFilter } from "../_shared/database/sale-repository.ts";
import { calendarDate, dayAfter, instantOf } from "../_shared/domain/calendar.ts";
import { defaultTimeZone } from "../_shared/domain/concert.ts";
import { line } from "../_shared/domain/text.ts";
import { saleStatuses } from "../_shared/domain/ticket-sale.ts";

/** The query parameters that choose sales, for the list and for the CSV. */
export const saleFilterFields = {
  concert_id: z.optional(line(1, 200)),
  status: z.optional(z.enum(saleStatuses)),
  /** `manual`: sold without a provider. */
  provider_id: z.optional(
    z.string().check(z.regex(/^[a-z0-9-]{2,40}$/, { error: "Нужен id провайдера или manual" })),
  ),
  from: z.optional(calendarDate),
  to: z.optional(calendarDate),
};

const saleFilterSchema = z.object(saleFilterFields);

/** Days are those of Moscow, both included. */
export function saleFilterOf(query: z.infer<typeof saleFilterSchema>): SaleFilter {
  const { from, to } = query;
  return {
    concert_id: query.concert_id ?? null,
    status: query.status ?? null,
    provider_id: query.provider_id ?? null,
    from: from === undefined ? null : midnight(from),
    // Behind the last day there is there is nothing.
    before: to === undefined || to === "9999-12-31" ? null : midnight(dayAfter(to)),
  };
}

function midnight(date: string): string {
  return instantOf(date, "00:00", defaultTimeZone).toISOString();
}
