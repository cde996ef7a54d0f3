import assert from "node:assert/strict";
import { exportToKvTable, importSource, openSource, verify } from "../../migrate/mod.ts";
import { concerts } from "../../supabase/functions/concerts/concerts.ts";
import { notifications } from "../../supabase/functions/notifications/notifications.ts";
import { MigrationTarget } from "../../supabase/functions/_shared/database/transfer/migration-target.ts";
import { interceptingClient } from "../dual/dual-test.ts";
import { rowsUnder } from "../kv/old-rows.ts";
import { createApiClient } from "../scenarios/api-client.ts";
import { type Person, signIn } from "../support/caller-tokens.ts";
import { appOn } from "../support/test-stack.ts";
import { createMigrationContext, type MigrationContext } from "./migration-context.ts";
import {
  account,
  addAccount,
  claimedHalfway,
  coinsOf,
  inCapitals,
  oldOwner,
  profile,
  putRows,
  remindedConcert,
  repeatedReminder,
  repeatedReminderOfDraft,
  type Rows,
  twoSpellings,
} from "./merged-keys.ts";
import { emptyStores } from "../support/empty-stores.ts";

// Where several keys became one record, none of them tells of it once more when the record comes back.

let context: MigrationContext;
Deno.test.beforeAll(async () => {
  context = await createMigrationContext();
});
Deno.test.afterAll(() => context.close());

/** Each begins with these rows in the key-value table, imported. */
function mergedTest(name: string, rows: Rows | Promise<Rows>, body: () => Promise<void>) {
  Deno.test({
    name: `export-kv: ${name}`,
    // The stack's connections outlive the test that happens to open them.
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      await emptyStores(context.stack);
      await putRows(context.stack, await rows);
      await importAll();
      await body();
    },
  });
}

async function importAll() {
  const { target, folder, connection } = context;
  return await importSource(await openSource(connection), target, { folder, batchSize: 100 });
}

/** Brings everything back, after which both stores are the same, and stay so. */
async function bringBack(): Promise<void> {
  const { target, folder, connection } = context;
  const options = { folder, batchSize: 100 };
  assert.equal((await exportToKvTable(target, connection, options)).kept, 0);
  const compared = await verify(await openSource(connection), target, options);
  assert.deepEqual(compared.differences, []);
  assert.ok(compared.identical);
  const { results } = await importAll();
  for (const [entity, { created, changed, kept }] of Object.entries(results)) {
    assert.deepEqual({ created, changed, kept }, { created: 0, changed: 0, kept: 0 }, entity);
  }
  assert.deepEqual(await exportToKvTable(target, connection, options), {
    written: 0,
    same: Object.values(compared.entities).reduce((sum, { target }) => sum + target.count, 0),
    kept: 0,
    keptKeys: [],
    removed: 0,
  });
}

function apiIn(mode: "kv" | "sql") {
  const { stack } = context;
  return createApiClient(
    [concerts, notifications].map((definition) => ({
      definition,
      app: appOn(stack, definition, mode),
    })),
    stack,
  );
}

/** The reminders that somebody sees in each mode. */
async function seenBy(as: Person) {
  const list = (mode: "kv" | "sql") =>
    apiIn(mode).data<{ status: string }[]>("GET", "/notifications", { as });
  return { kv: await list("kv"), sql: await list("sql") };
}

mergedTest("the coins under two spellings of an id come back once", twoSpellings, async () => {
  const { stack } = context;
  assert.deepEqual(await coinsOf(stack), { balance: 150, movements: 150 });
  await stack.sql("update artists set bio = 'x'");
  await bringBack();
  assert.deepEqual(await coinsOf(stack), { balance: 150, movements: 150 });
  assert.equal((await rowsUnder(stack, "coins:balance:")).size, 1);
  const as = await signIn(stack, { id: account });
  const [kv, sql] = await Promise.all(
    (["kv", "sql"] as const).map((mode) =>
      apiIn(mode).send("GET", "/concerts/artists/me/coins", { as })
    ),
  );
  assert.deepEqual(kv.body, sql.body, "kv mode finds all movements");
});

mergedTest("movements under another spelling come along with the balance", {
  ...twoSpellings,
  [`coins:balance:${account}`]: undefined,
  [`coins:tx:${account}:1795346595113-abc`]: JSON.stringify({ amount: 30, type: "reward" }),
}, async () => {
  const { stack } = context;
  assert.deepEqual(await coinsOf(stack), { balance: 130, movements: 130 });
  await stack.sql("update artists set bio = 'x'");
  await bringBack();
  assert.deepEqual(await coinsOf(stack), { balance: 130, movements: 130 });
});

mergedTest(
  "the coins of a claim that stopped halfway come back once",
  claimedHalfway(),
  async () => {
    const { stack } = context;
    assert.deepEqual(await coinsOf(stack), { balance: 500, movements: 500 });
    await stack.sql("update artists set bio = 'x'");
    await bringBack();
    assert.deepEqual(await coinsOf(stack), { balance: 500, movements: 500 });
    assert.deepEqual([...(await rowsUnder(stack, "coins:balance:")).keys()], [
      `coins:balance:${account}`,
    ]);
  },
);

