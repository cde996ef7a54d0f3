import assert from "node:assert/strict";
import {
  type ImportOptions,
  importSource,
  Interrupted,
  MigrationTarget,
  openSource,
  planImport,
  rollback,
  verify,
  type VerifyResult,
} from "../../migrate/mod.ts";
import { oldConcert, putRow } from "../kv/old-rows.ts";
import { breakingDataApi } from "../kv/breaking-data-api.ts";
import { dumpData } from "./data-dump.ts";
import { createMigrationContext, type MigrationContext } from "./migration-context.ts";

const artist = "e433af3d-9f48-415c-a161-99d001099610";

let context: MigrationContext;
Deno.test.beforeAll(async () => {
  context = await createMigrationContext();
});
Deno.test.afterAll(() => context.close());

/** Each with a store of two artists, thirty concerts and a few sales, and empty tables. */
function importTest(name: string, body: () => Promise<void>) {
  Deno.test({
    name,
    async fn() {
      const { stack, target } = context;
      await rollback(target, { force: true, batchSize: 1000 });
      await stack.sql("delete from kv_store_84730125");
      for (let number = 10; number < 40; number++) {
        const id = `tour_17953465951${number}_a1b2`;
        const owner = number % 2 === 0 ? artist : "demo-user";
        await putRow(stack, `concert:${id}`, oldConcert(owner, id));
        await putRow(stack, `ticket_sale:${id}:sale_17953465900${number}_x`, sale(number));
      }
      await body();
    },
    // The stack's connections outlive the test that happens to open them.
    sanitizeOps: false,
    sanitizeResources: false,
  });
}

function sale(number: number, metadata = {}) {
  return {
    id: `sale_17953465900${number}_x`,
    provider: "kassir",
    quantity: 2,
    price: 1000.5,
    totalAmount: 2001,
    commission: 100.05,
    netAmount: 1900.95,
    status: "confirmed",
    purchasedAt: "2026-10-01T12:00:00.000Z",
    metadata,
  };
}

async function runImport(options: Partial<ImportOptions> = {}) {
  const source = await openSource(context.connection);
  return await importSource(source, context.target, {
    folder: context.folder,
    batchSize: 1000,
    ...options,
  });
}

async function runVerify(includeTestSales = false): Promise<VerifyResult> {
  const { folder, target } = context;
  const source = await openSource(context.connection);
  return await verify(source, target, { folder, batchSize: 10, includeTestSales });
}

async function isIdentical(includeTestSales = false): Promise<boolean> {
  return (await runVerify(includeTestSales)).identical;
}

importTest("artists of whom only other records tell are made", async () => {
  const { results, summary } = await runImport();
  assert.equal(results.artists?.created, 2);
  assert.deepEqual(summary.totals, { keys: 60, migrated: 60, merged: 0, left_out: 0, rejected: 0 });
  const rows = await context.stack.sql("select legacy_id, claimed_at from artists order by 1");
  assert.deepEqual(rows, [
    { legacy_id: "demo-user", claimed_at: null },
    { legacy_id: null, claimed_at: null },
  ]);
  assert.ok(await isIdentical());
});

importTest("a newer row of the target stays, an older one is replaced", async () => {
  await runImport();
  const { stack } = context;
  const edit = (number: number, title: string, at: string | null) =>
    stack.sql(
      `update kv_store_84730125
       set value = value || jsonb_strip_nulls(jsonb_build_object('title', $2::text, 'updated_at', $3::text))
       where key like 'concert:tour_17953465951' || $1::text || '%'`,
      [String(number), title, at],
    );
  const titleOf = async (number: number) =>
    (await stack.sql("select title from concerts where legacy_id like $1", [
      `tour_17953465951${number}%`,
    ]))[0].title;
  await stack.sql("update concerts set title = 'В таблицах' where legacy_id like '%5110%'");
  await stack.sql("update concerts set title = 'В таблицах' where legacy_id like '%5112%'");
  await edit(10, "Раньше", "2026-01-01T00:00:00.000Z");
  await edit(12, "Позже", "2199-01-01T00:00:00.000Z");
  await edit(14, "Никем не тронут", null);
  const imported = await titleOf(16);
  await edit(16, "Из старой копии", "2026-01-01T00:00:00.000Z");

  const { results } = await runImport();
  assert.deepEqual(
    [results.concerts?.changed, results.concerts?.kept, results.concerts?.unchanged],
    [2, 2, 26],
  );
  assert.equal(await titleOf(10), "В таблицах");
  assert.equal(await titleOf(12), "Позже");
  assert.equal(await titleOf(14), "Никем не тронут");
  assert.equal(await titleOf(16), imported);
});

