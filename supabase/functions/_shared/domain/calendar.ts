import * as z from "zod/mini";
import type { RefusalDetail } from "./refusal.ts";

/** Whether `text` is a date of the calendar, `YYYY-MM-DD`: 2026-02-30 is not. */
export function isCalendarDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text) &&
    text >= "1900-01-01";
}

/** A date of the calendar from 1900 on, `YYYY-MM-DD`. */
export const calendarDate = z.string().check(
  z.refine(isCalendarDate, { error: "Нужна дата в виде ГГГГ-ММ-ДД" }),
);

/** A time of day, `HH:MM`. */
export const timeOfDay = z.string().check(
  z.regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: "Нужно время в виде ЧЧ:ММ" }),
);

/** Whether `name` is a time zone this runtime can reckon with, such as Europe/Moscow. */
export function isTimeZone(name: string): boolean {
  // "+03:00" and "EST5EDT" are accepted by Intl, but PostgreSQL reads the sign of such names the other way round.
  if (!/^[A-Za-z]+(\/[A-Za-z0-9_+-]+)+$/.test(name) && name !== "UTC") return false;
  if (knownTimeZones.has(name)) return true;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
  } catch {
    return false;
  }
  knownTimeZones.add(name);
  return true;
}

/** Asking Intl takes long, the first time above all; the default needs no asking. */
const knownTimeZones = new Set(["Europe/Moscow"]);

export const timeZoneDetail: RefusalDetail = {
  path: "time_zone",
  message: "Неизвестный часовой пояс, пример: Europe/Moscow",
};

/** Names that Intl knows and PostgreSQL does not: the IANA database has dropped them. */
const droppedTimeZones = new Set(["canada/east-saskatchewan", "us/pacific-new"]);

/** Whether PostgreSQL takes a time zone of Intl's for the same. Other names with digits it reads as rules. */
function isTimeZoneOfPostgres(name: string): boolean {
  return /^(\D+|etc\/gmt.*)$/i.test(name) && !droppedTimeZones.has(name.toLowerCase());
}

/** The name of an IANA time zone, one that both stores know. */
export const timeZoneName = z.string().check(
  z.maxLength(64),
  z.refine((name) => isTimeZone(name) && isTimeZoneOfPostgres(name), {
    error: timeZoneDetail.message,
  }),
);

/**
 * The instant at which the clocks of `timeZone` show `date` and `time`.
 *
 * What they show twice or skip, at a clock change, is read as PostgreSQL reads it: the later one.
 *
 * @param date `YYYY-MM-DD`
 * @param time `HH:MM`
 * @returns no valid date when there is no such time
 */
export function instantOf(date: string, time: string, timeZone: string): Date {
  const asIfUtc = Date.parse(`${date}T${time}:00Z`);
  if (Number.isNaN(asIfUtc)) return new Date(NaN);
  // The offsets on both sides of a clock change that may lie near.
  const before = asIfUtc - offsetAt(asIfUtc - dayInMilliseconds, timeZone);
  const after = asIfUtc - offsetAt(asIfUtc + dayInMilliseconds, timeZone);
  if (before === after) return new Date(before);
  const shown = [before, after].filter((instant) =>
    instant + offsetAt(instant, timeZone) === asIfUtc
  );
  return new Date(Math.max(...(shown.length > 0 ? shown : [before, after])));
}

/** The date that the clocks of `timeZone` show at `instant` (ISO 8601), `YYYY-MM-DD`. */
export function dateIn(instant: string, timeZone: string): string {
  const milliseconds = Date.parse(instant);
  return new Date(milliseconds + offsetAt(milliseconds, timeZone)).toISOString().slice(0, 10);
}
const dayInMilliseconds = 86_400_000;

/** Milliseconds by which the clocks of `timeZone` are ahead of UTC at `instant` (milliseconds since 1970). */
function offsetAt(instant: number, timeZone: string): number {
  const parts: Record<string, string> = {};
  for (const { type, value } of clockOf(timeZone).formatToParts(instant)) parts[type] = value;
  const shown = Date.UTC(
    Number(parts.year),
    Number(parts.month) - 1,
    Number(parts.day),
    Number(parts.hour),
    Number(parts.minute),
    Number(parts.second),
  );
  return shown - Math.floor(instant / 1000) * 1000;
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** Building a formatter takes far longer than using it, so one a time zone is kept. */
function clockOf(timeZone: string): Intl.DateTimeFormat {
  let clock = clocks.get(timeZone);
  if (!clock) {
    clock = new Intl.DateTimeFormat("en", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    clocks.set(timeZone, clock);
  }
  return clock;
}

/** The day after `date` (`YYYY-MM-DD`). */
export function dayAfter(date: string): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + dayInMilliseconds).toISOString().slice(0, 10);
}
