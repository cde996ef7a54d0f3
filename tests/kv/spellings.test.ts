import assert from "node:assert/strict";
import type { LocalStack } from "../../local/stack.ts";
import { createKvBackend } from "../../supabase/functions/_shared/database/kv/create-kv-backend.ts";
import { artistIdOf } from "../../supabase/functions/_shared/database/legacy/ids.ts";
import { assertRefused } from "../conformance/expect.ts";
import { startTestStack } from "../support/test-stack.ts";
import { breakingDataApi } from "./breaking-data-api.ts";
import { oldConcert, putRow, rowsUnder } from "./old-rows.ts";

// The old store has ids as whoever wrote them spelled them: an account's in capitals, an old owner's beside the id that
// was made of it.

let stack: LocalStack;
Deno.test.beforeAll(async () => {
  stack = await startTestStack();
});
Deno.test.afterAll(async () => {
  await stack.close();
});

function kvTest(name: string, body: () => Promise<void>) {
  Deno.test({ name, fn: body, sanitizeOps: false, sanitizeResources: false });
}

/** The store as an instance of its own has it. */
function openAs(id: string) {
  const { client } = breakingDataApi(stack);
  const accounts = {
    verifiedEmail: () => Promise.resolve(null),
    hasNoAccount: () => Promise.resolve(true),
  };
  return createKvBackend(client, accounts)
    .open({ kind: "user", id, email: null, isModerator: false, token: "" });
}

async function balanceOf({ coins, artists }: ReturnType<typeof openAs>): Promise<number> {
  const { balance, items } = await coins.listOwn({ limit: 100, after: null });
  assert.equal(items.reduce((sum, { amount }) => sum + amount, 0), balance);
  assert.equal((await artists.own()).coins_balance, balance);
  return balance;
}

async function putConcerts(owners: string[]): Promise<string[]> {
  const ids = owners.map((_, index) => `tour_${index}_${crypto.randomUUID()}`);
  for (const [index, id] of ids.entries()) {
    await putRow(stack, `concert:${id}`, oldConcert(owners[index], id));
  }
  return ids;
}

const spellings = [
  {
    name: "in capitals",
    make: () => {
      const id = crypto.randomUUID();
      return Promise.resolve({ id, home: id.toUpperCase() });
    },
  },
  {
    name: "of an old owner",
    make: async () => {
      const home = `user_${crypto.randomUUID()}`;
      return { id: await artistIdOf(home), home };
    },
  },
];

for (const { name, make } of spellings) {
  kvTest(
    `an id ${name}: the coins that are shown promote every concert of the artist`,
    async () => {
      const { id, home } = await make();
      await putRow(stack, `profile:${home}`, { full_name: "Анна" });
      await putRow(stack, `coins:balance:${home}`, "250");
      const concerts = await putConcerts([id, home, id]);
      const artist = openAs(id);
      assert.equal(await balanceOf(artist), 250);
      const idempotency = { key: "once", fingerprint: "promote" };
      for (const replayed of [false, true]) {
        const promoted = await artist.concerts.promote(concerts[0], 7, idempotency);
        assert.deepEqual([promoted.replayed, promoted.value.is_promoted], [replayed, true]);
      }
      assert.equal(await balanceOf(artist), 150);
      await artist.concerts.promote(concerts[1], 7, null);
      assert.equal(await balanceOf(artist), 50);
      await assertRefused(artist.concerts.promote(concerts[2], 7, null), "insufficient_coins");
      assert.equal((await rowsUnder(stack, `coins:tx:${home}:`)).size, 2);
      assert.equal((await rowsUnder(stack, `coins:balance:${id}`)).size, 0);
    },
  );

  kvTest(`an id ${name}: of two balances the one that is shown is spent`, async () => {
    const { id, home } = await make();
    await putRow(stack, `profile:${home}`, { full_name: "Анна" });
    await putRow(stack, `coins:balance:${home}`, "100");
    await putRow(stack, `coins:balance:${id}`, "170");
    const concerts = await putConcerts([id, home]);
    const artist = openAs(id);
    assert.equal(await balanceOf(artist), 100);
    const outcomes = await Promise.allSettled(
      concerts.map((concert) => openAs(id).concerts.promote(concert, 7, null)),
    );
    assert.deepEqual(outcomes.map(({ status }) => status).toSorted(), ["fulfilled", "rejected"]);
    assert.equal(await balanceOf(artist), 0);
    const [other] = await stack.sql(
      "select value from public.kv_store_84730125 where key = $1::text",
      [`coins:balance:${id}`],
    );
    assert.equal(other.value, "170");
  });
}

kvTest("an artist without a profile has the coins of whichever spelling has some", async () => {
  for (const inCapitals of [false, true]) {
    const id = crypto.randomUUID();
    const owner = inCapitals ? id.toUpperCase() : id;
    await putRow(stack, `coins:balance:${owner}`, "150");
    const concerts = await putConcerts([id.toUpperCase(), id]);
    const artist = openAs(id);
    assert.equal(await balanceOf(artist), 150);
    await artist.concerts.promote(concerts[inCapitals ? 1 : 0], 7, null);
    assert.equal(await balanceOf(artist), 50);
    await assertRefused(
      artist.concerts.promote(concerts[inCapitals ? 0 : 1], 7, null),
      "insufficient_coins",
    );
  }
});
