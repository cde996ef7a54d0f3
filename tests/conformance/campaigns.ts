import assert from "node:assert/strict";
import type { Campaign, NewCampaign } from "../../supabase/functions/_shared/domain/campaign.ts";
import type { PageRequest } from "../../supabase/functions/_shared/domain/paging.ts";
import { artistWithBuyers, sellTo, words } from "./campaign-making.ts";
import { completeConcert } from "./concert-making.ts";
import type { ConformanceTest } from "./conformance-context.ts";
import { assertPagesAgree, assertRefused } from "./expect.ts";

const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();

/** Campaigns as artists write them, and whom they reach. */
export function campaignTests(test: ConformanceTest): void {
  test("a campaign begins as a draft, with nothing measured, and creates the artist's profile", async (context) => {
    const artist = await context.makeArtist();
    const created = await artist.database.campaigns.create(words);
    const { id, created_at, updated_at, ...rest } = created;
    assert.match(id, /^[0-9a-f-]{36}$/);
    assert.ok(Math.abs(Date.parse(created_at) - Date.now()) < 60_000);
    assert.equal(updated_at, created_at);
    assert.deepEqual(rest, { ...blank, ...words, artist_id: artist.id });
    assert.deepEqual(await artist.database.campaigns.find(id), created);
    assert.deepEqual(await artist.database.campaigns.find(id.toUpperCase()), created);
    assert.equal((await artist.database.artists.own()).email, artist.email);
  });

  test("every field is kept and changed, and nulls clear", async (context) => {
    const { artist, concertId } = await artistWithBuyers(context, 0);
    const { campaigns } = artist.database;
    const fields = {
      ...words,
      concert_id: concertId,
      html_content: "<p>Здравствуйте</p>",
      recipient_filter: {
        concert_ids: [concertId],
        cities: ["Москва"],
        purchased_after: "2026-01-01T00:00:00.000Z",
        purchased_before: "2030-01-01T00:00:00.000Z",
      },
      send_before: inAnHour(),
    };
    const created = await campaigns.create(fields);
    assert.deepEqual(pick(created, fields), fields);
    const changes = {
      subject: "Другая тема",
      content: "Другой текст",
      concert_id: null,
      html_content: null,
      recipient_filter: {},
      send_before: null,
    };
    const changed = await campaigns.update(created.id, changes);
    assert.deepEqual(changed, { ...created, ...changes, updated_at: changed.updated_at });
    assert.deepEqual(await campaigns.find(created.id), changed);
    await campaigns.delete(created.id);
    await assertRefused(campaigns.find(created.id), "not_found");
    await assertRefused(campaigns.delete(created.id), "not_found");
  });

  test("a campaign is about a concert of the artist's own, by any of its ids, or about none", async (context) => {
    const { artist, concertId } = await artistWithBuyers(context, 0);
    const { concertId: foreign } = await artistWithBuyers(context, 0);
    const { campaigns, concerts } = artist.database;
    for (const concert_id of [foreign, crypto.randomUUID(), "tour_1"]) {
      await assertRefused(campaigns.create({ ...words, concert_id }), "validation_failed", [
        "concert_id",
      ]);
    }
    const legacyId = `tour_${crypto.randomUUID()}`;
    await context.fixtures.giveLegacyId(concertId, legacyId);
    const { id, concert_id } = await campaigns.create({ ...words, concert_id: legacyId });
    assert.equal(concert_id, concertId);
    await assertRefused(campaigns.update(id, { concert_id: foreign }), "validation_failed", [
      "concert_id",
    ]);
    await concerts.delete(concertId);
    assert.equal((await campaigns.find(id)).concert_id, null, "the concert is gone");
  });

  test("the list has the artist's own, newest first, through all pages and by status", async (context) => {
    const artist = await context.makeArtist();
    const other = await context.makeArtist();
    await other.database.campaigns.create(words);
    const made: Campaign[] = [];
    for (let index = 0; index < 5; index++) {
      made.unshift(await artist.database.campaigns.create({ ...words, subject: `${index}` }));
    }
    made[2] = await artist.database.campaigns.schedule(made[2].id, inAnHour());
    const list = (page: PageRequest, status: Campaign["status"] | null = null) =>
      artist.database.campaigns.listOwn({ status }, page);
    const all = await list({ limit: 100, after: null });
    assert.deepEqual(
      all.items.map(({ id }) => id).toSorted(),
      made.map(({ id }) => id).toSorted(),
    );
    const keys = all.items.map(({ created_at, id }) => `${created_at} ${id}`);
    assert.deepEqual(keys, keys.toSorted().reverse());
    await assertPagesAgree(list, all.items);
    assert.deepEqual((await list({ limit: 9, after: null }, "scheduled")).items, [made[2]]);
    assert.deepEqual((await list({ limit: 9, after: null }, "sent")).items, []);
  });

  test("another artist's campaign is not there, on any method", async (context) => {
    const { artist } = await artistWithBuyers(context, 1);
    const { id } = await artist.database.campaigns.create(words);
    const before = await artist.database.campaigns.find(id);
    for (const somebody of [await context.makeArtist(), await context.makeModerator()]) {
      const { campaigns } = somebody.database;
      for (
        const attempt of [
          () => campaigns.find(id),
          () => campaigns.update(id, { subject: "Чужая" }),
          () => campaigns.delete(id),
          () => campaigns.material(id),
          () => campaigns.audience(id, 5),
          () => campaigns.schedule(id, inAnHour()),
          () => campaigns.send(id, null),
          () => campaigns.pause(id),
          () => campaigns.resume(id),
          () => campaigns.cancel(id),
          () => campaigns.listDeliveries(id, { status: null }, { limit: 5, after: null }),
        ]
      ) await assertRefused(attempt(), "not_found");
      assert.deepEqual((await campaigns.listOwn({ status: null }, firstPage)).items, []);
    }
    assert.deepEqual(await artist.database.campaigns.find(id), before);
  });

  test("who is reached: distinct buyers of confirmed sales, in lower case, less the suppressed", async (context) => {
    const { artist, concertId } = await artistWithBuyers(context, 0);
    const other = await artistWithBuyers(context, 0);
    await sellTo(artist, concertId, ["Anna@Example.com", "anna@example.com", "boris@example.com"]);
    await sellTo(artist, concertId, ["pending@example.com"], { status: "pending" });
    await sellTo(artist, concertId, ["gone@example.com"]);
    await sellTo(other.artist, other.concertId, ["stranger@example.com", "anna@example.com"]);
    await artist.database.sales.create(
      { concert_id: concertId, quantity: 1, unit_price: 1, status: "confirmed" },
      null,
    );
    await context.service.campaigns.suppress(artist.id, "GONE@example.com", "unsubscribed");
    await context.service.campaigns.suppress(other.artist.id, "anna@example.com", "complaint");
    const { id } = await artist.database.campaigns.create(words);
    assert.deepEqual(await artist.database.campaigns.audience(id, 5), {
      count: 2,
      sample: ["anna@example.com", "boris@example.com"],
    });
    assert.deepEqual(await artist.database.campaigns.audience(id, 1), {
      count: 2,
      sample: ["anna@example.com"],
    });
  });

  test("a refunded or cancelled purchase does not count", async (context) => {
    const { artist } = await artistWithBuyers(context, 3);
    const { items } = await artist.database.sales.listOwn(
      { concert_id: null, status: null, provider_id: null, from: null, before: null },
      firstPage,
    );
    await artist.database.sales.cancel(items[0].id, null);
    await artist.database.sales.refund(items[1].id, { reason: "Передумал" }, null);
    const { id } = await artist.database.campaigns.create(words);
    assert.deepEqual(await artist.database.campaigns.audience(id, 5), {
      count: 1,
      sample: [items[2].buyer_email],
    });
  });

  test("the filter chooses by concert, city and time of purchase, all together", async (context) => {
    const { artist, concertId: moscow } = await artistWithBuyers(context, 0, { city: "Москва" });
    const { id: omsk } = await artist.database.concerts.create(completeConcert({ city: "Омск" }));
    const legacyId = `tour_${crypto.randomUUID()}`;
    await context.fixtures.giveLegacyId(omsk, legacyId);
    const at = (day: number) => ({ purchased_at: `2026-03-0${day}T12:00:00.000Z` });
    await sellTo(artist, moscow, ["m1@example.com"], at(1));
    await sellTo(artist, moscow, ["m3@example.com"], at(3));
    await sellTo(artist, omsk, ["o2@example.com"], at(2));
    const reached = async (recipient_filter: NewCampaign["recipient_filter"]) => {
      const { id } = await artist.database.campaigns.create({ ...words, recipient_filter });
      const { count, sample } = await artist.database.campaigns.audience(id, 10);
      assert.equal(count, sample.length);
      return sample.map((address) => address.slice(0, 2)).join();
    };
    const [, second, third] = [1, 2, 3].map((day) => at(day).purchased_at);
    assert.equal(await reached({}), "m1,m3,o2");
    assert.equal(await reached({ cities: ["Омск"] }), "o2");
    assert.equal(await reached({ cities: ["Омск", "Москва"] }), "m1,m3,o2");
    assert.equal(await reached({ cities: ["омск"] }), "");
    assert.equal(await reached({ concert_ids: [moscow.toUpperCase()] }), "m1,m3");
    assert.equal(await reached({ concert_ids: [legacyId] }), "o2");
    assert.equal(await reached({ concert_ids: [crypto.randomUUID(), "no such"] }), "");
    assert.equal(await reached({ purchased_after: second }), "m3,o2");
    assert.equal(await reached({ purchased_before: third }), "m1,o2");
    assert.equal(await reached({ purchased_after: second, purchased_before: third }), "o2");
    assert.equal(await reached({ cities: ["Москва"], purchased_after: second }), "m3");
  });

  test("material names the artist and the concert", async (context) => {
    const { artist, concertId } = await artistWithBuyers(context, 0);
    const { id } = await artist.database.campaigns.create({ ...words, concert_id: concertId });
    const before = await artist.database.campaigns.material(id);
    assert.equal(before.artist_name, null);
    await artist.database.artists.updateOwn({ username: `a${concertId.slice(0, 8)}` });
    assert.match((await artist.database.campaigns.material(id)).artist_name ?? "", /^a/);
    await artist.database.artists.updateOwn({ full_name: "Группа «Река»" });
    const { title, city, venue_name, event_date, event_time, ticket_link } = completeConcert();
    assert.deepEqual(await artist.database.campaigns.material(id), {
      campaign: await artist.database.campaigns.find(id),
      artist_name: "Группа «Река»",
      concert: { title, city, venue_name, event_date, event_time, ticket_link },
    });
  });

  test("a claimed profile brings its campaigns along", async (context) => {
    const email = `${crypto.randomUUID()}@example.com`;
    const ownerId = `demo-${crypto.randomUUID()}`;
    await context.fixtures.leaveProfile({
      ownerId,
      email,
      fullName: "Анна",
      concertId: `tour_${crypto.randomUUID()}`,
      concertTitle: "Концерт",
      coins: 1,
    });
    await context.fixtures.leaveCampaign({ ownerId, subject: "Старая рассылка" });
    const account = await context.makeAccount({ email, verified: true });
    await account.database.artists.claim();
    const { items } = await account.database.campaigns.listOwn({ status: null }, firstPage);
    assert.deepEqual(items.map(({ subject }) => subject), ["Старая рассылка"]);
    assert.equal(items[0].artist_id, account.id);
    assert.deepEqual(await account.database.campaigns.find(items[0].legacy_id ?? ""), items[0]);
  });
}

const firstPage: PageRequest = { limit: 100, after: null };

const blank = {
  legacy_id: null,
  concert_id: null,
  html_content: null,
  recipient_filter: {},
  recipient_count: 0,
  status: "draft",
  scheduled_for: null,
  send_before: null,
  sent_at: null,
  delivery_started_at: null,
  delivery_completed_at: null,
  emails_sent: 0,
  emails_delivered: 0,
  emails_opened: 0,
  emails_clicked: 0,
  emails_bounced: 0,
  emails_complained: 0,
  open_rate: null,
  click_rate: null,
  bounce_rate: null,
  error_message: null,
};

function pick(campaign: Campaign, fields: object): object {
  return Object.fromEntries(Object.keys(fields).map((name) => [name, Reflect.get(campaign, name)]));
}