importTest("what a constraint refuses is kept whole, and what needs it too", async () => {
  const { stack, target, folder } = context;
  await stack.sql(
    "alter table concerts add constraint no_such_city check (legacy_id not like '%95121%')",
  );
  try {
    const source = await openSource(context.connection);
    const plan = await planImport(source, target, { folder, batchSize: 7 });
    assert.equal(plan.summary.totals.rejected, 2);
    assert.deepEqual(plan.results.concerts?.reasons, { "constraint:no_such_city": 1 });
    assert.deepEqual(plan.results.ticket_sales?.reasons, { "missing:concerts": 1 });

    const { summary, results } = await runImport({ batchSize: 7 });
    assert.deepEqual(summary.totals, {
      keys: 60,
      migrated: 58,
      merged: 0,
      left_out: 0,
      rejected: 2,
    });
    assert.deepEqual(results.ticket_sales?.reasons, { "missing:concerts": 1 });
    const kept = await stack.sql(`
      select reason, kept.value::jsonb = source.value as whole, first_seen is not null as dated
      from migration_rejects as kept join kv_store_84730125 as source using (key) order by key
    `);
    assert.deepEqual(kept, [
      { reason: "constraint:no_such_city", whole: true, dated: true },
      { reason: "missing:concerts", whole: true, dated: true },
    ]);
    const { identical, identicalButRefused, ...found } = await runVerify();
    assert.deepEqual([identical, identicalButRefused], [false, true]);
    assert.deepEqual(
      found.differences.map(({ kind, entity }) => [kind, entity]),
      [["refused", "concerts"], ["refused", "ticket_sales"]],
    );
    assert.equal(found.entities.concerts.source.count, found.entities.concerts.target.count + 1);
    const total = found.money.find(({ name }) => name === "ticket_sales.total_amount");
    assert.deepEqual(total, {
      name: "ticket_sales.total_amount",
      source: "60030.00",
      target: "58029.00",
      refused: "2001.00",
    });
  } finally {
    await stack.sql("alter table concerts drop constraint no_such_city");
  }
  const { summary } = await runImport();
  assert.equal(summary.totals.rejected, 0);
  assert.deepEqual(await stack.sql("select key from migration_rejects"), []);
});

importTest(
  "an import that is asked to stop finishes its batch and goes on from there",
  async () => {
    await runImport();
    const whole = await dumpData(context.stack);
    for (const batches of [1, 4, 9]) {
      await rollback(context.target, { batchSize: 1000 });
      const controller = new AbortController();
      let begun = 0;
      const progress = {
        begin() {},
        end() {},
        advance: (amount: number) => {
          if (amount === 5 && ++begun === batches) controller.abort();
        },
      };
      await assert.rejects(
        runImport({ batchSize: 5, progress, signal: controller.signal }),
        (error) =>
          error instanceof Interrupted && /run the same command to go on/.test(error.message),
      );
      const { resumed, readBefore, summary } = await runImport({ batchSize: 5 });
      assert.ok(resumed);
      assert.ok(readBefore);
      assert.equal(summary.totals.migrated, 60);
      assert.equal(await dumpData(context.stack), whole);
    }
  },
);

importTest("an import goes on after the target was away for long", async () => {
  const { stack } = context;
  await runImport();
  const whole = await dumpData(stack);
  await rollback(context.target, { batchSize: 1000 });
  const { client } = breakingDataApi(stack, { breakAt: 3, point: "after" });
  const away = new MigrationTarget(client);
  const source = await openSource(context.connection);
  await assert.rejects(
    importSource(source, away, { folder: context.folder, batchSize: 5 }),
    /does not answer/,
  );
  assert.notEqual(await dumpData(stack), whole);
  assert.ok((await runImport()).resumed);
  assert.equal(await dumpData(stack), whole);
});

importTest("two imports at once do not get into each other's way", async () => {
  const [one, other] = await Promise.allSettled([runImport(), runImport()]);
  const [failed] = [one, other].filter(({ status }) => status === "rejected");
  assert.match(String(Reflect.get(failed, "reason")), /Another migration works in/);
  assert.ok(await isIdentical());
});

importTest("--only fills some tables", async () => {
  const { results } = await runImport({ only: ["artists", "concerts"] });
  assert.deepEqual(Object.keys(results), ["artists", "concerts"]);
  const [{ count }] = await context.stack.sql("select count(*)::int as count from ticket_sales");
  assert.equal(count, 0);
  assert.equal(await isIdentical(), false);
  const { results: rest } = await runImport();
  assert.equal(rest.concerts?.unchanged, 30);
  assert.equal(rest.ticket_sales?.created, 30);
  assert.ok(await isIdentical());
});

importTest("sample sales are left out and counted, unless they are asked for", async () => {
  const id = "tour_1795346595110_a1b2";
  await putRow(context.stack, `ticket_sale:${id}:sale_1_t`, {
    ...sale(1, { test: true }),
    id: "sale_1_t",
  });
  const { summary, results } = await runImport();
  assert.equal(summary.totals.left_out, 1);
  assert.equal(results.ticket_sales?.records, 30);
  const soldOf = async () =>
    (await context.stack.sql("select tickets_sold from concerts where legacy_id = $1", [id]))[0]
      .tickets_sold;
  assert.equal(await soldOf(), 2);
  const all = await runImport({ includeTestSales: true });
  assert.equal(all.summary.totals.left_out, 0);
  assert.equal(all.results.ticket_sales?.created, 1);
  assert.equal(await soldOf(), 4);
  assert.ok(await isIdentical(true));
  assert.equal(await isIdentical(false), false);
});
