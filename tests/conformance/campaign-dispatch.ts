import assert from "node:assert/strict";
import { delay } from "deno-std/async/delay.js";
import type { ClaimedBatch } from "../../supabase/functions/_shared/database/campaign-repository.ts";
import type { DeliveryStatus } from "../../supabase/functions/_shared/domain/campaign.ts";
import type { PageRequest } from "../../supabase/functions/_shared/domain/paging.ts";
import {
  addressesOf,
  allAccepted,
  allRefused,
  artistWithBuyers,
  campaignBeingSent,
  claim,
  deliveriesOf,
  eventOf,
  longLease,
  refused,
  sendAll,
  words,
} from "./campaign-making.ts";
import type { ConformanceTest } from "./conformance-context.ts";
import { assertPagesAgree, assertRefused } from "./expect.ts";

/** Sending campaigns: claims, and what became of them. */
export function campaignDispatchTests(test: ConformanceTest): void {
  test("only services claim and record", async (context) => {
    const somebody = [
      (await context.makeArtist()).database,
      (await context.makeModerator()).database,
      context.visitor,
    ];
    for (const { campaigns } of somebody) {
      for (
        const attempt of [
          () => campaigns.claimBatch(1, longLease),
          () => campaigns.recordBatch(crypto.randomUUID(), []),
          () => campaigns.postponeBatch(crypto.randomUUID(), refused(1)),
          () => campaigns.recordEvent(eventOf("delivered", "x")),
          () => campaigns.suppress(crypto.randomUUID(), "anna@example.com", "unsubscribed"),
        ]
      ) await assertRefused(attempt(), "forbidden");
    }
  });

  test("a campaign is sent batch by batch, everybody once, and ends with what was sent", async (context) => {
    const { artist, campaign, buyers } = await campaignBeingSent(context, 5);
    const first = await claim(context, 2);
    assert.equal(first.material?.campaign.id, campaign.id);
    assert.equal(first.material?.campaign.subject, words.subject);
    const { remaining } = await context.service.campaigns.recordBatch(
      first.id,
      allAccepted(first),
    );
    assert.equal(remaining, 3);
    assert.equal((await artist.database.campaigns.find(campaign.id)).emails_sent, 2);
    const batches = [first, ...await sendAll(context, 2)];
    assert.deepEqual(batches.map(({ deliveries }) => deliveries.length), [2, 2, 1]);
    assert.deepEqual(addressesOf(batches), buyers);
    assert.equal(new Set(batches.map(({ id }) => id)).size, 3);
    const after = await artist.database.campaigns.find(campaign.id);
    assert.deepEqual([after.status, after.emails_sent], ["sent", 5]);
    assert.equal(after.sent_at, after.delivery_completed_at);
    assert.ok(Math.abs(Date.parse(after.sent_at ?? "") - Date.now()) < 60_000);
    assert.deepEqual(await context.service.campaigns.claimBatch(9, longLease), {
      batch: null,
      remaining: 0,
    });
  });

  test("the ledger tells who got it, in the order of sending, through all pages and by status", async (context) => {
    const { artist, campaign, buyers } = await campaignBeingSent(context, 4);
    const batch = await claim(context, 3);
    const [one, two, three] = allAccepted(batch);
    const refusal = { accepted: false, provider_message_id: null, reason: "Нет ящика" };
    await context.service.campaigns.recordBatch(batch.id, [
      one,
      { ...two, ...refusal, permanent: true },
      { ...three, ...refusal, permanent: false },
    ]);
    const list = (page: PageRequest, status: DeliveryStatus | null = null) =>
      artist.database.campaigns.listDeliveries(campaign.id, { status }, page);
    const { items } = await list({ limit: 100, after: null });
    assert.deepEqual(items.map(({ address }) => address), buyers);
    assert.deepEqual(items.map(({ position }) => position), [1, 2, 3, 4]);
    assert.deepEqual(items.map(({ status }) => status), ["sent", "failed", "queued", "queued"]);
    assert.deepEqual(items.map(({ attempts }) => attempts), [1, 1, 1, 0]);
    assert.deepEqual(
      items.map(({ error_message }) => error_message),
      [null, "Нет ящика", "Нет ящика", null],
    );
    assert.deepEqual(items.map(({ sent_at }) => sent_at !== null), [true, false, false, false]);
    await assertPagesAgree(list, items);
    assert.deepEqual((await list({ limit: 9, after: null }, "failed")).items, [items[1]]);
    await context.fixtures.endRetryWait(campaign.id);
    await sendAll(context);
  });

  test("what failed for the moment is tried again in another batch, not at once, five times at most", async (context) => {
    const { artist, campaign } = await campaignBeingSent(context, 1);
    const ids = new Set<string>();
    for (let attempt = 1; attempt <= 5; attempt++) {
      const batch = await claim(context);
      ids.add(batch.id);
      await context.service.campaigns.recordBatch(batch.id, allRefused(batch, false));
      assert.deepEqual(await context.service.campaigns.claimBatch(9, longLease), {
        batch: null,
        remaining: attempt < 5 ? 1 : 0,
      });
      await context.fixtures.endRetryWait(campaign.id);
    }
    assert.equal(ids.size, 5);
    const [delivery] = await deliveriesOf(artist, campaign.id);
    assert.deepEqual([delivery.status, delivery.attempts], ["failed", 5]);
    const after = await artist.database.campaigns.find(campaign.id);
    assert.deepEqual([after.status, after.sent_at, after.emails_sent], ["failed", null, 0]);
    assert.equal(after.error_message, "550 Нет такого ящика");
  });

  test("a failed campaign that is resumed is tried again", async (context) => {
    const { artist, campaign, buyers } = await campaignBeingSent(context, 3);
    const batch = await claim(context);
    await context.service.campaigns.recordBatch(batch.id, allRefused(batch, true));
    assert.equal((await artist.database.campaigns.find(campaign.id)).status, "failed");
    assert.equal((await artist.database.campaigns.resume(campaign.id)).status, "sending");
    const batches = await sendAll(context);
    assert.deepEqual(addressesOf(batches), buyers);
    assert.notEqual(batches[0].id, batch.id, "the provider has answered that one");
    const after = await artist.database.campaigns.find(campaign.id);
    assert.deepEqual([after.status, after.emails_sent, after.error_message], ["sent", 3, null]);
  });

  test("a batch under lease is nobody else's; one left behind comes again as it was", async (context) => {
    const { artist, campaign, buyers } = await campaignBeingSent(context, 5);
    const kept = await claim(context, 2);
    const left = await claim(context, 2, 0);
    const again = await claim(context, 1);
    assert.deepEqual(again, { ...left, mayBeTaken: true, material: again.material });
    assert.deepEqual([kept.mayBeTaken, left.mayBeTaken], [false, false]);
    const rest = await claim(context, 2);
    assert.deepEqual(addressesOf([kept, left, rest]), buyers);
    assert.equal((await context.service.campaigns.claimBatch(9, longLease)).batch, null);
    for (const batch of [kept, again, rest]) {
      await context.service.campaigns.recordBatch(batch.id, allAccepted(batch));
    }
    const after = await artist.database.campaigns.find(campaign.id);
    assert.deepEqual([after.status, after.emails_sent], ["sent", 5]);
  });

  test("what became of a batch is written down once, however often it is told", async (context) => {
    const { artist, campaign } = await campaignBeingSent(context, 3);
    const batch = await claim(context, 2);
    const results = allAccepted(batch);
    await context.service.campaigns.recordBatch(batch.id, results.slice(0, 1));
    for (let index = 0; index < 3; index++) {
      await context.service.campaigns.recordBatch(batch.id, results);
    }
    await context.service.campaigns.recordBatch(batch.id, allRefused(batch, true));
    assert.equal((await artist.database.campaigns.find(campaign.id)).emails_sent, 2);
    await sendAll(context);
    assert.equal((await artist.database.campaigns.find(campaign.id)).emails_sent, 3);
  });

  test("many workers at once send nobody twice and leave nobody out", async (context) => {
    const { artist, campaign, buyers } = await campaignBeingSent(context, 12);
    const backends = await Promise.all([1, 2, 3].map(() => context.openAnotherBackend()));
    const batches: ClaimedBatch[] = [];
    const work = async (index: number) => {
      const { campaigns } = backends[index % 3].open({ kind: "service" });
      for (let round = 0; round < 12; round++) {
        const { batch } = await campaigns.claimBatch(2, longLease);
        // Null as well when another worker is just claiming.
        if (!batch) continue;
        batches.push(batch);
        await campaigns.recordBatch(batch.id, allAccepted(batch));
      }
    };
    await Promise.all([0, 1, 2, 3, 4].map(work));
    batches.push(...await sendAll(context));
    assert.deepEqual(addressesOf(batches).toSorted(), buyers);
    const after = await artist.database.campaigns.find(campaign.id);
    assert.deepEqual([after.status, after.emails_sent], ["sent", 12]);
  });

  test("control: without a lease the same workers are given the same messages", async (context) => {
    const { artist, campaign } = await campaignBeingSent(context, 4);
    const claims: ClaimedBatch[] = [];
    for (let worker = 0; worker < 3; worker++) claims.push(await claim(context, 2, 0));
    const addresses = addressesOf(claims);
    assert.ok(new Set(addresses).size < addresses.length, "else the test above proves nothing");
    await artist.database.campaigns.cancel(campaign.id);
  });

  test("several campaigns take turns", async (context) => {
    const { campaign: one } = await campaignBeingSent(context, 4);
    const { artist } = await artistWithBuyers(context, 4);
    const { id: two } = await artist.database.campaigns.create(words);
    await artist.database.campaigns.send(two, null);
    const turns = (await sendAll(context, 2)).map(({ material }) => material?.campaign.id);
    assert.deepEqual(turns.toSorted(), [one.id, one.id, two, two].toSorted());
    assert.notEqual(turns[0], turns[1]);
  });

  test("a scheduled campaign begins when its time has come, and not before", async (context) => {
    await sendAll(context);
    const { artist, buyers } = await artistWithBuyers(context, 2);
    const { campaigns } = artist.database;
    const [due, later, nobody] = await Promise.all([
      campaigns.create(words),
      campaigns.create(words),
      campaigns.create({ ...words, recipient_filter: { cities: ["Нигде"] } }),
    ]);
    const soon = Date.now() + 1500;
    await Promise.all([
      campaigns.schedule(due.id, new Date(soon).toISOString()),
      campaigns.schedule(nobody.id, new Date(soon).toISOString()),
      campaigns.schedule(later.id, new Date(soon + 3_600_000).toISOString()),
    ]);
    await delay(soon - Date.now() + 50);
    assert.deepEqual(addressesOf(await sendAll(context)), buyers);
    assert.equal((await campaigns.find(due.id)).status, "sent");
    assert.equal((await campaigns.find(later.id)).status, "scheduled");
    const failed = await campaigns.find(nobody.id);
    assert.equal(failed.status, "failed");
    assert.match(failed.error_message ?? "", /Нет получателей/);
    await campaigns.cancel(later.id);
  });

  test("a provider that will not listen three times in a row pauses the campaign, with the reason", async (context) => {
    const { artist, campaign, buyers } = await campaignBeingSent(context, 2);
    const ids = new Set<string>();
    for (let failure = 1; failure <= 3; failure++) {
      const batch = await claim(context);
      ids.add(batch.id);
      assert.deepEqual(addressesOf([batch]), buyers);
      await context.service.campaigns.postponeBatch(batch.id, refused(0));
      const { status, error_message } = await artist.database.campaigns.find(campaign.id);
      assert.deepEqual(
        [status, error_message],
        failure < 3 ? ["sending", null] : ["paused", "Сервис не принял письма"],
      );
    }
    assert.equal(ids.size, 3, "another batch each time");
    assert.equal((await context.service.campaigns.claimBatch(9, longLease)).batch, null);
    await artist.database.campaigns.resume(campaign.id);
    const batches = await sendAll(context);
    assert.ok(!ids.has(batches[0].id));
    assert.deepEqual(addressesOf(batches), buyers);
    const after = await artist.database.campaigns.find(campaign.id);
    assert.deepEqual([after.status, after.emails_sent, after.error_message], ["sent", 2, null]);
    const deliveries = await deliveriesOf(artist, campaign.id);
    assert.deepEqual(deliveries.map(({ attempts }) => attempts), [1, 1], "an outage is no attempt");
  });

  test("failures count in a row: a success in between starts anew, and a postponed batch waits", async (context) => {
    const { artist, campaign } = await campaignBeingSent(context, 3);
    for (const failures of [2, 2]) {
      for (let failure = 1; failure <= failures; failure++) {
        const batch = await claim(context, 1);
        await context.service.campaigns.postponeBatch(batch.id, refused(0));
      }
      const batch = await claim(context, 1);
      await context.service.campaigns.recordBatch(batch.id, allAccepted(batch));
    }
    const batch = await claim(context, 1);
    const { remaining } = await context.service.campaigns.postponeBatch(batch.id, refused(600));
    assert.equal(remaining, 1);
    assert.deepEqual(await context.service.campaigns.claimBatch(9, longLease), {
      batch: null,
      remaining: 1,
    });
    assert.equal((await artist.database.campaigns.find(campaign.id)).status, "sending");
    await artist.database.campaigns.cancel(campaign.id);
  });

  test("a pause stops what is not claimed yet; what is claimed is written down", async (context) => {
    const { artist, campaign, buyers } = await campaignBeingSent(context, 4);
    const batch = await claim(context, 2);
    await artist.database.campaigns.pause(campaign.id);
    assert.equal((await context.service.campaigns.claimBatch(9, longLease)).batch, null);
    await context.service.campaigns.recordBatch(batch.id, allAccepted(batch));
    const paused = await artist.database.campaigns.find(campaign.id);
    assert.deepEqual([paused.status, paused.emails_sent], ["paused", 2]);
    await artist.database.campaigns.resume(campaign.id);
    assert.deepEqual(addressesOf([batch, ...await sendAll(context)]), buyers);
  });

  test("a campaign paused while its last mail was under way is over when it is resumed", async (context) => {
    const { artist, campaign } = await campaignBeingSent(context, 2);
    const batch = await claim(context);
    await artist.database.campaigns.pause(campaign.id);
    await context.service.campaigns.recordBatch(batch.id, allAccepted(batch));
    const { status, emails_sent, sent_at } = await artist.database.campaigns.resume(campaign.id);
    assert.deepEqual([status, emails_sent, sent_at !== null], ["sent", 2, true]);
  });

  test("a cancelled campaign mails nobody more; a batch under way is written down", async (context) => {
    const { artist, campaign } = await campaignBeingSent(context, 4);
    const batch = await claim(context, 2);
    await artist.database.campaigns.cancel(campaign.id);
    assert.equal((await context.service.campaigns.claimBatch(9, longLease)).batch, null);
    const [one, two] = allAccepted(batch);
    await context.service.campaigns.recordBatch(batch.id, [
      one,
      { ...two, accepted: false, reason: "452 Позже", provider_message_id: null },
    ]);
    const after = await artist.database.campaigns.find(campaign.id);
    assert.deepEqual([after.status, after.emails_sent], ["cancelled", 1]);
    const deliveries = await deliveriesOf(artist, campaign.id);
    assert.deepEqual(
      deliveries.map(({ status }) => status),
      ["sent", "skipped", "skipped", "skipped"],
    );
    assert.equal(deliveries[3].error_message, "Рассылка отменена");
  });

  test("a campaign deleted while a batch is under way leaves nothing", async (context) => {
    const { artist, campaign } = await campaignBeingSent(context, 2);
    const batch = await claim(context);
    await artist.database.campaigns.cancel(campaign.id);
    await artist.database.campaigns.delete(campaign.id);
    await context.service.campaigns.recordBatch(batch.id, allAccepted(batch));
    await context.service.campaigns.postponeBatch(batch.id, refused(0));
    await context.service.campaigns.recordEvent(
      eventOf("delivered", batch.deliveries[0].reference),
    );
    await assertRefused(artist.database.campaigns.find(campaign.id), "not_found");
  });

  test("what is too late to send is skipped, and the campaign ends with what was sent", async (context) => {
    const { artist, campaign } = await campaignBeingSent(context, 3, {
      send_before: new Date(Date.now() + 4000).toISOString(),
    });
    const batch = await claim(context, 1);
    await context.service.campaigns.recordBatch(batch.id, allAccepted(batch));
    await delay(
      Math.max(0, Date.parse(campaign.send_before ?? "") - Date.now()) + 50,
    );
    assert.equal((await context.service.campaigns.claimBatch(9, longLease)).batch, null);
    const after = await artist.database.campaigns.find(campaign.id);
    assert.deepEqual([after.status, after.emails_sent], ["sent", 1]);
    const deliveries = await deliveriesOf(artist, campaign.id);
    assert.deepEqual(deliveries.map(({ status }) => status), ["sent", "skipped", "skipped"]);
    assert.equal(deliveries[1].error_message, "Срок отправки истёк");
  });

  test("whoever unsubscribes while the campaign is being sent is left out", async (context) => {
    const { artist, campaign, buyers } = await campaignBeingSent(context, 4);
    const batch = await claim(context, 1);
    await context.service.campaigns.suppress(artist.id, buyers[2], "unsubscribed");
    await context.service.campaigns.suppress(artist.id, buyers[2], "unsubscribed");
    await context.service.campaigns.recordBatch(batch.id, allAccepted(batch));
    assert.deepEqual(addressesOf(await sendAll(context)), [buyers[1], buyers[3]]);
    const deliveries = await deliveriesOf(artist, campaign.id);
    assert.deepEqual(
      deliveries.map(({ status }) => status),
      ["sent", "sent", "skipped", "sent"],
    );
    const after = await artist.database.campaigns.find(campaign.id);
    assert.deepEqual([after.status, after.emails_sent], ["sent", 3]);
  });
}
