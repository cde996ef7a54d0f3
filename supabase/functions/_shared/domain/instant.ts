import * as z from "zod/mini";
import { isCalendarDate } from "./calendar.ts";
import type { RefusalDetail } from "./refusal.ts";

export const pastInstantDetail: RefusalDetail = {
  path: "scheduled_for",
  message: "Укажите время в будущем",
};

/** The first and the last instant that stores and API agree on. */
const earliest = Date.parse("1900-01-01T00:00:00.000Z");
const latest = Date.parse("9999-12-31T23:59:59.999Z");

/** The instant `milliseconds` after 1970, or the nearest there is. */
export function nearestInstant(milliseconds: number): string {
  return new Date(Math.min(Math.max(milliseconds, earliest), latest)).toISOString();
}

/** An instant with its zone, such as `2026-12-01T10:00:00+03:00`; comes out in UTC, to the millisecond. */
export const instantText = z.pipe(
  z.string().check(
    z.refine(isInstant, {
      error: "Нужны дата и время с часовым поясом, пример: 2026-12-01T10:00:00+03:00",
    }),
  ),
  z.transform((text) => new Date(text).toISOString()),
);

/** An instant that is still to come. */
export const futureInstant = instantText.check(
  z.refine((instant) => Date.parse(instant) > Date.now(), { error: pastInstantDetail.message }),
);

function isInstant(text: string): boolean {
  const parts = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/.exec(
    text,
  );
  if (!parts || !isCalendarDate(parts[1])) return false;
  const instant = new Date(text);
  // PostgreSQL and the API agree on years of four digits.
  return !Number.isNaN(instant.getTime()) && instant.toISOString().length === 24;
}
