import assert from "node:assert/strict";
import type { ConformanceContext, ConformanceTest } from "../conformance/conformance-context.ts";
import { conformanceOn } from "../conformance/conformance-on.ts";
import { sqlTarget } from "../conformance/sql-target.ts";
import { testServerUrl } from "../support/test-server.ts";
import {
  guardedBackends,
  raceModeration,
  racePromotions,
  raceSales,
  raceTests,
  raceViews,
} from "./races.ts";

const test = conformanceOn(sqlTarget);
raceTests(test);

/** A race that only happens where statements really run at the same time. */
const control: ConformanceTest = testServerUrl !== undefined ? test : (name) =>
  Deno.test({
    name: `sql: ${name} (skipped: the embedded PostgreSQL takes one request at a time; ` +
      "set TEST_DATABASE_URL)",
    ignore: true,
    fn: () => {},
  });

control("control: without the lock on the artist's coins they are spent twice", async (context) => {
  const withoutLock = await changedFunction(context, "private.promote_concert", [
    [
      /(select coins_balance into balance from public\.artists where id = owner) for no key update;/,
      "$1; perform pg_catalog.pg_sleep(0.5);",
    ],
  ]);
  const { stack } = context;
  // The last line of defence would stop it, too: the balance may not be negative.
  const constraint = "artists_coins_balance_not_negative";
  await stack.sql(`alter table public.artists drop constraint ${constraint}`);
  try {
    await withoutLock(async () => {
      const race = { concerts: 2, affordable: 1 };
      const outcome = await racePromotions(context, await guardedBackends(context), race);
      assert.deepEqual([outcome.succeeded, outcome.balance], [2, -100]);
    });
  } finally {
    await stack.sql(
      `alter table public.artists add constraint ${constraint} check (coins_balance >= 0) not valid`,
    );
  }
});

control(
  "control: without the lock on the concert more seats are sold than there are",
  async (context) => {
    const withoutLock = await changedFunction(context, "private.create_ticket_sale", [
      [/perform private\.lock_own_concert\(own_concert::text\);/, ""],
    ]);
    const slowly = await changedFunction(context, "private.move_seats", [
      [/(\n\s*update public\.concerts)/, "\n  perform pg_catalog.pg_sleep(0.05);$1"],
    ]);
    const { stack } = context;
    // The last line of defence would stop it, too: no more tickets than seats.
    const constraint = "concerts_capacity_covers_sales";
    await stack.sql(`alter table public.concerts drop constraint ${constraint}`);
    try {
      await withoutLock(() =>
        slowly(async () => {
          const race = { buyers: 500, seats: 100 };
          const { tickets } = await raceSales(context, await guardedBackends(context), race);
          assert.ok(tickets > 100, `${tickets} tickets: the race above proves nothing`);
        })
      );
    } finally {
      await stack.sql(
        `alter table public.concerts
       add constraint ${constraint} check (tickets_sold <= ticket_capacity) not valid`,
      );
    }
  },
);

control("control: without the lock on the concert two moderators decide", async (context) => {
  const withoutLock = await changedFunction(context, "private.moderate_concert", [
    [/(where id = private\.find_concert_id\(reference\)\s+)for no key update;/, "$1;"],
    [/(\n\s*update public\.concerts)/, "\n  perform pg_catalog.pg_sleep(0.5);$1"],
  ]);
  await withoutLock(async () => {
    const { succeeded, told } = await raceModeration(context, await guardedBackends(context), 2);
    assert.equal(succeeded, 2);
    assert.deepEqual(told.sort(), ["approved", "rejected"]);
  });
});

control("control: counting in two steps instead of one loses views", async (context) => {
  const inTwoSteps = await changedFunction(context, "private.count_concert_event", [
    [
      /\bbegin\b/,
      `declare seen constant integer := (select views_count from public.concerts where id = counted);
       begin perform pg_catalog.pg_sleep(0.05);`,
    ],
    [/views_count = views_count \+/, "views_count = seen +"],
  ]);
  await inTwoSteps(async () => {
    assert.ok(await raceViews(context, await guardedBackends(context), 50) < 50);
  });
});

/**
 * Prepares a function of the schema with its guard taken off; what it returns runs a race on that and puts the
 * function back as it was. Fails when the function no longer looks as the change expects.
 */
async function changedFunction(
  { stack }: ConformanceContext,
  name: string,
  changes: [RegExp, string][],
): Promise<(race: () => Promise<void>) => Promise<void>> {
  const [{ definition }] = await stack.sql(
    `select pg_get_functiondef($1::text::regproc) as definition`,
    [name],
  );
  const original = String(definition);
  const changed = changes.reduce((text, [pattern, replacement]) => {
    assert.match(text, pattern, `${name} has the guard to take off`);
    return text.replace(pattern, replacement);
  }, original);
  return async (race) => {
    await stack.sql(changed);
    try {
      await race();
    } finally {
      await stack.sql(original);
    }
  };
}
