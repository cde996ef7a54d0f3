import assert from "node:assert/strict";
import type { MailEvent, MailEventKind } from "../../supabase/functions/_shared/domain/campaign.ts";
import {
  allAccepted,
  artistWithBuyers,
  campaignBeingSent,
  claim,
  deliveriesOf,
  eventOf,
  sendAll,
  words,
} from "./campaign-making.ts";
import type { ConformanceTest } from "./conformance-context.ts";

/** What the provider tells of messages it took. */
export function campaignEventTests(test: ConformanceTest): void {
  test("each kind of event counts once a message, in any order, and gives the rates", async (context) => {
    const { artist, campaign } = await campaignBeingSent(context, 5);
    const [batch] = await sendAll(context);
    const tell = (kind: MailEventKind, place: number, changes: Partial<MailEvent> = {}) =>
      context.service.campaigns.recordEvent({
        ...eventOf(kind, batch.deliveries[place].reference),
        ...changes,
      });
    for (let index = 0; index < 2; index++) {
      // Opened before it is known to be delivered: delivered all the same.
      await tell("opened", 0);
      await tell("delivered", 0);
      await tell("delivered", 1, { happened_at: "2026-11-22T10:00:00.000Z" });
      await tell("clicked", 1);
      await tell("delivered", 2);
      await tell("bounced", 3);
      await tell("complained", 2);
    }
    const after = await artist.database.campaigns.find(campaign.id);
    assert.deepEqual(
      [
        after.emails_delivered,
        after.emails_opened,
        after.emails_clicked,
        after.emails_bounced,
        after.emails_complained,
      ],
      [3, 1, 1, 1, 1],
    );
    assert.deepEqual(
      [after.open_rate, after.click_rate, after.bounce_rate],
      [0.3333, 0.3333, 0.2],
    );
    const deliveries = await deliveriesOf(artist, campaign.id);
    assert.equal(deliveries[1].delivered_at, "2026-11-22T10:00:00.000Z");
    assert.deepEqual(
      deliveries.map(({ opened_at, bounced_at, complained_at }) =>
        [opened_at, bounced_at, complained_at].map((time) => time !== null)
      ),
      [
        [true, false, false],
        [false, false, false],
        [false, false, true],
        [false, true, false],
        [false, false, false],
      ],
    );
  });

  test("events at the same time all count", async (context) => {
    const { artist, campaign } = await campaignBeingSent(context, 10);
    const [batch] = await sendAll(context);
    const other = await context.openAnotherBackend();
    const services = [context.service, other.open({ kind: "service" })];
    await Promise.all(
      batch.deliveries.flatMap(({ reference }, index) =>
        (["delivered", "opened"] as const).map((kind) =>
          services[index % 2].campaigns.recordEvent(eventOf(kind, reference))
        )
      ),
    );
    const after = await artist.database.campaigns.find(campaign.id);
    assert.deepEqual([after.emails_delivered, after.emails_opened], [10, 10]);
    assert.equal(after.open_rate, 1);
  });

  test("a message is found by the provider's id as well; what is none of ours is ignored", async (context) => {
    const { artist, campaign } = await campaignBeingSent(context, 1);
    const batch = await claim(context);
    const results = allAccepted(batch);
    await context.service.campaigns.recordBatch(batch.id, results);
    const { provider_message_id } = results[0];
    const event = eventOf("delivered", null);
    for (
      const unknown of [
        { ...event, provider_message_id: "no such" },
        event,
        eventOf("delivered", "no such"),
        eventOf("delivered", crypto.randomUUID()),
      ]
    ) await context.service.campaigns.recordEvent(unknown);
    assert.equal((await artist.database.campaigns.find(campaign.id)).emails_delivered, 0);
    await context.service.campaigns.recordEvent({ ...event, provider_message_id });
    assert.equal((await artist.database.campaigns.find(campaign.id)).emails_delivered, 1);
  });

  test("a permanent bounce and a complaint suppress the address for that artist; a passing one does not", async (context) => {
    const { artist, campaign, buyers } = await campaignBeingSent(context, 3);
    const [batch] = await sendAll(context);
    const [hard, soft, complaint] = batch.deliveries.map(({ reference }) => reference);
    const { campaigns } = context.service;
    await campaigns.recordEvent({ ...eventOf("bounced", hard), is_permanent: true });
    await campaigns.recordEvent(eventOf("bounced", soft));
    await campaigns.recordEvent(eventOf("complained", complaint));
    assert.deepEqual(await artist.database.campaigns.audience(campaign.id, 9), {
      count: 1,
      sample: [buyers[1]],
    });
    const other = await artistWithBuyers(context, 3);
    const { id } = await other.artist.database.campaigns.create(words);
    assert.equal((await other.artist.database.campaigns.audience(id, 9)).count, 3);
    await campaigns.recordEvent({ ...eventOf("bounced", soft), is_permanent: true });
    const { count } = await artist.database.campaigns.audience(campaign.id, 9);
    assert.equal(count, 0, "what was passing at first was not in the end");
    assert.equal((await artist.database.campaigns.find(campaign.id)).emails_bounced, 2);
  });

  test("who complains of a campaign that is deleted is mailed no more, by that artist", async (context) => {
    const { artist, campaign, concertId, buyers } = await campaignBeingSent(context, 4);
    const [batch] = await sendAll(context);
    await artist.database.campaigns.delete(campaign.id);
    const tell = (kind: MailEventKind, place: number, changes: Partial<MailEvent> = {}) =>
      context.service.campaigns.recordEvent({
        ...eventOf(kind, batch.deliveries[place].reference),
        recipient: { artist_id: artist.id, address: buyers[place] },
        ...changes,
      });
    await tell("complained", 0);
    await tell("complained", 0);
    await tell("bounced", 1, { is_permanent: true });
    await tell("bounced", 2);
    await tell("opened", 3);
    await tell("complained", 3, { recipient: null });
    const { id } = await artist.database.campaigns.create({
      ...words,
      recipient_filter: { concert_ids: [concertId] },
    });
    assert.deepEqual(await artist.database.campaigns.audience(id, 9), {
      count: 2,
      sample: buyers.slice(2),
    });
  });
}
