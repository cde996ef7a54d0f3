import assert from "node:assert/strict";
import { exportToKvTable, importSource, openSource, verify } from "../../migrate/mod.ts";
import { createMigrationContext, type MigrationContext } from "./migration-context.ts";
import {
  account,
  coinsOf,
  inCapitals,
  putRows,
  repeatedReminder,
  type Rows,
  twoSpellings,
} from "./merged-keys.ts";
import { emptyStores } from "../support/empty-stores.ts";

// Wherever the way back is interrupted, nothing counts twice meanwhile, and running it again completes it.

let context: MigrationContext;
Deno.test.beforeAll(async () => {
  context = await createMigrationContext();
});
Deno.test.afterAll(() => context.close());

/** An artist under two spellings of the account's id, of whom every kind of record was merged. */
const rows: Rows = {
  ...repeatedReminder(inCapitals),
  ...twoSpellings,
  [`coins:tx:${account}:1795346595113-abc`]: JSON.stringify({ amount: 30, type: "reward" }),
  // Nobody can read this one: it stays where it is.
  [`coins:tx:${account}:1795346595114-abc`]: JSON.stringify({ amount: 0, type: "reward" }),
  [`ticket_provider:${account}:kassir`]: { id: "kassir", enabled: true, apiKey: "sk_live_012345" },
};

const changes = `
  update artists set bio = 'О себе';
  update artist_ticket_providers set is_active = not is_active;
  update notifications set is_read = true, read_at = now();
`;

for (
  const [title, between] of [
    ["the same command goes on", () => Promise.resolve()],
    ["an import before that changes no balance", () => importAll()],
  ] as const
) {
  Deno.test({
    name: `export-kv interrupted at any write: ${title}`,
    // The stack's connections outlive the test that happens to open them.
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      for (let writes = 0, isWhole = false; !isWhole; writes++) {
        await begin();
        const coins = await coinsOf(context.stack);
        await failAfter(writes);
        isWhole = await bringBack().then(() => true, () => false);
        await failAfter(null);
        await between();
        assert.deepEqual(await coinsOf(context.stack), coins, `after ${writes} writes`);

        assert.equal((await bringBack()).kept, 0, `after ${writes} writes`);
        const compared = await compare();
        assert.deepEqual(compared.differences, [], `after ${writes} writes`);
        assert.ok(compared.identical, `after ${writes} writes`);
        await importAll();
        assert.deepEqual(await coinsOf(context.stack), coins, `after ${writes} writes`);
        const { written, removed } = await bringBack();
        assert.deepEqual(
          { written, removed },
          { written: 0, removed: 0 },
          `after ${writes} writes`,
        );
        assert.ok(writes < 100, "each row is written once");
      }
    },
  });
}

/** The rows are imported, and changed in the tables since. */
async function begin(): Promise<void> {
  const { stack } = context;
  await emptyStores(stack);
  await putRows(stack, rows);
  await importAll();
  await stack.results(changes);
}

/** The key-value table takes so many writes more and none after them; null: all. */
async function failAfter(writes: number | null): Promise<void> {
  await context.stack.results(`
    drop trigger if exists fails on kv_store_84730125;
    drop function if exists private.fail_after_some();
    drop sequence if exists private.writes;
  `);
  if (writes === null) return;
  // A sequence counts those writes, too, that are undone.
  await context.stack.results(`
    create sequence private.writes;
    create function private.fail_after_some() returns trigger language plpgsql security definer as $$
      begin
        if nextval('private.writes') > ${writes} then
          raise exception 'the line is lost';
        end if;
        return coalesce(new, old);
      end;
    $$;
    create trigger fails before insert or update or delete on kv_store_84730125
      for each row execute function private.fail_after_some();
  `);
}

async function importAll(): Promise<void> {
  const { target, folder, connection } = context;
  await importSource(await openSource(connection), target, { folder, batchSize: 100 });
}

async function bringBack() {
  const { target, folder, connection } = context;
  return await exportToKvTable(target, connection, { folder, batchSize: 100 });
}

async function compare() {
  const { target, folder, connection } = context;
  return await verify(await openSource(connection), target, { folder, batchSize: 100 });
}
