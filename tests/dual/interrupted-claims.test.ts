import { PostgrestClient } from "@supabase/postgrest-js";
import assert from "node:assert/strict";
import type { LocalStack } from "../../local/stack.ts";
import { exportToKvTable, importSource, openSource, verify } from "../../migrate/mod.ts";
import { openAccounts } from "../../supabase/functions/_shared/auth/accounts.ts";
import {
  createDualKvBackend,
  createDualSqlBackend,
} from "../../supabase/functions/_shared/database/dual/open-dual-database.ts";
import { ShadowReads } from "../../supabase/functions/_shared/database/dual/shadow-reads.ts";
import { createKvBackend } from "../../supabase/functions/_shared/database/kv/create-kv-backend.ts";
import { MigrationTarget } from "../../supabase/functions/_shared/database/transfer/migration-target.ts";
import type { Database, StorageMode } from "../../supabase/functions/_shared/database/types.ts";
import { resolveEnvironment } from "../../supabase/functions/_shared/environment.ts";
import { oldConcert, rowsUnder } from "../kv/old-rows.ts";
import {
  account,
  addAccount,
  coinsOf,
  oldOwner,
  putRows,
  type Rows,
} from "../migrate/merged-keys.ts";
import { signIn } from "../support/caller-tokens.ts";
import { secretClient } from "./dual-targets.ts";
import { dualTests } from "./dual-test.ts";
import { emptyStores } from "../support/empty-stores.ts";

// An instance that dies in the middle of a claim, at any of its writes, loses nothing of the artist's, wherever they go
// on: in kv mode, in the tables, or back from there.

const test = dualTests();

const rows: Rows = {
  [`profile:${oldOwner}`]: { name: "Анна", email: "anna@example.com" },
  "concert:tour_1795346595110_a1b2": oldConcert(oldOwner, "tour_1795346595110_a1b2"),
  [`coins:balance:${oldOwner}`]: "700",
  [`coins:tx:${oldOwner}:1795346595113-abc`]: JSON.stringify({ amount: 500, type: "reward" }),
};

type Mode = Extract<StorageMode, "kv" | "dual-kv" | "dual-sql">;

test("died in kv mode: imported, written back from the tables, and gone on with in kv mode", async (stack) => {
  await atEachWrite(stack, "kv", {
    async then() {
      await importAll(stack);
      await stack.sql("update artists set bio = 'О себе'");
      const { target, connection, folder } = at(stack);
      assert.equal((await exportToKvTable(target, connection, { folder, batchSize: 100 })).kept, 0);
      await assertSame(stack);
    },
  });
});

test("died in kv mode: imported, changed in dual-sql, and gone on with in kv mode", async (stack) => {
  await atEachWrite(stack, "kv", {
    async then() {
      await importAll(stack);
      await goOn(await openIn(stack, "dual-sql"));
      await assertSame(stack);
    },
  });
});

for (const mode of ["kv", "dual-kv"] as const) {
  test(`died in ${mode} mode after an import: the next import follows`, async (stack) => {
    await atEachWrite(stack, mode, {
      before: () => importAll(stack),
      async then() {
        await goOn(await openIn(stack, mode));
        await importAll(stack);
        await assertSame(stack);
      },
    });
  });
}

/** Lets instances die in claims, each at a later write, until one does not; afterwards all is the account's. */
async function atEachWrite(
  stack: LocalStack,
  mode: Mode,
  { before, then }: { before?(): Promise<void>; then(): Promise<void> },
): Promise<void> {
  for (let writes = 0, isWhole = false; !isWhole; writes++) {
    await emptyStores(stack);
    await putRows(stack, rows);
    await addAccount(stack);
    await before?.();
    isWhole = await claimUntil(stack, mode, writes);
    try {
      await then();
      await goOn(await openIn(stack, "kv"));
      await importAll(stack);
      await assertSame(stack);
      assert.deepEqual(await coinsOf(stack), { balance: 500, movements: 500 });
      assert.deepEqual(await stack.sql("select artist_id from concerts"), [{ artist_id: account }]);
      assert.deepEqual(await stack.sql("select id from artists"), [{ id: account }]);
      assert.deepEqual([...(await rowsUnder(stack, "coins:balance:")).keys()], [
        `coins:balance:${account}`,
      ]);
    } catch (error) {
      throw new Error(`after ${writes} writes of the claim`, { cause: error });
    }
  }
}

/** Claims the profile as an instance that is gone after so many writes; whether it came to the end. */
async function claimUntil(stack: LocalStack, mode: Mode, writes: number): Promise<boolean> {
  const death = Promise.withResolvers<boolean>();
  let left = writes;
  const dying = new PostgrestClient(`${stack.url}/rest/v1`, {
    headers: { apikey: stack.secretKey, authorization: `Bearer ${stack.secretKey}` },
    retry: false,
    fetch: async (input, init) => {
      const request = new Request(input, init);
      const isWrite = !["GET", "HEAD"].includes(request.method);
      if (left < 0 || isWrite && --left < 0) {
        death.resolve(false);
        return await new Promise<Response>(() => {});
      }
      return await fetch(request);
    },
  });
  const { artists } = await openIn(stack, mode, dying);
  return await Promise.race([death.promise, artists.claim().then(() => true)]);
}

/** The store as the account uses it. */
async function openIn(
  stack: LocalStack,
  mode: Mode,
  client = secretClient(stack),
): Promise<Database> {
  const accounts = openAccounts(resolveEnvironment(stack.environment));
  const clients = { kv: client, sql: { publishable: client, secret: client }, accounts };
  const backend = mode === "kv"
    ? createKvBackend(client, accounts)
    : mode === "dual-kv"
    ? createDualKvBackend(clients, new ShadowReads(0))
    : createDualSqlBackend(clients, new ShadowReads(0));
  const person = await signIn(stack, { id: account, email: "anna@example.com" });
  return backend.open({ kind: "user", isModerator: false, ...person });
}

/** The artist comes back, claims what is not theirs yet, and changes something. */
async function goOn({ artists }: Database): Promise<void> {
  await artists.own().catch(() => artists.claim());
  await artists.updateOwn({ bio: `О себе, ${crypto.randomUUID()}` });
}

async function importAll(stack: LocalStack): Promise<void> {
  const { target, connection, folder } = at(stack);
  await importSource(await openSource(connection), target, { folder, batchSize: 100 });
}

async function assertSame(stack: LocalStack): Promise<void> {
  const { target, connection, folder } = at(stack);
  const { differences, identical } = await verify(await openSource(connection), target, {
    folder,
    batchSize: 100,
  });
  assert.deepEqual(differences, []);
  assert.ok(identical);
}

const folder = await Deno.makeTempDir({ prefix: "interrupted-claims-" });
Deno.test.afterAll(() => Deno.remove(folder, { recursive: true }));

function at(stack: LocalStack) {
  return {
    target: new MigrationTarget(secretClient(stack)),
    connection: { url: stack.url, secretKey: stack.secretKey },
    folder,
  };
}
