import assert from "node:assert/strict";
import {
  type Campaign,
  type CampaignAction,
  campaignTransitions,
  type NewCampaign,
} from "../../supabase/functions/_shared/domain/campaign.ts";
import type { PageRequest } from "../../supabase/functions/_shared/domain/paging.ts";
import {
  addressesOf,
  allRefused,
  artistWithBuyers,
  claim,
  sellTo,
  sendAll,
  words,
} from "./campaign-making.ts";
import { completeConcert } from "./concert-making.ts";
import type { ConformanceContext, ConformanceTest, Somebody } from "./conformance-context.ts";
import { assertPagesAgree, assertRefused, outcomesOf } from "./expect.ts";

const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();

/** Campaigns as artists write, start and stop them. */
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

  test("each action is possible in the statuses it names, and changes nothing in the others", async (context) => {
    await sendAll(context);
    const { artist } = await artistWithBuyers(context, 1);
    const { campaigns } = artist.database;
    for (const [action, from] of Object.entries(campaignTransitions)) {
      for (const [status, bring] of Object.entries(waysTo)) {
        const { id } = await campaigns.create(words);
        await bring(context, artist, id);
        const before = await campaigns.find(id);
        assert.equal(before.status, status);
        if (from.some((name) => name === status)) {
          const { status: after } = await act(artist, id, action as CampaignAction);
          assert.equal(after, results[action as CampaignAction], `${action} when ${status}`);
        } else {
          await assertRefused(act(artist, id, action as CampaignAction), "invalid_transition");
          assert.deepEqual(await campaigns.find(id), before, `${action} when ${status}`);
        }
        await campaigns.cancel(id).catch(() => {});
      }
    }
  });

  test("a campaign is edited as a draft, scheduled or paused, and deleted unless being sent", async (context) => {
    await sendAll(context);
    const { artist } = await artistWithBuyers(context, 1);
    const { campaigns } = artist.database;
    for (const [status, bring] of Object.entries(waysTo)) {
      const { id } = await campaigns.create(words);
      await bring(context, artist, id);
      const edit = campaigns.update(id, { subject: "Правка" });
      if (["draft", "scheduled", "paused"].includes(status)) {
        assert.equal((await edit).subject, "Правка");
        assert.equal((await campaigns.find(id)).status, status);
      } else await assertRefused(edit, "invalid_transition");
      if (status === "sending") {
        await assertRefused(campaigns.delete(id), "invalid_transition");
        await campaigns.cancel(id);
      }
      await campaigns.delete(id);
      await assertRefused(campaigns.find(id), "not_found");
    }
  });

  test("sending resolves the recipients, once", async (context) => {
    await sendAll(context);
    const { artist, concertId, buyers } = await artistWithBuyers(context, 3);
    const { campaigns } = artist.database;
    const { id } = await campaigns.create(words);
    const { value, replayed } = await campaigns.send(id, null);
    assert.equal(replayed, false);
    assert.deepEqual([value.status, value.recipient_count], ["sending", 3]);
    assert.ok(Math.abs(Date.parse(value.delivery_started_at ?? "") - Date.now()) < 60_000);
    assert.deepEqual(await campaigns.find(id), value);
    await sellTo(artist, concertId, ["later@example.com"]);
    await campaigns.pause(id);
    await assertRefused(
      campaigns.update(id, { recipient_filter: { cities: ["Омск"] } }),
      "validation_failed",
      ["recipient_filter"],
    );
    assert.equal((await campaigns.resume(id)).recipient_count, 3);
    assert.deepEqual(addressesOf(await sendAll(context)), buyers);
  });

  test("a campaign for nobody is not sent", async (context) => {
    const { artist } = await artistWithBuyers(context, 1);
    const { campaigns } = artist.database;
    const draft = await campaigns.create({ ...words, recipient_filter: { cities: ["Нигде"] } });
    await assertRefused(campaigns.send(draft.id, null), "validation_failed", ["recipient_filter"]);
    assert.deepEqual(await campaigns.find(draft.id), draft);
  });

  test("a time that is past, and an end before the beginning, are refused", async (context) => {
    const { artist } = await artistWithBuyers(context, 1);
    const { campaigns } = artist.database;
    const past = new Date(Date.now() - 1000).toISOString();
    const { id } = await campaigns.create(words);
    await assertRefused(campaigns.schedule(id, past), "validation_failed", ["scheduled_for"]);
    await campaigns.update(id, { send_before: past });
    await assertRefused(campaigns.send(id, null), "validation_failed", ["send_before"]);
    await assertRefused(campaigns.schedule(id, inAnHour()), "validation_failed", ["send_before"]);
    await campaigns.update(id, { send_before: null });
    await campaigns.schedule(id, inAnHour());
    await assertRefused(
      campaigns.update(id, { send_before: past }),
      "validation_failed",
      ["send_before"],
    );
    await campaigns.cancel(id);
  });

  test("a paused campaign whose time is still to come waits for it again", async (context) => {
    const { artist } = await artistWithBuyers(context, 1);
    const { campaigns } = artist.database;
    const { id } = await campaigns.create(words);
    const time = inAnHour();
    await campaigns.schedule(id, time);
    await campaigns.pause(id);
    const { status, scheduled_for } = await campaigns.resume(id);
    assert.deepEqual([status, scheduled_for], ["scheduled", time]);
    await campaigns.cancel(id);
  });

  test("the same request sent again gets the first answer; its key is good for no other", async (context) => {
    await sendAll(context);
    const { artist } = await artistWithBuyers(context, 2);
    const { campaigns } = artist.database;
    const [one, two] = [await campaigns.create(words), await campaigns.create(words)];
    const idempotency = { key: "отправить", fingerprint: "a" };
    const first = await campaigns.send(one.id, idempotency);
    await campaigns.pause(one.id);
    for (let index = 0; index < 2; index++) {
      assert.deepEqual(await campaigns.send(one.id, idempotency), {
        value: first.value,
        replayed: true,
      });
    }
    await assertRefused(
      campaigns.send(two.id, { key: "отправить", fingerprint: "b" }),
      "idempotency_mismatch",
    );
    assert.equal((await campaigns.find(two.id)).status, "draft");
    // A refusal is not remembered.
    await assertRefused(
      campaigns.send(one.id, { key: "ещё раз", fingerprint: "c" }),
      "invalid_transition",
    );
    await campaigns.send(two.id, { key: "ещё раз", fingerprint: "d" });
    await campaigns.cancel(one.id);
    await campaigns.cancel(two.id);
  });

  test("of those who send a campaign at once, one starts it", async (context) => {
    await sendAll(context);
    const { artist, buyers } = await artistWithBuyers(context, 3);
    const other = await context.openAnotherBackend();
    const { id } = await artist.database.campaigns.create(words);
    const sends = Array.from({ length: 6 }, (_, index) => {
      const database = index % 2 ? artist.database : other.open(artist);
      return database.campaigns.send(id, null);
    });
    const { succeeded, refused } = await outcomesOf(sends);
    assert.deepEqual([succeeded, refused], [1, { invalid_transition: 5 }]);
    assert.deepEqual(addressesOf(await sendAll(context)), buyers);
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

/** How a draft gets into each status. */
const waysTo: Record<
  Campaign["status"],
  (context: ConformanceContext, artist: Somebody, id: string) => Promise<unknown>
> = {
  draft: () => Promise.resolve(),
  scheduled: (_, { database }, id) => database.campaigns.schedule(id, inAnHour()),
  sending: (_, { database }, id) => database.campaigns.send(id, null),
  async paused(_, { database }, id) {
    await database.campaigns.send(id, null);
    await database.campaigns.pause(id);
  },
  async sent(context, { database }, id) {
    await database.campaigns.send(id, null);
    await sendAll(context);
  },
  cancelled: (_, { database }, id) => database.campaigns.cancel(id),
  async failed(context, { database }, id) {
    await database.campaigns.send(id, null);
    const batch = await claim(context);
    await context.service.campaigns.recordBatch(batch.id, allRefused(batch, true));
  },
};

const results: Record<CampaignAction, Campaign["status"]> = {
  schedule: "scheduled",
  send: "sending",
  pause: "paused",
  resume: "sending",
  cancel: "cancelled",
};

async function act({ database }: Somebody, id: string, action: CampaignAction): Promise<Campaign> {
  const { campaigns } = database;
  if (action === "schedule") return await campaigns.schedule(id, inAnHour());
  if (action === "send") return (await campaigns.send(id, null)).value;
  return await campaigns[action](id);
}

function pick(campaign: Campaign, fields: object): object {
  return Object.fromEntries(Object.keys(fields).map((name) => [name, Reflect.get(campaign, name)]));
}
