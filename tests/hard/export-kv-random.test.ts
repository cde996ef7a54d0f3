import assert from "node:assert/strict";
import { exportToKvTable, importSource, openSource, verify } from "../../migrate/mod.ts";
import { isStorable } from "../../supabase/functions/_shared/database/legacy/reading.ts";
import { oldRecords } from "../transfer/old-records.ts";
import { createMigrationContext, type MigrationContext } from "../migrate/migration-context.ts";
import { emptyStores } from "../support/empty-stores.ts";

// Whatever an old store holds: what sql mode makes of its records comes back, and both stores and the ledger agree.

let context: MigrationContext;
Deno.test.beforeAll(async () => {
  context = await createMigrationContext();
});
Deno.test.afterAll(() => context.close());

/** Columns that say something, or nothing to kv mode: any write counts. */
const edits = [
  "update artists set bio = 'Правка в sql'",
  "update concerts set description = 'Правка в sql'",
  "update notifications set is_read = true where not is_read",
  "update notification_settings set reminder_days_before = '{14}'",
  "update email_campaigns set subject = 'Правка в sql'",
  "delete from notifications where id in (select id from notifications order by id limit 5)",
];

for (const seed of [11, 12]) {
  Deno.test({
    name: `export-kv of random store ${seed}`,
    // The stack's connections outlive the test that happens to open them.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: () => checkStore(seed),
  });
}

async function checkStore(seed: number): Promise<void> {
  const { stack, target, folder, connection } = context;
  const options = { folder, batchSize: 200 };
  await emptyStores(stack);
  await stack.sql(
    `insert into kv_store_84730125 (key, value)
     select value ->> 'key', value -> 'value' from jsonb_array_elements($1::text::jsonb)
     on conflict do nothing`,
    [JSON.stringify(oldRecords(seed, 400).filter(isStorable))],
  );
  await importSource(await openSource(connection), target, options);
  const untouched = await exportToKvTable(target, connection, options);
  assert.deepEqual([untouched.written, untouched.kept, untouched.removed], [0, 0, 0]);

  for (const edit of edits) await stack.sql(edit);
  const { written, kept } = await exportToKvTable(target, connection, options);
  assert.ok(written > 50, `${written} were written`);
  assert.equal(kept, 0);
  const { differences } = await verify(await openSource(connection), target, options);
  assert.deepEqual(differences, []);
  assert.equal((await target.status()).mirror.backlog, 0);

  const dump = () => stack.sql("select key, value::text from kv_store_84730125 order by key");
  // Movements that only a rule makes have the key of the balance they follow from, once there is one.
  const ledger = () =>
    stack.sql(`
      select entity, id, key, version, checksum from migration_records
      where entity <> 'coin_transactions' or key like 'coins:tx:%' order by entity, id
    `);
  const [rows, known] = [await dump(), await ledger()];
  assert.equal((await exportToKvTable(target, connection, options)).written, 0);
  assert.deepEqual(await dump(), rows);
  const { results } = await importSource(await openSource(connection), target, options);
  for (const [entity, { created, changed, kept }] of Object.entries(results)) {
    assert.deepEqual({ created, changed, kept }, { created: 0, changed: 0, kept: 0 }, entity);
  }
  assert.deepEqual(await ledger(), known, "an import knows nothing that the way back has not told");
}
