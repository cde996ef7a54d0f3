import * as z from "zod/mini";
import type { PublicConcertFilter } from "../../_shared/database/types.ts";
import { calendarDate } from "../../_shared/domain/calendar.ts";
import { eventTypes } from "../../_shared/domain/concert.ts";
import { Refusal } from "../../_shared/domain/refusal.ts";
import { wordsOf } from "../../_shared/domain/search.ts";
import { line } from "../../_shared/domain/text.ts";

/** The query parameters that choose public concerts, for the list and for the calendar. */
export const publicFilterFields = {
  q: z.optional(line(1, 200)),
  city: z.optional(line(1, 100)),
  event_type: z.optional(z.enum(eventTypes)),
  artist_id: z.optional(line(1, 200)),
  from: z.optional(calendarDate),
  to: z.optional(calendarDate),
  when: z.optional(z.enum(["upcoming", "past", "all"])),
  promoted: z.optional(z.enum(["true", "false"])),
};

const publicFilterSchema = z.object({
  ...publicFilterFields,
  order: z.optional(z.enum(["event_date", "-event_date", "relevance"])),
});

/** Throws `validation_failed` when the parameters do not go together. */
export function publicFilterOf(query: z.infer<typeof publicFilterSchema>): PublicConcertFilter {
  if (query.order === "relevance" && query.q === undefined) {
    throw new Refusal("validation_failed", [{
      path: "order",
      message: "Порядок relevance возможен только вместе с q",
    }]);
  }
  const search = query.q === undefined ? null : wordsOf(query.q);
  if (search?.length === 0) {
    throw new Refusal("validation_failed", [{ path: "q", message: "Нужно хотя бы одно слово" }]);
  }
  return {
    search,
    city: query.city ?? null,
    event_type: query.event_type ?? null,
    artist_id: query.artist_id ?? null,
    from: query.from ?? null,
    to: query.to ?? null,
    when: query.when ?? "upcoming",
    promoted: query.promoted === undefined ? null : query.promoted === "true",
    order: query.order ?? "event_date",
  };
}
