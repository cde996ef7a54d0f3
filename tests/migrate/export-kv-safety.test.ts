import assert from "node:assert/strict";
import { exportToKvTable, importSource, openSource, type ReturnPlan } from "../../migrate/mod.ts";
import type { UserCaller } from "../../supabase/functions/_shared/auth/caller.ts";
import { createKvBackend } from "../../supabase/functions/_shared/database/kv/create-kv-backend.ts";
import { breakingDataApi } from "../kv/breaking-data-api.ts";
import { oldConcert, pendingRows, putRow, rowsUnder } from "../kv/old-rows.ts";
import { createMigrationContext, type MigrationContext } from "./migration-context.ts";
import { emptyStores } from "../support/empty-stores.ts";

// The key-value table may be the only whole copy there is: what export-kv does to it is announced, and what cannot be
// meant is refused.

let context: MigrationContext;
Deno.test.beforeAll(async () => {
  context = await createMigrationContext();
});
Deno.test.afterAll(() => context.close());

const artist = "11111111-1111-4111-8111-111111111111";
const concertCount = 60;
const oldId = (number: number) => `tour_17953465951${String(number).padStart(2, "0")}_a1b2`;
const keyOf = (number: number) => `concert:${oldId(number)}`;

/** Each begins with the same old concerts, imported. */
function safetyTest(name: string, body: () => Promise<void>) {
  Deno.test({
    name,
    // The stack's connections outlive the test that happens to open them.
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const { stack } = context;
      await emptyStores(stack);
      for (let number = 0; number < concertCount; number++) await putConcert(number);
      await importAll();
      await body();
    },
  });
}

async function putConcert(number: number, changes: Record<string, unknown> = {}): Promise<void> {
  const old = { ...oldConcert(artist, oldId(number)), ...changes };
  await putRow(context.stack, keyOf(number), old);
}

async function importAll(): Promise<void> {
  const { target, folder, connection } = context;
  await importSource(await openSource(connection), target, { folder, batchSize: 100 });
}

function exportKv(options: Partial<Parameters<typeof exportToKvTable>[2]> = {}) {
  const { target, folder, connection } = context;
  return exportToKvTable(target, connection, { folder, batchSize: 100, ...options });
}

/** Deletes or changes the row that came from a concert's key. */
function onRowOf(number: number, statement: string) {
  const condition = `id = (select id::uuid from migration_records where key = '${keyOf(number)}')`;
  return context.stack.sql(`${statement} where ${condition}`);
}

async function setValue(key: string, changes: Record<string, unknown>): Promise<void> {
  await context.stack.sql(
    "update kv_store_84730125 set value = value || $2::text::jsonb where key = $1::text",
    [key, JSON.stringify(changes)],
  );
}

safetyTest("tables without any record are not brought back", async () => {
  const { stack, migrate } = context;
  const before = await rowsUnder(stack, "");
  await stack.sql("truncate artists cascade");
  const { code, stderr } = await migrate("export-kv", "--force");
  assert.equal(code, 2);
  assert.match(stderr, /The tables have no records/);
  assert.deepEqual(await rowsUnder(stack, ""), before);
});

safetyTest(
  "many keys are removed only by --force, and what will be done is said before",
  async () => {
    const { stack, migrate } = context;
    await stack.sql("delete from concerts");
    const before = await rowsUnder(stack, "");
    const dry = await migrate("export-kv", "--dry-run", "--force");
    assert.equal(dry.code, 0);
    assert.match(dry.stdout, /concert: +0 +60\n/);
    assert.match(dry.stdout, /Nothing was written/);
    assert.deepEqual(await rowsUnder(stack, ""), before);
    assert.equal((await context.target.status()).mirror.until, null, "nothing was begun, either");

    const refused = await migrate("export-kv");
    assert.equal(refused.code, 2);
    assert.match(refused.stdout, /concert: +0 +60\n/);
    assert.match(refused.stderr, /Of 60 keys 60 would be removed.* say --force/);
    assert.deepEqual(await rowsUnder(stack, ""), before);

    const forced = await migrate("export-kv", "--force");
    assert.equal(forced.code, 0);
    assert.match(forced.stdout, /removed, since their records are gone or have other keys: 60/);
    assert.equal((await rowsUnder(stack, "concert:")).size, 0);
    await stack.sql("select public.stop_mirroring()");
  },
);

safetyTest("nor is a table emptied that had some records", async () => {
  const { stack } = context;
  for (let number = 0; number < 6; number++) {
    const id = `17953465951${number}0-abcdefghi`;
    const createdAt = "2025-04-09T13:30:00.000Z";
    const movement = { amount: 10, type: "bonus", description: "Подарок", createdAt };
    await putRow(stack, `coins:tx:${artist}:${id}`, { id, userId: artist, ...movement });
  }
  await importAll();
  await stack.sql("truncate coin_transactions");
  await assert.rejects(exportKv(), /none any more \(coin_transactions\).*--force/);
  assert.equal((await rowsUnder(stack, "coins:tx:")).size, 6);
  await exportKv({ force: true });
  assert.equal((await rowsUnder(stack, "coins:tx:")).size, 0);
});

