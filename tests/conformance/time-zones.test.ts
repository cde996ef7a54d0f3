import assert from "node:assert/strict";
import {
  dayAfter,
  instantOf,
  timeZoneName,
} from "../../supabase/functions/_shared/domain/calendar.ts";
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

Deno.test({
  name: "both modes take the same names of time zones, and so does the table itself",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const stack = await startTestStack();
    try {
      const artist = crypto.randomUUID();
      const known = await stack.sql("select name from pg_timezone_names");
      const names = new Set([
        ...known.map(({ name }) => String(name)),
        ...Intl.supportedValuesOf("timeZone"),
        // Known to one of the two alone, or read by each in its own way.
        ...["Canada/East-Saskatchewan", "US/Pacific-New", "Etc/Unknown", "SystemV/AST4ADT"],
        ...[
          "posix/Europe/Moscow",
          "right/GMT0",
          "Posix/Europe/Moscow",
          "Ap/P9f",
          "Europe/Atlantis",
        ],
        ...["UTC", "utc", "europe/moscow", "Etc/GMT+12", "etc/gmt-14", "Etc/GMT+13", "Etc/GMT0"],
      ]);
      const list = [...names].map((name) => `'${name.replaceAll("'", "''")}'`).join(",");
      const results = await stack.results(`
        insert into public.artists (id) values ('${artist}');
        insert into public.concerts (artist_id, title) values ('${artist}', 'Пояса');
        create function pg_temp.is_taken(zone text) returns boolean language plpgsql as $$
        begin
          update public.concerts set time_zone = zone where artist_id = '${artist}';
          return true;
        exception when others then return false;
        end;
        $$;
        select name from unnest(array[${list}]) as name where pg_temp.is_taken(name);
      `);
      const taken = results.at(-1) ?? [];
      assert.ok(taken.length > 400, `${taken.length} names are taken`);
      assert.deepEqual(
        taken.map(({ name }) => String(name)).toSorted(),
        [...names].filter((name) => timeZoneName.safeParse(name).success).toSorted(),
      );
    } finally {
      await stack.close();
    }
  },
});
