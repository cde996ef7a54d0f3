import assert from "node:assert/strict";
import { delay } from "deno-std/async/delay.js";
import { createCaptureTransport } from "../../supabase/functions/_shared/delivery/capture-transport.ts";
import { UnsubscribeLinks } from "../../supabase/functions/_shared/delivery/unsubscribe-links.ts";
import { dispatchCampaigns } from "../../supabase/functions/campaigns/dispatch-campaigns.ts";
import {
  addressesOf,
  allAccepted,
  allRefused,
  artistWithBuyers,
  campaignBeingSent,
  claim,
  deliveriesOf,
  longLease,
  refused,
  sendAll,
  unanswered,
  words,
} from "./campaign-making.ts";
import type { ConformanceTest } from "./conformance-context.ts";

const interrupted = "Отправка прервалась, и её срок истёк: неизвестно, дошло ли письмо";

/** Campaigns whose sending comes to nothing for a while, or for good. */
export function campaignTroubleTests(test: ConformanceTest): void {
  test("what the provider took nothing of goes in another batch, without who has left since", async (context) => {
    const { artist, campaign, buyers } = await campaignBeingSent(context, 3);
    const first = await claim(context);
    await context.service.campaigns.postponeBatch(first.id, refused(0));
    const queued = await deliveriesOf(artist, campaign.id);
    assert.deepEqual(
      queued.map(({ status, attempts }) => [status, attempts]),
      Array(3).fill(["queued", 0]),
    );
    await context.service.campaigns.suppress(artist.id, buyers[1], "unsubscribed");
    // The worker it was claimed by is late: it is nobody's any more.
    await context.service.campaigns.recordBatch(first.id, allAccepted(first));
    const second = await claim(context);
    assert.notEqual(second.id, first.id);
    assert.equal(second.mayBeTaken, false);
    assert.deepEqual(addressesOf([second]), [buyers[0], buyers[2]]);
    await context.service.campaigns.recordBatch(second.id, allAccepted(second));
    const after = await artist.database.campaigns.find(campaign.id);
    assert.deepEqual([after.status, after.emails_sent], ["sent", 2]);
  });

  test("what the provider may have taken keeps its id, less who has left since", async (context) => {
    const { artist, campaign, buyers } = await campaignBeingSent(context, 3);
    const first = await claim(context);
    await context.service.campaigns.postponeBatch(first.id, unanswered(0));
    await context.service.campaigns.suppress(artist.id, buyers[1], "unsubscribed");
    const second = await claim(context, 1);
    assert.deepEqual([second.id, second.mayBeTaken], [first.id, true]);
    assert.deepEqual(addressesOf([second]), [buyers[0], buyers[2]]);
    await context.service.campaigns.recordBatch(second.id, allAccepted(second));
    const after = await artist.database.campaigns.find(campaign.id);
    assert.deepEqual([after.status, after.emails_sent], ["sent", 2]);
    const deliveries = await deliveriesOf(artist, campaign.id);
    assert.deepEqual(deliveries.map(({ status }) => status), ["sent", "skipped", "sent"]);
  });

  test("a batch that comes again to nobody is over, and the rest goes on", async (context) => {
    const { artist, campaign, buyers } = await campaignBeingSent(context, 2);
    const first = await claim(context, 1, 0);
    await context.service.campaigns.suppress(artist.id, buyers[0], "unsubscribed");
    const next = await claim(context);
    assert.notEqual(next.id, first.id);
    assert.deepEqual(addressesOf([next]), [buyers[1]]);
    await context.service.campaigns.recordBatch(next.id, allAccepted(next));
    assert.equal((await artist.database.campaigns.find(campaign.id)).status, "sent");
  });

  test("a cancelled campaign leaves nobody in between, whatever became of its batches", async (context) => {
    const { artist, campaign } = await campaignBeingSent(context, 5);
    const [left, kept, away] = [
      await claim(context, 1),
      await claim(context, 1),
      await claim(context, 1),
    ];
    // Nobody claims after it, and it is looked at when its second is over: on a slow machine that may be soon.
    const late = await claim(context, 1, 1);
    await context.service.campaigns.postponeBatch(left.id, unanswered(600));
    await artist.database.campaigns.cancel(campaign.id);
    const deliveries = () => deliveriesOf(artist, campaign.id);
    const [{ id: lateId }] = late.deliveries;
    const others = async () =>
      (await deliveries()).filter(({ id }) => id !== lateId).map(({ status }) => status);
    assert.deepEqual(await others(), ["failed", "sending", "sending", "skipped"]);
    await context.service.campaigns.postponeBatch(kept.id, refused(0));
    await context.service.campaigns.postponeBatch(away.id, unanswered(0));
    assert.deepEqual(await others(), ["failed", "skipped", "failed", "skipped"]);
    await delay(1100);
    assert.equal((await context.service.campaigns.claimBatch(9, longLease)).batch, null);
    assert.deepEqual(
      (await deliveries()).map(({ status, error_message }) => [status, error_message]),
      [
        ["failed", interrupted],
        ["skipped", "Рассылка отменена"],
        ["failed", interrupted],
        ["failed", interrupted],
        ["skipped", "Рассылка отменена"],
      ],
    );
    assert.equal(late.deliveries.length, 1);
  });

  test("a campaign whose time was over before it began mails nobody", async (context) => {
    await sendAll(context);
    const { artist } = await artistWithBuyers(context, 2);
    const { campaigns } = artist.database;
    const in_ = (milliseconds: number) => new Date(Date.now() + milliseconds).toISOString();
    const { id } = await campaigns.create({ ...words, send_before: in_(2600) });
    await campaigns.schedule(id, in_(2000));
    await delay(2700);
    assert.deepEqual(await context.service.campaigns.claimBatch(9, longLease), {
      batch: null,
      remaining: 0,
    });
    const { status, emails_sent, error_message } = await campaigns.find(id);
    assert.deepEqual([status, emails_sent, error_message], ["failed", 0, "Срок отправки истёк"]);
  });

  test("a failed campaign with nobody left to mail is still one when it is resumed", async (context) => {
    const { artist, campaign, buyers } = await campaignBeingSent(context, 1);
    await context.service.campaigns.suppress(artist.id, buyers[0], "unsubscribed");
    assert.equal((await context.service.campaigns.claimBatch(9, longLease)).batch, null);
    const { status } = await artist.database.campaigns.resume(campaign.id);
    assert.equal(status, "failed");
  });

  test("a campaign no message can be made of is not sent, and the others are", async (context) => {
    const spoiled = await campaignBeingSent(context, 2);
    const { artist, buyers } = await artistWithBuyers(context, 2);
    const { id } = await artist.database.campaigns.create(words);
    await artist.database.campaigns.send(id, null);
    const { outcome, restore } = await context.fixtures.spoilCampaign(spoiled.campaign.id);
    const from = { address: "mail@promo.example", name: null };
    const transport = createCaptureTransport({ transport: "capture", url: null, from }, "");
    const report = await dispatchCampaigns({
      campaigns: context.service.campaigns,
      transport,
      links: new UnsubscribeLinks("k".repeat(32), "https://example.com"),
    }, { batchSize: 10, ratePerSecond: null });
    assert.deepEqual([report.sent, report.failed], [2, 0]);
    assert.deepEqual(transport.captured.map(({ to }) => to.address), buyers);
    assert.deepEqual(await context.fixtures.stateOfCampaign(spoiled.campaign.id), outcome);
    await restore();
    await spoiled.artist.database.campaigns.cancel(spoiled.campaign.id);
  });

  test("a refusal for good counts as an attempt, an outage before it does not", async (context) => {
    const { artist, campaign } = await campaignBeingSent(context, 1);
    for (let outage = 0; outage < 2; outage++) {
      const { id } = await claim(context);
      await context.service.campaigns.postponeBatch(id, unanswered(0));
    }
    const batch = await claim(context);
    await context.service.campaigns.recordBatch(batch.id, allRefused(batch, true));
    const [{ attempts, status }] = await deliveriesOf(artist, campaign.id);
    assert.deepEqual([attempts, status], [1, "failed"]);
  });
}