mergedTest("what follows from movements under another spelling comes along", {
  ...twoSpellings,
  [`coins:balance:${account}`]: undefined,
  [`coins:tx:${account}:1795346595113-abc`]: JSON.stringify({ amount: -20, type: "spend" }),
}, async () => {
  const { stack } = context;
  assert.deepEqual(await coinsOf(stack), { balance: 100, movements: 100 });
  await stack.sql("update artists set bio = 'x'");
  await bringBack();
  assert.deepEqual(await coinsOf(stack), { balance: 100, movements: 100 });
});

mergedTest("several balances may hold more than one of them can", {
  [`coins:balance:${inCapitals}`]: 1_000_000_000,
  [`coins:balance:${account}`]: 1_000_000_000,
  [`coins:balance:${account.replace("b", "B")}`]: 1_000_000_000,
}, async () => {
  const { stack } = context;
  const most = { balance: 2_147_483_647, movements: 2_147_483_647 };
  assert.deepEqual(await coinsOf(stack), most);
  await stack.sql("update artists set bio = 'x'");
  await bringBack();
  assert.deepEqual(await coinsOf(stack), most);
});

mergedTest("kv mode goes on with a claim that stopped halfway", claimedHalfway(), async () => {
  const { stack } = context;
  await stack.sql("update artists set bio = 'x'");
  await bringBack();
  const as = await signIn(stack, { id: account });
  await apiIn("kv").data("GET", "/concerts/artists/me", { as });
  const list = (mode: "kv" | "sql") => apiIn(mode).data<unknown[]>("GET", "/concerts/mine", { as });
  const own = await list("sql");
  assert.equal(own.length, 1);
  assert.deepEqual(await list("kv"), own);
});

mergedTest(
  "the repeats of a reminder that was read do not come back",
  repeatedReminder(account),
  async () => {
    const { stack } = context;
    const as = await signIn(stack, { id: account });
    await apiIn("sql").data("POST", "/notifications/read-all", { as });
    await bringBack();
    const { kv, sql } = await seenBy(as);
    assert.equal(sql.length, 1);
    assert.deepEqual(kv, sql);
  },
);

mergedTest(
  "nor do those of a reminder whose concert is gone",
  repeatedReminderOfDraft(account),
  async () => {
    const { stack } = context;
    const as = await signIn(stack, { id: account });
    await apiIn("sql").data("DELETE", `/concerts/${remindedConcert}`, { as });
    await bringBack();
    const { kv, sql } = await seenBy(as);
    assert.deepEqual(sql.map(({ status }) => status), ["cancelled"]);
    assert.deepEqual(kv, sql);
  },
);

mergedTest(
  "nor do those of somebody whose profile was claimed",
  repeatedReminderOfDraft(oldOwner),
  async () => {
    const { stack } = context;
    await addAccount(stack);
    const as = await signIn(stack, { id: account, email: "anna@example.com" });
    await apiIn("sql").data("POST", "/concerts/artists/me/claim", { as });
    await bringBack();
    const { kv, sql } = await seenBy(as);
    assert.equal(sql.length, 1);
    assert.deepEqual(kv, sql);
  },
);

mergedTest(
  "a balance stays as long as the one in its place is not written",
  twoSpellings,
  async () => {
    const { stack, folder, connection } = context;
    await stack.sql("update artists set bio = 'x'");
    let isSpent = false;
    // In kv mode, when all was read and nothing is written yet.
    const tables = interceptingClient(stack, async (request) => {
      const isLast = request.url.includes("/rpc/export_records") &&
        (await request.clone().text()).includes('"mail_suppressions"');
      if (isLast && !isSpent) {
        isSpent = true;
        const wallet = {
          owner: inCapitals,
          artist_id: account,
          balance: 90,
          rev: 1,
          legacy: "100",
        };
        await replaceRow(`coins:balance:${inCapitals}`, wallet);
        const updated_at = "2099-01-01T00:00:00.000Z";
        const changed = { ...profile, id: account, owner: inCapitals, legacy_id: null, updated_at };
        await replaceRow(`profile:${inCapitals}`, changed);
      }
      return request;
    });
    const options = { folder, batchSize: 100 };
    const { kept } = await exportToKvTable(new MigrationTarget(tables), connection, options);
    assert.equal(kept, 1);
    assert.deepEqual([...(await rowsUnder(stack, "coins:balance:")).keys()].sort(), [
      `coins:balance:${inCapitals}`,
      `coins:balance:${account}`,
    ]);
  },
);

async function replaceRow(key: string, value: unknown): Promise<void> {
  await context.stack.sql("delete from kv_store_84730125 where key = $1::text", [key]);
  await putRows(context.stack, { [key]: value });
}
