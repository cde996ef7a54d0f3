import assert from "node:assert/strict";
import type { LocalStack } from "../../local/stack.ts";
import type { UserCaller } from "../../supabase/functions/_shared/auth/caller.ts";
import { createKvBackend } from "../../supabase/functions/_shared/database/kv/create-kv-backend.ts";
import { startTestStack } from "../support/test-stack.ts";
import { breakingDataApi } from "./breaking-data-api.ts";
import { oldConcert, putRow, rowsUnder } from "./old-rows.ts";

let stack: LocalStack;
Deno.test.beforeAll(async () => {
  stack = await startTestStack();
});
Deno.test.afterAll(async () => {
  await stack.close();
});

/** An isolate: a backend of its own, with its own line to the store. */
function openIsolate() {
  const api = breakingDataApi(stack);
  return { ...api, backend: createKvBackend(api.client, noAccounts) };
}
const noAccounts = {
  verifiedEmail: () => Promise.resolve(null),
  hasNoAccount: () => Promise.resolve(true),
};
const visitor = { kind: "anonymous" } as const;

async function addConcert(): Promise<{ artist: UserCaller; concertId: string }> {
  const artist: UserCaller = {
    kind: "user",
    id: crypto.randomUUID(),
    email: null,
    isModerator: false,
    token: "",
  };
  const concertId = `tour_${crypto.randomUUID()}`;
  await putRow(stack, `concert:${concertId}`, oldConcert(artist.id, concertId));
  return { artist, concertId };
}

function kvTest(name: string, body: () => Promise<void>) {
  // The stack's connections outlive the test that happens to open them.
  Deno.test({ name, fn: body, sanitizeOps: false, sanitizeResources: false });
}

kvTest("200 views from two isolates count 200, in a handful of writes", async () => {
  const { artist, concertId } = await addConcert();
  const isolates = [openIsolate(), openIsolate()];
  await Promise.all(
    Array.from(
      { length: 200 },
      (_, i) => isolates[i % 2].backend.open(visitor).concerts.countEvent(concertId, "views"),
    ),
  );
  const { concert } = await isolates[0].backend.open(artist).concerts.find(concertId);
  assert.ok("views_count" in concert);
  assert.equal(concert.views_count, 200);
  const writes = isolates[0].writes() + isolates[1].writes();
  assert.ok(writes <= 20, `${writes} writes for 200 views`);
});

kvTest("control: without the revision the same views are lost", async () => {
  const { concertId } = await addConcert();
  const { client } = breakingDataApi(stack);
  const key = `concert:${concertId}`;
  await Promise.all(Array.from({ length: 50 }, async () => {
    const { data } = await client.from("kv_store_84730125").select("value").eq("key", key);
    const value = data?.[0].value;
    await client.from("kv_store_84730125")
      .update({ value: { ...value, views_count: (value.views_count ?? 0) + 1 } }).eq("key", key);
  }));
  const row = (await rowsUnder(stack, key)).get(key);
  assert.ok(Number(row?.views_count) < 50, "nothing was lost: the test above proves nothing");
});

kvTest("views, an edit and a hiding at once all take effect", async () => {
  const { artist, concertId } = await addConcert();
  const isolates = [openIsolate(), openIsolate(), openIsolate()];
  const [one, two, three] = isolates.map(({ backend }) => backend);
  await Promise.all([
    ...Array.from(
      { length: 30 },
      (_, i) =>
        isolates[i % 3].backend.open(visitor).concerts.countEvent(concertId, "clicks")
          .catch((error) => assert.equal(error.code, "not_found")),
    ),
    one.open(artist).concerts.update(concertId, { ticket_capacity: 900 }),
    two.open(artist).concerts.update(concertId, { description: "Новое" }),
    three.open(artist).concerts.update(concertId, { ticket_price_max: 900 }),
  ]);
  const found = await one.open(artist).concerts.find(concertId);
  assert.ok(found.access === "full");
  const { ticket_capacity, description, ticket_price_max, clicks_count } = found.concert;
  assert.deepEqual({ ticket_capacity, description, ticket_price_max, clicks_count }, {
    ticket_capacity: 900,
    description: "Новое",
    ticket_price_max: 900,
    clicks_count: 30,
  });
  const row = (await rowsUnder(stack, `concert:${concertId}`)).get(`concert:${concertId}`);
  assert.deepEqual(row?.legacy, oldConcert(artist.id, concertId));
});

kvTest("coins for one promotion buy one, however many ask in however many isolates", async () => {
  const { artist, concertId } = await addConcert();
  const other = `tour_${crypto.randomUUID()}`;
  await putRow(stack, `concert:${other}`, oldConcert(artist.id, other));
  await putRow(stack, `coins:balance:${artist.id}`, "100");
  const isolates = [openIsolate(), openIsolate(), openIsolate()];
  const outcomes = await Promise.allSettled(
    Array.from(
      { length: 12 },
      (_, i) =>
        isolates[i % 3].backend.open(artist).concerts.promote(i % 2 ? concertId : other, 7, null),
    ),
  );
  assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 1);
  const ledger = await isolates[0].backend.open(artist).coins.listOwn({ limit: 100, after: null });
  assert.equal(ledger.balance, 0);
  assert.deepEqual(ledger.items.map(({ amount }) => amount), [-100, 100]);
});

kvTest("a user name goes to one of those who take it at once", async () => {
  const isolates = [openIsolate(), openIsolate()];
  const name = `name_${crypto.randomUUID().slice(0, 8)}`;
  const takers = await Promise.all(Array.from({ length: 6 }, () => addConcert()));
  const outcomes = await Promise.allSettled(takers.map(({ artist }, i) => {
    const username = i % 2 ? name : name.toUpperCase();
    return isolates[i % 2].backend.open(artist).artists.updateOwn({ username });
  }));
  assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 1);
  for (const outcome of outcomes) {
    if (outcome.status === "rejected") assert.equal(outcome.reason.code, "conflict");
  }
});
