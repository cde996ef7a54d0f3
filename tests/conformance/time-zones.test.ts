import assert from "node:assert/strict";
import { dayAfter, instantOf } from "../../supabase/functions/_shared/domain/calendar.ts";
import { startTestStack } from "../support/test-stack.ts";

Deno.test({
  name: "both modes agree on the instant at which a day ends, everywhere and all through a year",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const stack = await startTestStack();
    try {
      const zones = Intl.supportedValuesOf("timeZone").filter((zone) => zone.includes("/"));
      const rows = await stack.sql(
        `select zone.name, day::date::text as date,
           (extract(epoch from (day::date + 1)::timestamp at time zone zone.name) * 1000)::float8 as ends
         from unnest($1::text::text[]) as zone (name)
         join pg_timezone_names as known on known.name = zone.name
         cross join generate_series(timestamp '2026-07-01', '2027-06-30', interval '1 day') as day
         -- The days around every clock change, and some of the others.
         where date_part('day', day) = 1
           or (day + interval '2 days') at time zone zone.name - (day - interval '1 day') at time zone zone.name
             <> interval '72 hours'`,
        [`{${zones.join(",")}}`],
      );
      assert.ok(rows.length > 300 * 12, `${rows.length} days were compared`);
      const different = rows.filter(({ name, date, ends }) =>
        instantOf(dayAfter(String(date)), "00:00", String(name)).getTime() !== Number(ends)
      );
      assert.deepEqual(
        different.map(({ name, date, ends }) => [name, date, new Date(Number(ends)).toISOString()]),
        [],
      );
    } finally {
      await stack.close();
    }
  },
});
