import assert from "node:assert/strict";
import {
  dayAfter,
  instantOf,
  isCalendarDate,
  isTimeZone,
  timeOfDay,
} from "../../supabase/functions/_shared/domain/calendar.ts";

Deno.test("a calendar date exists in the calendar and is written YYYY-MM-DD", () => {
  const dates: [string, boolean][] = [
    ["2026-11-22", true],
    ["2028-02-29", true],
    ["1900-01-01", true],
    ["1899-12-31", false],
    ["2026-02-29", false],
    ["2026-02-30", false],
    ["2100-02-29", false],
    ["2026-13-01", false],
    ["2026-00-10", false],
    ["2026-01-00", false],
    ["2026-1-1", false],
    ["15.03.2026", false],
    ["2026-11-22T00:00:00Z", false],
    ["2026-11-22 ", false],
    ["+02026-11-22", false],
    ["", false],
  ];
  for (const [text, expected] of dates) assert.equal(isCalendarDate(text), expected, text);
});

Deno.test("a time of day is HH:MM of a 24-hour clock", () => {
  const times: [string, boolean][] = [
    ["00:00", true],
    ["09:05", true],
    ["23:59", true],
    ["24:00", false],
    ["19:60", false],
    ["7:00", false],
    ["19:00:00", false],
    ["19.00", false],
    [" 19:00", false],
    ["19:00\n", false],
    ["", false],
  ];
  for (const [text, expected] of times) {
    assert.equal(timeOfDay.safeParse(text).success, expected, JSON.stringify(text));
  }
});

Deno.test("a time zone has a name of the IANA database; offsets are refused", () => {
  const zones: [string, boolean][] = [
    ["Europe/Moscow", true],
    ["Asia/Kamchatka", true],
    ["America/Argentina/Buenos_Aires", true],
    ["UTC", true],
    ["Europe/Atlantis", false],
    ["+03:00", false],
    ["EST5EDT", false],
    ["MSK", false],
    ["Europe/Moscow; drop table concerts", false],
    ["../etc/passwd", false],
    ["", false],
  ];
  for (const [name, expected] of zones) assert.equal(isTimeZone(name), expected, name);
});

Deno.test("an instant is found through the clocks of its zone, summer and winter", () => {
  const instants: [date: string, time: string, zone: string, utc: string][] = [
    ["2026-11-22", "19:00", "Europe/Moscow", "2026-11-22T16:00:00.000Z"],
    ["2026-11-22", "19:00", "Asia/Kamchatka", "2026-11-22T07:00:00.000Z"],
    ["2026-11-22", "00:00", "Asia/Kamchatka", "2026-11-21T12:00:00.000Z"],
    ["2026-11-22", "19:00", "Asia/Kathmandu", "2026-11-22T13:15:00.000Z"],
    ["2026-11-22", "23:59", "America/Los_Angeles", "2026-11-23T07:59:00.000Z"],
    ["2026-07-01", "19:00", "Europe/Berlin", "2026-07-01T17:00:00.000Z"],
    ["2026-12-01", "19:00", "Europe/Berlin", "2026-12-01T18:00:00.000Z"],
    // The hours around both clock changes of 2026 in Berlin.
    ["2026-03-29", "01:59", "Europe/Berlin", "2026-03-29T00:59:00.000Z"],
    ["2026-03-29", "03:00", "Europe/Berlin", "2026-03-29T01:00:00.000Z"],
    ["2026-10-25", "01:59", "Europe/Berlin", "2026-10-24T23:59:00.000Z"],
    ["2026-10-25", "03:00", "Europe/Berlin", "2026-10-25T02:00:00.000Z"],
    // A clock change at midnight.
    ["2026-04-24", "01:00", "Africa/Cairo", "2026-04-23T22:00:00.000Z"],
    ["2026-04-23", "23:59", "Africa/Cairo", "2026-04-23T21:59:00.000Z"],
    // Moscow has kept one offset since 2014, and had another before.
    ["2013-06-01", "12:00", "Europe/Moscow", "2013-06-01T08:00:00.000Z"],
    ["2026-11-22", "19:00", "UTC", "2026-11-22T19:00:00.000Z"],
  ];
  for (const [date, time, zone, utc] of instants) {
    assert.equal(instantOf(date, time, zone).toISOString(), utc, `${date} ${time} ${zone}`);
  }
});

Deno.test("an hour that the clocks skip or show twice is read as PostgreSQL reads it: the later", () => {
  const instants: [date: string, time: string, zone: string, utc: string][] = [
    ["2026-03-29", "02:30", "Europe/Berlin", "2026-03-29T01:30:00.000Z"],
    ["2026-10-25", "02:30", "Europe/Berlin", "2026-10-25T01:30:00.000Z"],
    // At midnight, west of Greenwich.
    ["2026-03-08", "00:00", "America/Havana", "2026-03-08T05:00:00.000Z"],
    ["2026-11-01", "00:00", "America/Havana", "2026-11-01T05:00:00.000Z"],
    // A day that was skipped altogether.
    ["2011-12-30", "12:00", "Pacific/Apia", "2011-12-30T22:00:00.000Z"],
  ];
  for (const [date, time, zone, utc] of instants) {
    assert.equal(instantOf(date, time, zone).toISOString(), utc, `${date} ${time} ${zone}`);
  }
});

Deno.test("the day after a date crosses months, leap days and years", () => {
  assert.equal(dayAfter("2026-11-22"), "2026-11-23");
  assert.equal(dayAfter("2026-02-28"), "2026-03-01");
  assert.equal(dayAfter("2028-02-28"), "2028-02-29");
  assert.equal(dayAfter("2026-12-31"), "2027-01-01");
});