safetyTest(
  "a share of a store's keys that is small is removed, and the plan counts it",
  async () => {
    const { stack } = context;
    // Not the first, from which follows since when the artist is there.
    for (let number = 1; number <= 3; number++) await onRowOf(number, "delete from concerts");
    await onRowOf(4, "update concerts set title = 'В таблицах'");
    let plan: ReturnPlan | undefined;
    const result = await exportKv({ onPlan: (told) => (plan = told) });
    assert.deepEqual(plan, {
      keys: concertCount,
      write: { "concert:": 1 },
      remove: { "concert:": 3 },
    });
    assert.deepEqual([result.written, result.removed], [1, 3]);
    assert.deepEqual([...(await rowsUnder(stack, keyOf(1))).keys()], []);
    // Made anew under its old key, it is no deleted one any more.
    await putConcert(1);
    assert.equal((await exportKv()).removed, 0);
    assert.equal((await rowsUnder(stack, keyOf(1))).size, 1);
  },
);

safetyTest(
  "old data that claim to be of the future are no newer than what sql mode wrote",
  async () => {
    const { stack } = context;
    await setValue(keyOf(0), { updated_at: "2099-01-01T00:00:00.000Z" });
    await importAll();
    await onRowOf(0, "update concerts set title = 'Правка в sql'");
    const { kept } = await exportKv();
    assert.equal(kept, 0);
    const [[, value]] = await rowsUnder(stack, keyOf(0));
    assert.equal(value.title, "Правка в sql");
  },
);

safetyTest(
  "what is newer in the key-value table is named, and the command ends with 1",
  async () => {
    const { stack, migrate } = context;
    await setValue(keyOf(0), { title: "Правка в kv" });
    await onRowOf(1, "update concerts set title = 'Правка в sql'");
    await setValue(keyOf(2), { title: "Правка удалённого" });
    await onRowOf(2, "delete from concerts");
    const { code, stdout } = await migrate("export-kv");
    assert.equal(code, 1);
    assert.match(stdout, /newer there, left alone +2\n/);
    assert.ok(stdout.includes(`\n  ${keyOf(0)}\n`) && stdout.includes(`\n  ${keyOf(2)}\n`), stdout);
    assert.ok(!stdout.includes(keyOf(1)) && !stdout.includes("has what"), stdout);
    const rows = await rowsUnder(stack, "concert:");
    assert.deepEqual(
      [0, 1, 2].map((number) => rows.get(keyOf(number))?.title),
      ["Правка в kv", "Правка в sql", "Правка удалённого"],
    );
    await importAll();
    assert.equal((await exportKv()).kept, 0, "as the command says");
  },
);

safetyTest(
  "a write that had been interrupted is completed, and what sql mode wrote goes over it",
  async () => {
    const { stack } = context;
    const caller: UserCaller = {
      kind: "user",
      id: artist,
      email: null,
      isModerator: false,
      token: "",
    };
    const accounts = {
      verifiedEmail: () => Promise.resolve(null),
      hasNoAccount: () => Promise.resolve(true),
    };
    await putRow(stack, `coins:balance:${artist}`, "150");
    const { client } = breakingDataApi(stack, { breakAt: 1, point: "after" });
    await assert.rejects(
      createKvBackend(client, accounts).open(caller).concerts.promote(oldId(0), 7, null),
    );
    await importAll();
    await stack.sql("update artists set city = 'Омск', coins_balance = coins_balance");
    await onRowOf(0, "update concerts set title = 'Правка в sql'");
    assert.equal(await pendingRows(stack), 1);
    await exportKv({ dryRun: true });
    assert.equal(await pendingRows(stack), 1, "a dry run leaves it");
    assert.equal((await exportKv()).kept, 0);
    assert.equal(await pendingRows(stack), 0);
    const [[, value]] = await rowsUnder(stack, keyOf(0));
    assert.deepEqual([value.title, value.is_promoted], ["Правка в sql", true]);
    assert.equal((await exportKv()).written, 0);
  },
);

Deno.test("export-kv: options that do not go together are refused", async () => {
  for (
    const args of [["--gzip"], ["--out", "x.ndjson", "--dry-run"], ["--out", "x.ndjson", "--force"]]
  ) {
    const { code, stderr } = await context.migrate("export-kv", ...args);
    assert.equal(code, 2);
    assert.match(stderr, /--out/);
  }
});
