import assert from "node:assert/strict";
import {
  exportKvToFile,
  type ImportResult,
  importSource,
  openSource,
  rollback,
  verify,
} from "../../migrate/mod.ts";
import { withoutSecrets } from "../../migrate/without-secrets.ts";
import { entities } from "../../supabase/functions/_shared/database/transfer/record.ts";
import { impossibleKeys, oldRecords } from "../transfer/old-records.ts";
import { dumpData } from "./data-dump.ts";
import { createMigrationContext, type MigrationContext } from "./migration-context.ts";

// Whatever an old store may hold, legal or not: every key ends somewhere, a second import changes nothing, and the way
// back and forth again ends in the same rows.

const seeds = [1, 2, 3, 4];
const keysEach = 400;

let context: MigrationContext;
Deno.test.beforeAll(async () => {
  context = await createMigrationContext();
});
Deno.test.afterAll(() => context.close());

for (const seed of seeds) {
  Deno.test({
    name: `random store ${seed}`,
    fn: () => checkStore(seed),
    // The stack's connections outlive the test that happens to open them.
    sanitizeOps: false,
    sanitizeResources: false,
  });
}

async function checkStore(seed: number): Promise<void> {
  const { stack, target, folder, path } = context;
  await rollback(target, { force: true, batchSize: 1000 });
  const rows = oldRecords(seed, keysEach);
  const file = path(`random-${seed}.ndjson`);
  await Deno.writeTextFile(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));

  const first = await importFile(file);
  assertEveryKeyEnds(first, rows.length);
  const [{ whole, rejected }] = await stack.sql(`
    select count(*)::int as whole, (select count(*)::int from migration_keys where outcome = 'rejected') as rejected
    from migration_rejects
  `);
  assert.equal(whole, rejected);
  const kept = await stack.sql("select key, value from migration_rejects");
  const values = new Map(
    rows.map(({ key, value }) => [key, withoutSecrets(key, JSON.stringify(value))]),
  );
  for (const { key, value } of kept) assert.equal(value, values.get(String(key)));

  const once = await dumpData(stack);
  await importFile(file);
  assert.equal(await dumpData(stack), once, "a second import changes nothing");
  const checked = await verify(await openSource(file), target, { folder, batchSize: 1000 });
  assert.ok(checked.identical, JSON.stringify(checked.differences.slice(0, 3)));

  const records = await recordsThere();
  const back = path(`back-${seed}.ndjson`);
  const options = { folder, batchSize: 1000, out: back, name: stack.url };
  await exportKvToFile(target, options);
  await rollback(target, { batchSize: 1000 });
  const again = await importFile(back);
  assert.equal(again.summary.totals.rejected, 0, "what goes back is readable");
  assert.deepEqual(await recordsThere(), records, "the way back and forth ends in the same rows");
  const rowsBack = await readRows(back);
  await exportKvToFile(target, options);
  assert.deepEqual(await readRows(back), rowsBack);
}

Deno.test({
  name: "keys that no table can hold",
  // The stack's connections outlive the test that happens to open them.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    for (const key of impossibleKeys) {
      const file = context.path("impossible.ndjson");
      await Deno.writeTextFile(file, `${JSON.stringify({ key, value: {} })}\n`);
      const end = await importFile(file).catch((error) => String(error));
      const isToldOf = typeof end === "string"
        ? /Line 1 of .* is no/.test(end)
        : end.summary.totals.rejected === 1;
      assert.ok(isToldOf, JSON.stringify(end));
    }
  },
});

async function importFile(file: string): Promise<ImportResult> {
  const { target, folder } = context;
  return await importSource(await openSource(file), target, { folder, batchSize: 1000 });
}

function assertEveryKeyEnds({ summary }: ImportResult, keys: number): void {
  const { totals } = summary;
  assert.equal(totals.keys, keys);
  assert.equal(totals.migrated + totals.merged + totals.left_out + totals.rejected, keys);
  assert.ok(totals.migrated > keys / 4, `only ${totals.migrated} were migrated`);
}

async function recordsThere() {
  const all: unknown[] = [];
  for (const entity of entities) {
    let page = await context.target.exportRecords(entity);
    while (page.length > 0) {
      all.push(...page.map(({ id, row }) => ({ entity, id, row })));
      page = await context.target.exportRecords(entity, page[page.length - 1].id);
    }
  }
  return all;
}

async function readRows(file: string): Promise<Map<string, unknown>> {
  const lines = (await Deno.readTextFile(file)).trimEnd().split("\n");
  return new Map(lines.map((line) => JSON.parse(line)).map(({ key, value }) => [key, value]));
}
