import assert from "node:assert/strict";
import { dayAfter, instantOf } from "../../supabase/functions/_shared/domain/calendar.ts";
import { startTestStack } from "../support/test-stack.ts";

Deno.test({
  name: "both modes agree on the instant at which a day ends, everywhere and all through two years",
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
         -- The days around clock changes differ most; every fifth day would miss most of them.
         cross join generate_series(date '2026-01-01', date '2027-12-31', interval '1 day') as day`,
        [`{${zones.join(",")}}`],
      );
      assert.ok(rows.length > 300 * 730, `${rows.length} days were compared`);
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
