import assert from "node:assert/strict";
import { concerts } from "../../supabase/functions/concerts/concerts.ts";
import { createApiClient } from "../scenarios/api-client.ts";
import { signIn } from "../support/caller-tokens.ts";
import { appOn } from "../support/test-stack.ts";
import { dumpData } from "./data-dump.ts";
import {
  account,
  addAccount,
  oldOwner,
  putRows,
  repeatedReminder,
  type Rows,
} from "./merged-keys.ts";
import { createMigrationContext, type MigrationContext } from "./migration-context.ts";
import { emptyStores } from "../support/empty-stores.ts";

// A profile that an account claims in kv mode, after an import has brought it to the tables under its old id.

let context: MigrationContext;
Deno.test.beforeAll(async () => {
  context = await createMigrationContext();
});
Deno.test.afterAll(() => context.close());

function claimTest(name: string, body: () => Promise<void>) {
  Deno.test({
    name,
    // The stack's connections outlive the test that happens to open them.
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      await emptyStores(context.stack);
      await putRows(context.stack, rows);
      await addAccount(context.stack);
      await body();
    },
  });
}

const concert = "tour_1795346595119_a1b2";

/** One record of each kind that names the artist. */
const rows: Rows = {
  ...repeatedReminder(oldOwner),
  [`concert:${concert}`]: {
    id: concert,
    artist_id: oldOwner,
    title: "Северный ветер",
    event_date: "2099-06-01",
    city: "Казань",
    moderation_status: "approved",
    created_at: "2026-01-01T00:00:00.000Z",
  },
  [`coins:balance:${oldOwner}`]: "700",
  [`coins:tx:${oldOwner}:1795346595113-abc`]: JSON.stringify({ amount: 500, type: "reward" }),
  [`notification_settings:${oldOwner}`]: { emailEnabled: false, pushEnabled: true },
  [`ticket_provider:${oldOwner}:kassir`]: { id: "kassir", enabled: true, commission: 5 },
  [`ticket_sale:${concert}:sale_1795346595123_x`]: {
    id: "sale_1795346595123_x",
    concertId: concert,
    artistId: oldOwner,
    provider: "kassir",
    quantity: 1,
    price: 200,
    totalAmount: 200,
    commission: 10,
    netAmount: 190,
    status: "refunded",
    purchasedAt: "2026-01-01T00:00:00.000Z",
    metadata: {},
  },
  [`campaign:${oldOwner}:campaign_1795346595105_x`]: {
    id: "campaign_1795346595105_x",
    artistId: oldOwner,
    concertId: concert,
    subject: "Анонс",
    content: "Приходите",
    status: "draft",
    createdAt: "2026-01-01T00:00:00.000Z",
  },
};

/** The tables that say whose a row is, and how. */
const owned = [
  ["concerts", "artist_id"],
  ["coin_transactions", "artist_id"],
  ["artist_ticket_providers", "artist_id"],
  ["ticket_sales", "artist_id"],
  ["ticket_refunds", "artist_id"],
  ["notifications", "user_id"],
  ["notification_settings", "user_id"],
  ["email_campaigns", "artist_id"],
];

async function claim(): Promise<void> {
  const as = await signIn(context.stack, { id: account, email: "anna@example.com" });
  await apiIn("kv").data("POST", "/concerts/artists/me/claim", { as });
}

function apiIn(mode: "kv" | "sql") {
  const { stack } = context;
  const app = appOn(stack, concerts, mode);
  return createApiClient([{ definition: concerts, app }], stack);
}

async function succeeds(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await context.migrate(...args);
  assert.equal(code, 0, stdout + stderr);
  return stdout;
}

claimTest("the next import gives the artist and all of theirs the account's id", async () => {
  const { stack } = context;
  await succeeds("import");
  await claim();
  assert.equal((await context.migrate("verify")).code, 1);
  await succeeds("plan");
  await succeeds("import");
  await succeeds("verify");
  for (const [table, column] of [["artists", "id"], ...owned]) {
    const ids = await stack.sql(`select distinct ${column} as id from ${table}`);
    assert.deepEqual(ids, [{ id: account }], table);
  }
  assert.match(await succeeds("import"), /artists +1 +0 +0 +1 +0 +0/, "nothing is left to be done");
});

