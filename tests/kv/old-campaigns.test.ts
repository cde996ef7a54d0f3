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

const page = { limit: 100, after: null };

function kvTest(name: string, body: () => Promise<void>) {
  // The stack's connections outlive the test that happens to open them.
  Deno.test({ name, fn: body, sanitizeOps: false, sanitizeResources: false });
}

function backendOf() {
  const accounts = {
    verifiedEmail: () => Promise.resolve(null),
    hasNoAccount: () => Promise.resolve(true),
  };
  return createKvBackend(breakingDataApi(stack).client, accounts);
}

function someArtist(): UserCaller {
  return { kind: "user", id: crypto.randomUUID(), email: null, isModerator: false, token: "" };
}

/** Writes an old campaign as the old product did; its key. */
async function putOld(artistId: string, fields: Record<string, unknown> = {}): Promise<string> {
  const id = `campaign_1795346590370_${crypto.randomUUID().slice(0, 9)}`;
  const key = `campaign:${artistId}:${id}`;
  await putRow(stack, key, {
    id,
    status: "draft",
    content: "Приходите!",
    subject: "Анонс",
    artistId,
    concertId: "",
    createdAt: "2025-11-22T11:23:10.370Z",
    scheduledFor: "",
    recipientCount: 4856,
    openRate: 0.37,
    clickRate: 0.38,
    ...fields,
  });
  return key;
}

kvTest("old campaigns are listed and found by both ids; nothing made up is shown", async () => {
  const artist = someArtist();
  const concertId = `tour_${crypto.randomUUID()}`;
  await putRow(stack, `concert:${concertId}`, oldConcert(artist.id, concertId));
  await putOld(artist.id, {
    status: "sent",
    sentAt: "2025-11-23T00:00:00.000Z",
    concertId,
  });
  await putRow(stack, `marketing_campaign:campaign_1_x`, {
    artist_id: artist.id,
    status: "active",
  });
  const { campaigns, concerts } = backendOf().open(artist);
  const { items } = await campaigns.listOwn({ status: null }, page);
  assert.equal(items.length, 1);
  const [campaign] = items;
  assert.deepEqual(
    [campaign.status, campaign.recipient_count, campaign.emails_sent, campaign.open_rate],
    ["sent", null, 0, null],
  );
  assert.equal(campaign.concert_id, (await concerts.find(concertId)).concert.id);
  assert.deepEqual(await campaigns.find(campaign.id), campaign);
  assert.deepEqual(await campaigns.find(campaign.legacy_id ?? ""), campaign);
  const { concert } = await campaigns.material(campaign.id);
  assert.equal(concert?.title, oldConcert(artist.id, concertId).title);
});

kvTest(
  "an old draft is edited and sent; its row keeps the key and the whole old value",
  async () => {
    const artist = someArtist();
    const concertId = `tour_${crypto.randomUUID()}`;
    await putRow(stack, `concert:${concertId}`, oldConcert(artist.id, concertId));
    await putRow(stack, `ticket_sale:${concertId}:sale_1_x`, {
      id: "sale_1_x",
      concertId,
      artistId: artist.id,
      provider: "kassir",
      quantity: 1,
      price: 100,
      totalAmount: 100,
      commission: 5,
      netAmount: 95,
      buyerEmail: "Buyer@Example.com",
      status: "confirmed",
      purchasedAt: "2025-11-20T00:00:00.000Z",
    });
    const key = await putOld(artist.id, { concertId });
    const before = (await rowsUnder(stack, key)).get(key);
    const backend = backendOf();
    const { campaigns } = backend.open(artist);
    const [{ id }] = (await campaigns.listOwn({ status: null }, page)).items;
    await campaigns.update(id, { subject: "Новая тема" });
    const { value } = await campaigns.send(id, null);
    assert.equal(value.recipient_count, 1);
    const service = backend.open({ kind: "service" }).campaigns;
    const { batch } = await service.claimBatch(10, 60);
    assert.deepEqual(batch?.deliveries.map(({ address }) => address), ["buyer@example.com"]);
    const row = (await rowsUnder(stack, key)).get(key);
    assert.deepEqual(row?.legacy, before);
    assert.equal(row?.subject, "Новая тема");
    await campaigns.cancel(id);
  },
);

kvTest("a campaign that cannot be read is counted, and stops nobody", async () => {
  const artist = someArtist();
  await putOld(artist.id);
  await putOld(artist.id, { subject: "" });
  const { campaigns, health } = backendOf().open(artist);
  assert.equal((await campaigns.listOwn({ status: null }, page)).items.length, 1);
  const { unreadable } = await health();
  assert.deepEqual(
    unreadable.filter(({ entity }) => entity === "campaign"),
    [{ entity: "campaign", reason: "missing_subject", count: 1 }],
  );
});
