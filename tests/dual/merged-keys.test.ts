import assert from "node:assert/strict";
import type { LocalStack } from "../../local/stack.ts";
import { importSource } from "../../migrate/mod.ts";
import { LiveSource } from "../../migrate/sources/live-source.ts";
import { openDatabase } from "../../supabase/functions/_shared/database/open-database.ts";
import { MigrationTarget } from "../../supabase/functions/_shared/database/transfer/migration-target.ts";
import type { Database } from "../../supabase/functions/_shared/database/types.ts";
import { resolveEnvironment } from "../../supabase/functions/_shared/environment.ts";
import { oldConcert, rowsUnder } from "../kv/old-rows.ts";
import {
  account,
  addAccount,
  claimedHalfway,
  coinsOf,
  inCapitals,
  oldOwner,
  putRows,
  remindedConcert,
  repeatedReminder,
  repeatedReminderOfDraft,
  type Rows,
  twoSpellings,
} from "../migrate/merged-keys.ts";
import { signIn } from "../support/caller-tokens.ts";
import { assertSameStores } from "./assert-same-stores.ts";
import { secretClient } from "./dual-targets.ts";
import { type DualMode, dualTests } from "./dual-test.ts";
import { emptyStores } from "../support/empty-stores.ts";

// Where several keys became one record, both dual modes know all of them.

const test = dualTests();

/** An account that is there no more. */
const twice = "aaaaaaaa-1111-4111-8111-11111111111a";

/** Each begins with these rows in the key-value table, imported. */
function mergedTest(
  mode: DualMode,
  name: string,
  rows: Rows | Promise<Rows>,
  body: (stack: LocalStack, database: Database) => Promise<unknown>,
) {
  test(`${mode}: ${name}`, async (stack) => {
    const target = new MigrationTarget(secretClient(stack));
    await emptyStores(stack);
    await putRows(stack, await rows);
    await addAccount(stack);
    await importAll(stack, target);
    // As the functions open it: with the accounts.
    const environment = resolveEnvironment({ ...stack.environment, STORAGE_MODE: mode });
    const caller = {
      kind: "user" as const,
      isModerator: false,
      ...await signIn(stack, { id: account, email: "anna@example.com" }),
    };
    await body(stack, (await openDatabase(environment)).open(caller));
    await assertSameStores(stack);
  });
}

async function importAll(stack: LocalStack, target: MigrationTarget): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "import-" });
  try {
    const source = new LiveSource({ url: stack.url, secretKey: stack.secretKey });
    await importSource(source, target, { folder, batchSize: 100 });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The reminders there are, in each store. */
async function remindersIn(stack: LocalStack) {
  const sql = await stack.sql("select status from notifications");
  return { sql: sql.length, kv: (await rowsUnder(stack, "notification:")).size };
}

for (const mode of ["dual-kv", "dual-sql"] as const) {
  mergedTest(mode, "coins under two spellings of an id count once each", twoSpellings, async (
    stack,
    { artists },
  ) => {
    await artists.updateOwn({ bio: "О себе" });
    assert.deepEqual(await coinsOf(stack), { balance: 150, movements: 150 });
  });

  mergedTest(mode, "movements under another spelling count once", {
    ...twoSpellings,
    [`coins:balance:${account}`]: undefined,
    [`coins:tx:${account}:1795346595113-abc`]: JSON.stringify({ amount: 30, type: "reward" }),
  }, async (stack, { artists }) => {
    await artists.updateOwn({ bio: "О себе" });
    await artists.updateOwn({ bio: "О нас" });
    assert.deepEqual(await coinsOf(stack), { balance: 130, movements: 130 });
  });

  mergedTest(mode, "a claimed profile brings the coins of every spelling", {
    [`profile:${twice.toUpperCase()}`]: { name: "Анна", email: "anna@example.com" },
    [`coins:balance:${twice.toUpperCase()}`]: "100",
    [`coins:balance:${twice}`]: "50",
  }, async (stack, { artists }) => {
    await artists.claim();
    assert.deepEqual(await coinsOf(stack), { balance: 150, movements: 150 });
  });
}

mergedTest("dual-kv", "coins of an artist who has no profile are known by every spelling", {
  [`coins:balance:${inCapitals}`]: "100",
  [`concert:${remindedConcert}`]: oldConcert(account, remindedConcert),
}, async (stack, { concerts }) => {
  await concerts.update(remindedConcert, { description: "Переписано" });
  assert.deepEqual(await coinsOf(stack), { balance: 100, movements: 100 });
});

mergedTest("dual-sql", "what follows from movements under another spelling comes along", {
  ...twoSpellings,
  [`coins:balance:${account}`]: undefined,
  [`coins:tx:${account}:1795346595113-abc`]: JSON.stringify({ amount: -20, type: "spend" }),
}, async (stack, { artists }) => {
  await artists.updateOwn({ bio: "О себе" });
  assert.deepEqual(await coinsOf(stack), { balance: 100, movements: 100 });
});

mergedTest(
  "dual-sql",
  "a claim that stopped halfway brings its coins once",
  claimedHalfway(),
  async (
    stack,
    { artists },
  ) => {
    await artists.updateOwn({ bio: "О себе" });
    assert.deepEqual(await coinsOf(stack), { balance: 500, movements: 500 });
  },
);

mergedTest(
  "dual-sql",
  "the repeats of a reminder that was read are gone",
  repeatedReminder(account),
  async (stack, { notifications }) => {
    await notifications.markAllRead();
    assert.deepEqual(await remindersIn(stack), { sql: 1, kv: 1 });
  },
);

mergedTest(
  "dual-sql",
  "the repeats of a reminder whose concert is gone are gone",
  repeatedReminderOfDraft(account),
  async (stack, { concerts }) => {
    await concerts.delete(remindedConcert);
    assert.deepEqual(await stack.sql("select status from notifications"), [
      { status: "cancelled" },
    ]);
    assert.deepEqual(await remindersIn(stack), { sql: 1, kv: 1 });
  },
);

mergedTest(
  "dual-sql",
  "the repeats of a reminder of a claimed profile are gone",
  repeatedReminderOfDraft(oldOwner),
  async (stack, { artists }) => {
    await artists.claim();
    assert.deepEqual(await remindersIn(stack), { sql: 1, kv: 1 });
  },
);
