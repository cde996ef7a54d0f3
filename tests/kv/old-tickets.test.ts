import assert from "node:assert/strict";
import type { LocalStack } from "../../local/stack.ts";
import type { UserCaller } from "../../supabase/functions/_shared/auth/caller.ts";
import { createKvBackend } from "../../supabase/functions/_shared/database/kv/create-kv-backend.ts";
import type { Database } from "../../supabase/functions/_shared/database/types.ts";
import { anySale, firstPage } from "../conformance/sale-making.ts";
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

const noAccounts = {
  verifiedEmail: () => Promise.resolve(null),
  hasNoAccount: () => Promise.resolve(true),
};

/** An artist of the old store with a concert there, and the store as they see it. */
async function oldArtist(): Promise<{ artist: UserCaller; concertId: string; database: Database }> {
  const artist: UserCaller = {
    kind: "user",
    id: crypto.randomUUID(),
    email: null,
    isModerator: false,
    token: "",
  };
  const concertId = `tour_${crypto.randomUUID()}`;
  await putRow(stack, `concert:${concertId}`, oldConcert(artist.id, concertId));
  const { client } = breakingDataApi(stack);
  return { artist, concertId, database: createKvBackend(client, noAccounts).open(artist) };
}

function oldSale(concertId: string, artistId: string, changes: Record<string, unknown> = {}) {
  return {
    id: "sale_1795346590438_0bronwrsa",
    concertId,
    artistId,
    provider: "ticketland",
    quantity: 3,
    price: 2680,
    totalAmount: 8040,
    commission: 562.8000000000001,
    netAmount: 7477.2,
    buyerEmail: "fan@example.com",
    status: "confirmed",
    purchasedAt: "2026-11-22T11:23:10.438Z",
    metadata: { ряд: 5 },
    unknown_field: { kept: true },
    ...changes,
  };
}

function kvTest(name: string, body: () => Promise<void>) {
  // The stack's connections outlive the test that happens to open them.
  Deno.test({ name, fn: body, sanitizeOps: false, sanitizeResources: false });
}

kvTest(
  "old sales are listed under their old ids, to the kopeck; sample data and nonsense are not",
  async () => {
    const { artist, concertId, database } = await oldArtist();
    const put = (id: string, changes: Record<string, unknown>) =>
      putRow(
        stack,
        `ticket_sale:${concertId}:${id}`,
        oldSale(concertId, artist.id, { id, ...changes }),
      );
    await put("sale_1", {});
    await put("sale_2", { status: "pending", quantity: 2, provider: "manual", commission: 0 });
    await put("sale_3", {
      status: "refunded",
      quantity: 4,
      price: 100,
      totalAmount: 400,
      commission: 0,
    });
    await put("sale_4", { status: "cancelled" });
    await put("sale_5", { metadata: { test: true } });
    await put("sale_6", { quantity: -1 });
    await put("sale_7", { status: "lost" });

    const { items } = await database.sales.listOwn(anySale, firstPage);
    assert.deepEqual(
      items.map(({ legacy_id }) => legacy_id).toSorted(),
      ["sale_1", "sale_2", "sale_3", "sale_4"],
    );
    const sale = await database.sales.find("sale_1");
    assert.deepEqual(await database.sales.find(sale.id), sale);
    const { concert } = await database.concerts.find(concertId);
    assert.deepEqual(sale, {
      id: sale.id,
      legacy_id: "sale_1",
      concert_id: concert.id,
      artist_id: artist.id,
      provider_id: "ticketland",
      external_transaction_id: null,
      quantity: 3,
      unit_price: 2680,
      total_amount: 8040,
      commission_amount: 562.8,
      net_amount: 7477.2,
      buyer_email: "fan@example.com",
      buyer_name: null,
      buyer_phone: null,
      status: "confirmed",
      refunded_at: null,
      refund_amount: null,
      refund_reason: null,
      metadata: { ряд: 5 },
      purchased_at: "2026-11-22T11:23:10.438Z",
      created_at: "2026-11-22T11:23:10.438Z",
      updated_at: "2026-11-22T11:23:10.438Z",
    });
    assert.equal((await database.sales.find("sale_3")).refund_amount, 400);
    assert.ok("tickets_sold" in concert);
    assert.equal(concert.tickets_sold, 5, "confirmed and pending ones hold seats");
    const stats = await database.sales.stats(null);
    assert.deepEqual([stats.sales, stats.tickets, stats.revenue, stats.net], [1, 3, 8040, 7477.2]);

    const { unreadable } = await database.health();
    const reasons = unreadable.filter(({ entity }) => entity === "ticket_sale");
    assert.deepEqual(reasons.map(({ reason, count }) => `${reason} ${count}`).toSorted(), [
      "impossible_quantity 1",
      "unknown_status 1",
    ]);
  },
);

