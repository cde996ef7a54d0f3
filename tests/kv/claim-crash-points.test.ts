import assert from "node:assert/strict";
import type { LocalStack } from "../../local/stack.ts";
import type { Caller, UserCaller } from "../../supabase/functions/_shared/auth/caller.ts";
import { artistIdOf } from "../../supabase/functions/_shared/database/legacy/ids.ts";
import { Refusal } from "../../supabase/functions/_shared/domain/refusal.ts";
import type { TicketEvent } from "../../supabase/functions/_shared/domain/ticket-event.ts";
import { words } from "../conformance/campaign-making.ts";
import { anySale, eventOf } from "../conformance/sale-making.ts";
import { startTestStack } from "../support/test-stack.ts";
import { openAs as openOn, person, type Process } from "./kv-process.ts";
import { oldConcert, pendingRows, putRow, rowsUnder } from "./old-rows.ts";

const firstPage = { limit: 100, after: null };
const everything = { status: null, when: "all" } as const;
const sealed = {
  api_key_encrypted: "ciphertext",
  api_key_last4: "1234",
  webhook_secret_encrypted: "ciphertext",
};

let stack: LocalStack;
Deno.test.beforeAll(async () => {
  stack = await startTestStack();
});
Deno.test.afterAll(async () => {
  await stack.close();
});

const openAs = (caller: Caller, process?: Process) => openOn(stack, caller, process);
const service = () => openAs({ kind: "service" }).database;

interface LeftArtist {
  caller: UserCaller;
  oldId: string;
  concertId: string;
  buyers: string[];
  /** What a provider has told: of a sale that holds, and of one that was paid back. */
  told: TicketEvent[];
}

/** An old owner with everything that names them by their id, and whoever may claim it. */
async function leftArtist(oldOwner: string): Promise<LeftArtist> {
  const email = `${crypto.randomUUID()}@example.com`;
  const oldId = await artistIdOf(oldOwner);
  const concertName = `tour_${crypto.randomUUID()}`;
  await putRow(stack, `profile:${oldOwner}`, { full_name: "Ветер", email });
  await putRow(stack, `concert:${concertName}`, oldConcert(oldOwner, concertName));
  const old = openAs(person(oldId)).database;
  const { id: concertId } = (await old.concerts.find(concertName)).concert;
  await old.ticketConnections.save("kassir", sealed);
  const told = [
    eventOf(concertId),
    eventOf(concertId, { external_transaction_id: "tx-2", status: "refunded" }),
  ];
  for (const event of told) await service().sales.applyEvent("kassir", event);
  const buyers = ["a", "b", "c"].map((name) => `${name}-${crypto.randomUUID()}@example.com`);
  for (const buyer_email of buyers) {
    const sale = { concert_id: concertId, quantity: 1, unit_price: 100, buyer_email };
    await old.sales.create(sale, null);
  }
  await old.campaigns.create(words);
  await service().campaigns.suppress(oldId, buyers[0], "unsubscribed");
  return { caller: person(crypto.randomUUID(), email), oldId, concertId, buyers, told };
}

/** Whatever has been handed over by now: nothing is sold twice, and nobody who leaves is forgotten. */
async function goOnMeanwhile({ oldId, buyers, told }: LeftArtist): Promise<void> {
  for (const event of told) {
    const outcome = await service().sales.applyEvent("kassir", event);
    assert.deepEqual(outcome, { applied: false, reason: "duplicate" });
  }
  await service().campaigns.suppress(oldId, buyers[1], "unsubscribed");
}

async function assertHandedOver(left: LeftArtist, oldOwner: string, when: string): Promise<void> {
  const { caller, oldId, concertId, buyers, told } = left;
  const { database } = openAs(caller);
  assert.equal((await database.artists.claim()).id, caller.id, when);
  for (const family of ["ticket_event", "ticket_external", "mail_suppression"]) {
    assert.equal((await rowsUnder(stack, `${family}:${oldId}:`)).size, 0, `${when}: ${family}`);
    assert.equal((await rowsUnder(stack, `${family}:${caller.id}:`)).size, 2, `${when}: ${family}`);
  }
  const suppressions = await rowsUnder(stack, `mail_suppression:${caller.id}:`);
  for (const { artist_id } of suppressions.values()) assert.equal(artist_id, caller.id, when);
  assert.equal((await rowsUnder(stack, `ticket_provider:${oldOwner}:`)).size, 0, when);
  assert.equal((await database.ticketConnections.listOwn()).length, 1, when);
  const [refund] = (await refundsOf(concertId)).values();
  assert.equal(refund.artist_id, caller.id, when);

  for (const event of told) {
    const outcome = await service().sales.applyEvent("kassir", event);
    assert.deepEqual(outcome, { applied: false, reason: "duplicate" }, when);
  }
  const cancelled = eventOf(concertId, { status: "cancelled" });
  await service().sales.applyEvent("kassir", cancelled);
  const { items } = await database.sales.listOwn(anySale, firstPage);
  const statuses = items.filter(({ provider_id }) => provider_id !== null)
    .map(({ status }) => status).sort();
  assert.deepEqual(statuses, ["cancelled", "refunded"], when);
  const [campaign] = (await database.campaigns.listOwn({ status: null }, firstPage)).items;
  const { sample } = await database.campaigns.audience(campaign.id, 9);
  assert.deepEqual(sample, buyers.slice(2), when);
  assert.equal(await pendingRows(stack), 0, `${when}: something is pending`);
}