claimTest("documents that hold the artist now count anew", async () => {
  const { stack } = context;
  const wallet = {
    owner: oldOwner,
    artist_id: "f17de454-7d43-596e-bb55-b2f5d6d9de45",
    balance: 500,
    rev: 9,
    legacy: "700",
  };
  await stack.sql("update kv_store_84730125 set value = $2::jsonb where key = $1::text", [
    `coins:balance:${oldOwner}`,
    JSON.stringify(wallet),
  ]);
  await succeeds("import");
  await claim();
  await succeeds("import");
  await succeeds("verify");
});

claimTest("what was changed in the tables since stays changed", async () => {
  const { stack } = context;
  await succeeds("import");
  await claim();
  await stack.sql("update concerts set description = 'Переписано'");
  await context.migrate("import");
  assert.deepEqual(await stack.sql("select artist_id, description from concerts"), [
    { artist_id: account, description: "Переписано" },
  ]);
});

claimTest("a profile that was claimed in the tables, too, is nobody else's", async () => {
  const { stack } = context;
  await succeeds("import");
  const other = "cccccccc-1111-4111-8111-11111111111c";
  await stack.sql(
    "update artists set id = $1::uuid, claimed_at = now() where legacy_id = $2::text",
    [other, oldOwner],
  );
  await claim();
  const { code, stdout } = await context.migrate("import");
  assert.equal(code, 1);
  assert.match(stdout, /unique:artists_legacy_id_key/);
  assert.deepEqual(await stack.sql("select id from artists"), [{ id: other }]);
});

claimTest("a rollback takes out all of it", async () => {
  const before = await dumpData(context.stack);
  await succeeds("import");
  await claim();
  await succeeds("import");
  await succeeds("rollback");
  assert.equal(await dumpData(context.stack), before);
});

claimTest("a rollback leaves who was there before as they were", async () => {
  const { stack } = context;
  await succeeds("import");
  // Known to nobody as imported, and older.
  await stack.results(`
    truncate migration_records, migration_keys, migration_runs;
    update artists set full_name = 'Анна Н.', updated_at = '1960-01-01';
    update concerts set title = 'Южный ветер', updated_at = '1960-01-01';
  `);
  const before = await dumpData(stack);
  await succeeds("import");
  await claim();
  await succeeds("import");
  await succeeds("verify");
  assert.deepEqual(await stack.sql("select id, full_name from artists"), [
    { id: account, full_name: "Анна" },
  ]);
  await succeeds("rollback");
  assert.equal(await dumpData(stack), before);
});

const lateAccount = "dddddddd-3333-4333-8333-33333333333d";

claimTest("who signs up with the id of a claimed profile keeps what is theirs", async () => {
  const { stack } = context;
  await stack.results("truncate kv_store_84730125");
  const theirs = JSON.stringify(rows).replaceAll(`"${oldOwner}`, `"${lateAccount}`)
    .replaceAll(`:${oldOwner}`, `:${lateAccount}`);
  await putRows(stack, JSON.parse(theirs));
  await claim();
  await succeeds("import");

  const as = await signIn(stack, { id: lateAccount });
  await apiIn("sql").data("POST", "/concerts", { as, body: { title: "Свой концерт" } });
  await stack.sql(
    "insert into coin_transactions (artist_id, amount, type) values ($1::uuid, 300, 'reward')",
    [lateAccount],
  );
  await succeeds("export-kv");
  await succeeds("verify");
  await succeeds("import");
  assert.deepEqual(await stack.sql("select id, coins_balance from artists order by id"), [
    { id: account, coins_balance: 500 },
    { id: lateAccount, coins_balance: 300 },
  ]);
  const own = await apiIn("kv").data<{ title: string }[]>("GET", "/concerts/mine", { as });
  assert.deepEqual(own.map(({ title }) => title), ["Свой концерт"]);
  const coins = await apiIn("kv").send("GET", "/concerts/artists/me/coins", { as });
  assert.equal((coins.body as { data: { balance: number } }).data.balance, 300);
});