kvTest("the first change of an old sale rewrites it under its key and loses nothing", async () => {
  const { artist, concertId, database } = await oldArtist();
  const key = `ticket_sale:${concertId}:sale_1`;
  const old = oldSale(concertId, artist.id, { id: "sale_1" });
  await putRow(stack, key, old);
  const before = await database.sales.find("sale_1");
  const { value } = await database.sales.refund("sale_1", { amount: 40, reason: "Скидка" }, null);
  assert.deepEqual([value.id, value.status, value.refund_amount], [before.id, "confirmed", 40]);
  const [row] = (await rowsUnder(stack, `ticket_sale:${concertId}`)).values();
  assert.deepEqual(row.legacy, old);
  assert.equal(row.total_amount, 8040);
  assert.deepEqual(await database.sales.find("sale_1"), value);

  await database.sales.cancel(before.id, null);
  const { concert } = await database.concerts.find(concertId);
  assert.ok("tickets_sold" in concert);
  assert.equal(concert.tickets_sold, 0);
  const sold = await database.sales.create(
    { concert_id: concertId, quantity: 2, unit_price: 10 },
    null,
  );
  assert.equal(sold.value.concert_id, before.concert_id);
  assert.equal((await database.sales.listOwn(anySale, firstPage)).items.length, 2);
});

kvTest("seats of old sales count against a capacity that is set later", async () => {
  const { artist, concertId, database } = await oldArtist();
  await putRow(stack, `ticket_sale:${concertId}:sale_1`, oldSale(concertId, artist.id));
  await database.concerts.update(concertId, { ticket_capacity: 4 });
  const sale = { concert_id: concertId, quantity: 2, unit_price: 10 };
  await assert.rejects(
    database.sales.create(sale, null),
    (error) => Reflect.get(Object(error), "code") === "sold_out",
  );
  await database.sales.create({ ...sale, quantity: 1 }, null);
});

kvTest(
  "an old connection shows the end of its key, and loses the key when it is replaced",
  async () => {
    const { artist, database } = await oldArtist();
    const plain = "demo_api_key_578091524";
    const key = `ticket_provider:${artist.id}:kassir`;
    await putRow(stack, key, {
      id: "kassir",
      name: "Кассир.ру",
      apiKey: plain,
      enabled: true,
      artistId: artist.id,
      commission: 5,
      connectedAt: "2026-11-22T11:23:15.177Z",
      api_key_2: plain,
    });
    const shown = {
      provider_id: "kassir",
      name: "Кассир.ру",
      api_key_last4: "1524",
      has_webhook_secret: false,
      is_active: true,
      connected_at: "2026-11-22T11:23:15.177Z",
    };
    assert.deepEqual(await database.ticketConnections.listOwn(), [shown]);
    await database.ticketConnections.save("kassir", {
      api_key_encrypted: "ciphertext",
      api_key_last4: "9999",
      webhook_secret_encrypted: "ciphertext",
    });
    const [row] = (await rowsUnder(stack, key)).values();
    assert.ok(!JSON.stringify(row).includes(plain), "the plain key is gone");
    assert.deepEqual((row.legacy as Record<string, unknown>).commission, 5);
    const [connection] = await database.ticketConnections.listOwn();
    assert.deepEqual([connection.api_key_last4, connection.has_webhook_secret], ["9999", true]);
    await database.ticketConnections.remove("kassir");
    assert.equal((await rowsUnder(stack, key)).size, 0);
  },
);

kvTest("a claimed profile keeps its connections and sales", async () => {
  const oldOwner = `demo-${crypto.randomUUID()}`;
  const email = `${oldOwner}@example.com`;
  const concertId = `tour_${crypto.randomUUID()}`;
  const artist: UserCaller = {
    kind: "user",
    id: crypto.randomUUID(),
    email,
    isModerator: false,
    token: "",
  };
  await putRow(stack, `profile:${oldOwner}`, { full_name: "Ветер", email });
  await putRow(stack, `concert:${concertId}`, oldConcert(oldOwner, concertId));
  await putRow(stack, `ticket_sale:${concertId}:sale_1`, oldSale(concertId, oldOwner));
  await putRow(stack, `ticket_provider:${oldOwner}:afisha`, { id: "afisha", enabled: true });
  const { client } = breakingDataApi(stack);
  const accounts = {
    verifiedEmail: () => Promise.resolve(email),
    hasNoAccount: () => Promise.resolve(true),
  };
  const database = createKvBackend(client, accounts).open(artist);
  await database.artists.claim();
  const { items } = await database.sales.listOwn(anySale, firstPage);
  assert.deepEqual(items.map(({ artist_id }) => artist_id), [artist.id]);
  const [connection] = await database.ticketConnections.listOwn();
  assert.equal(connection.provider_id, "afisha");
  await database.ticketConnections.save("afisha", {
    api_key_encrypted: "ciphertext",
    api_key_last4: "9999",
    webhook_secret_encrypted: null,
  });
  assert.equal((await rowsUnder(stack, `ticket_provider:${oldOwner}`)).size, 0, "moved");
  assert.equal((await database.ticketConnections.listOwn()).length, 1);
});