async function refundsOf(concertId: string) {
  const refunds = new Map<string, Record<string, unknown>>();
  for (const { id } of (await rowsUnder(stack, `ticket_sale:${concertId}:`)).values()) {
    for (const [key, refund] of await rowsUnder(stack, `ticket_refund:${id}:`)) {
      refunds.set(key, refund);
    }
  }
  return refunds;
}

function kvTest(name: string, body: () => Promise<void>) {
  // The stack's connections outlive the test that happens to open them.
  Deno.test({ name, fn: body, sanitizeOps: false, sanitizeResources: false });
}

/** Claims that die before their first write and then behind each in turn. */
async function eachDeadClaim(
  makeOwner: () => string,
  check: (left: LeftArtist, oldOwner: string, when: string, made: number) => Promise<void>,
): Promise<void> {
  const owner = makeOwner();
  const whole = await leftArtist(owner);
  const { database, writes } = openAs(whole.caller);
  await database.artists.claim();
  await check(whole, owner, "uninterrupted", Infinity);
  const total = writes();
  assert.ok(total >= 15, `${total} writes are too few to be interrupted`);
  for (let made = 0; made <= total; made++) {
    const owner = makeOwner();
    const left = await leftArtist(owner);
    const dying: Process = made === 0
      ? { breakAt: 1, point: "before" }
      : { breakAt: made, point: "after" };
    await assert.rejects(
      openAs(left.caller, dying).database.artists.claim(),
      (error) => error instanceof Refusal && error.code === "unavailable",
      `behind write ${made}`,
    );
    await check(left, owner, `behind write ${made}`, made);
  }
}

kvTest("a claim interrupted anywhere hands over what names the artist by their id", async () => {
  await eachDeadClaim(() => `demo-${crypto.randomUUID()}`, async (left, oldOwner, when) => {
    await goOnMeanwhile(left);
    await assertHandedOver(left, oldOwner, when);
  });
});

kvTest(
  "an account that comes into the id of a profile being claimed keeps what it makes",
  async () => {
    await eachDeadClaim(() => crypto.randomUUID(), async (left, oldOwner, when, made) => {
      const { oldId, caller } = left;
      const late = person(oldId, `${oldId}@example.net`);
      const accounts = [oldId];
      const { database } = openAs(late, { accounts });
      const { id } = await database.concerts.create({ title: "Новый концерт" });
      const own = await database.artists.own();
      const listed = async () =>
        (await database.concerts.listOwn(everything, firstPage)).items.map((concert) => concert.id);
      const claim = openAs(caller, { accounts }).database.artists.claim();
      if (made === 0) {
        // Nothing was claimed: the profile is its owner's, who is back.
        assert.equal(own.full_name, "Ветер", when);
        assert.deepEqual((await listed()).toSorted(), [id, left.concertId].toSorted(), when);
        await assert.rejects(claim, (error) => Reflect.get(Object(error), "code") === "not_found");
        return;
      }
      assert.deepEqual([own.full_name, own.legacy_id], [null, null], when);
      await claim;
      assert.deepEqual(await listed(), [id], when);
      assert.deepEqual(await database.ticketConnections.listOwn(), [], when);
      await service().campaigns.suppress(caller.id, left.buyers[1], "unsubscribed");
      await assertHandedOver(left, oldOwner, when);
      assert.deepEqual(await listed(), [id], when);
    });
  },
);

kvTest("a claim brings along what other keys spell in capitals", async () => {
  const oldOwner = crypto.randomUUID();
  const email = `${oldOwner}@example.com`;
  const spelled = oldOwner.toUpperCase();
  await putRow(stack, `profile:${oldOwner}`, { full_name: "Ветер", email });
  await putRow(stack, `concert:${spelled}:1`, oldConcert(spelled, "1"));
  await putRow(stack, `notification_settings:${spelled}`, { pushEnabled: false });
  await putRow(stack, `campaign:${spelled}:1`, {
    id: "1",
    subject: "Старая рассылка",
    artistId: spelled,
    content: "Приходите!",
    status: "draft",
    createdAt: "2025-04-09T13:30:00.000Z",
  });
  const { database } = openAs(person(crypto.randomUUID(), email));
  await database.artists.claim();
  const { items } = await database.concerts.listOwn(everything, firstPage);
  const { items: campaigns } = await database.campaigns.listOwn({ status: null }, firstPage);
  const { push_enabled } = await database.notifications.settings();
  assert.deepEqual([items.length, campaigns.length, push_enabled], [1, 1, false]);
});
