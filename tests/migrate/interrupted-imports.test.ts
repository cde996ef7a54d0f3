import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import {
  type ImportOptions,
  importSource,
  Interrupted,
  openSource,
  rollback,
  verify,
} from "../../migrate/mod.ts";
import { oldConcert, putRow } from "../kv/old-rows.ts";
import { createMigrationContext, type MigrationContext } from "./migration-context.ts";

// What an interrupted import has left behind is gone on with only where that is still what is meant.

const artist = "e433af3d-9f48-415c-a161-99d001099610";
const batchSize = 2;

let context: MigrationContext;
Deno.test.beforeAll(async () => {
  context = await createMigrationContext();
});
Deno.test.afterAll(() => context.close());

/** Each with a store of twenty concerts and empty tables. */
function interruptionTest(name: string, body: () => Promise<void>) {
  Deno.test({
    name,
    async fn() {
      const { stack, target, folder } = context;
      await rollback(target, { force: true, batchSize: 1000, folder });
      await stack.sql("delete from kv_store_84730125");
      for (let number = 10; number < 30; number++) {
        await putRow(stack, `concert:tour_${number}_a`, oldConcert(artist, `tour_${number}_a`));
      }
      await body();
    },
    // The stack's connections outlive the test that happens to open them.
    sanitizeOps: false,
    sanitizeResources: false,
  });
}

async function runImport(options: Partial<ImportOptions> = {}) {
  const { folder, target, connection } = context;
  return await importSource(await openSource(connection), target, {
    folder,
    batchSize,
    ...options,
  });
}

/** An import that stops once so many concerts are in the tables. */
async function interrupt(concerts: number, options: Partial<ImportOptions> = {}): Promise<void> {
  const controller = new AbortController();
  let isSending = false;
  let sent = 0;
  const progress = {
    begin: (label: string) => isSending = label === "Importing concerts",
    end() {},
    advance(amount: number) {
      if (isSending && (sent += amount) >= concerts) controller.abort();
    },
  };
  await assert.rejects(runImport({ ...options, progress, signal: controller.signal }), Interrupted);
}

async function isIdentical(): Promise<boolean> {
  const { folder, target, connection } = context;
  return (await verify(await openSource(connection), target, { folder, batchSize })).identical;
}

async function workspaces(): Promise<string[]> {
  return (await filesLeft()).filter((name) => name.endsWith(".sqlite"));
}

async function filesLeft(): Promise<string[]> {
  return await Array.fromAsync(Deno.readDir(context.folder), ({ name }) => name);
}

interruptionTest("it goes on as long as the run is there", async () => {
  await interrupt(6);
  const { resumed, readBefore } = await runImport();
  assert.ok(resumed && readBefore !== null);
  assert.ok(await isIdentical());
  assert.deepEqual(await filesLeft(), []);
});

interruptionTest("a rollback takes what was read with it", async () => {
  const { stack, migrate } = context;
  await interrupt(6);
  assert.equal((await workspaces()).length, 1);
  for (const name of await filesLeft()) {
    const { mode } = await Deno.stat(`${context.folder}/${name}`);
    assert.equal((mode ?? 0) & 0o777, 0o600, "which was its owner's alone");
  }
  assert.equal((await migrate("rollback")).code, 0);
  assert.deepEqual(await filesLeft(), []);
  await stack.sql("delete from kv_store_84730125 where key > 'concert:tour_20'");
  const { resumed, readBefore } = await runImport();
  assert.deepEqual([resumed, readBefore], [false, null]);
  assert.ok(await isIdentical(), "nobody who was deleted has come back");
});

interruptionTest("what was taken back from elsewhere is read anew too", async () => {
  const { stack, target } = context;
  await interrupt(6);
  await rollback(target, { batchSize });
  assert.equal((await workspaces()).length, 1);
  await stack.sql("delete from kv_store_84730125 where key > 'concert:tour_20'");
  assert.equal((await runImport()).readBefore, null);
  assert.ok(await isIdentical());
});

interruptionTest("what was read a day ago is read anew", async () => {
  await interrupt(6);
  const [name] = await workspaces();
  using database = new DatabaseSync(`${context.folder}/${name}`);
  database.exec("update facts set value = '2026-01-01T00:00:00.000Z' where name = 'read_at'");
  database.close();
  assert.equal((await runImport()).readBefore, null);
  assert.ok(await isIdentical());
});

interruptionTest("another import than the interrupted one does not meet its refusals", async () => {
  const { migrate } = context;
  await interrupt(6, { only: ["concerts"] });
  const { summary } = await runImport();
  assert.equal(summary.totals.rejected, 0);
  assert.ok(await isIdentical());
  const status = await migrate("status");
  assert.match(status.stdout, /a later import took its place/);
  assert.doesNotMatch(status.stdout, /the same import command goes on/);
});

interruptionTest(
  "without its workspace everything is sent again, and no refusal forgotten",
  async () => {
    const { stack } = context;
    await stack.sql("alter table concerts add constraint none_here check (legacy_id is null)");
    try {
      await interrupt(6);
      for (const name of await filesLeft()) await Deno.remove(`${context.folder}/${name}`);
      const { readBefore, summary } = await runImport();
      const [{ count }] = await stack.sql("select count(*)::int as count from migration_rejects");
      assert.deepEqual([readBefore, summary.totals.rejected], [null, count]);
      assert.ok(Number(count) > 6);
    } finally {
      await stack.sql("alter table concerts drop constraint none_here");
    }
  },
);

interruptionTest("what was refused before the interruption is tried again behind it", async () => {
  const { stack } = context;
  await stack.sql("alter table concerts add constraint none_here check (legacy_id is null)");
  try {
    await interrupt(6);
  } finally {
    await stack.sql("alter table concerts drop constraint none_here");
  }
  const { resumed, summary } = await runImport();
  assert.ok(resumed);
  assert.ok(summary.totals.rejected > 0, "those before it stay so");
  const behind = await stack.sql("select id from concerts");
  assert.ok(behind.length > 0, "those behind are there");
  const { summary: second } = await runImport();
  assert.equal(second.totals.rejected, 0);
  assert.ok(await isIdentical());
  assert.deepEqual(await stack.sql("select key from migration_rejects"), []);
});
