import assert from "node:assert/strict";
import type { ConcertAnalytics } from "../../supabase/functions/_shared/domain/analytics.ts";
import type { Artist, PublicArtist } from "../../supabase/functions/_shared/domain/artist.ts";
import type { Concert, PublicConcert } from "../../supabase/functions/_shared/domain/concert.ts";
import { signIn } from "../support/caller-tokens.ts";
import { assertRefused } from "./api-client.ts";
import { allPages } from "./concert-journeys.ts";
import { createKvFixtures } from "./kv-fixtures.ts";
import { anna, boris, loadSample, storedRows, withoutProfile } from "./legacy-sample.ts";
import { scenariosOn } from "./scenarios-on.ts";

// The old product's data as kv mode reads it: every dialect and every trap of the old store, in a small sample.

const scenario = scenariosOn({
  mode: "kv",
  capabilities: { wordForms: false },
  createFixtures: createKvFixtures,
});

scenario("old data: lists serve what is public, of both dialects", async (context) => {
  const api = await loadSample(context);
  const listed = await api.data<PublicConcert[]>("GET", "/concerts", { query: { when: "all" } });
  assert.deepEqual(listed.map(({ title }) => title), [
    "Прошедший тур",
    ...["Продвигается", "Продвигался", "Демо"].toSorted(byIdOf(listed)),
    "Огни города",
  ]);
  const [gone, dialectA, dialectB] = [
    "Прошедший тур",
    "Огни города",
    "Продвигается",
  ].map((title) => listed.find((concert) => concert.title === title));
  assert.deepEqual(dialectA, {
    id: dialectA?.id,
    title: "Огни города",
    description: "Тур Тишина",
    city: "Екатеринбург",
    venue_name: "Stereo Plaza",
    venue_address: null,
    event_date: "2031-04-22",
    event_time: "22:30",
    time_zone: "Europe/Moscow",
    event_type: "Клубное выступление",
    banner_image_url: "https://images.example.com/c.webp",
    ticket_price_min: 922,
    ticket_price_max: 6860,
    ticket_link: null,
    is_promoted: false,
    sold_out: false,
    artist: { id: boris, username: "u_6fa459ea", full_name: "Борис Басист", avatar_url: null },
  });
  assert.equal(dialectB?.is_promoted, true);
  assert.deepEqual([dialectB?.event_date, dialectB?.ticket_price_min], ["2031-03-27", 460]);
  assert.equal(gone?.event_type, "Концерт", "a tour is a concert");
  assert.deepEqual([gone?.ticket_price_min, gone?.ticket_price_max], [500, 5000]);

  const found = (query: Record<string, string>) =>
    api.data<PublicConcert[]>("GET", "/concerts", { query })
      .then((concerts) => concerts.map(({ title }) => title));
  assert.deepEqual(await found({ q: "огни" }), ["Огни города"]);
  assert.deepEqual(await found({ promoted: "true" }), ["Продвигается"]);
  assert.deepEqual(await found({ when: "past" }), ["Прошедший тур"]);
  assert.deepEqual(await found({ artist_id: "artist_demo_001" }), ["Демо"]);
  assert.deepEqual(await found({ event_type: "Акустический сет" }), ["Демо"]);
  for (const limit of [1, 2, 4]) {
    const paged = await allPages<PublicConcert>(context, "/concerts", limit, {
      query: { when: "all" },
    });
    assert.deepEqual(paged, listed, `by ${limit}`);
  }
  const feed = await api.send("GET", "/concerts/calendar.ics", { query: { when: "all" } });
  assert.equal(feed.text.match(/BEGIN:VEVENT/g)?.length, 5);
});

scenario("old data: an artist's own list has the personal records, as drafts", async (context) => {
  const api = await loadSample(context);
  const as = await signIn(context.stack, { id: anna });
  const mine = await api.data<Concert[]>("GET", "/concerts/mine", { as });
  assert.deepEqual(
    mine.map(({ title }) => title).toSorted(),
    ["Весна", "Ночь и\ufffd день", "Полночь", "Река Live"],
  );
  const whole = mine.find(({ title }) => title === "Река Live");
  assert.deepEqual(whole, {
    id: whole?.id,
    legacy_id: "1795346618538-it20c5prn",
    artist_id: anna,
    title: "Река Live",
    description: "Большой концерт. Ночь",
    city: "Новосибирск",
    venue_name: "Arena Hall",
    venue_address: null,
    event_date: "2031-07-08",
    event_time: "20:30",
    time_zone: "Europe/Moscow",
    event_type: null,
    banner_image_url: "https://images.example.com/b.jpg",
    ticket_price_min: 1743,
    ticket_price_max: 1743,
    ticket_link: "https://tickets.example.com/e/5976",
    ticket_capacity: null,
    tickets_sold: 0,
    moderation_status: "draft",
    moderation_comment: null,
    moderated_at: null,
    is_promoted: false,
    promotion_starts_at: null,
    promotion_ends_at: null,
    promotion_cost: null,
    is_hidden: false,
    is_cancelled: false,
    views_count: 0,
    clicks_count: 0,
    shares_count: 0,
    created_at: "2026-11-22T11:23:38.538Z",
    updated_at: "2026-11-22T11:23:38.538Z",
  });
  const repaired = mine.find(({ title }) => title === "Весна");
  assert.deepEqual(
    [
      repaired?.event_date,
      repaired?.event_time,
      repaired?.ticket_price_min,
      repaired?.banner_image_url,
      repaired?.ticket_link,
    ],
    ["2031-03-15", "09:05", 1500, null, null],
  );

  const tours = await api.data<Concert[]>("GET", "/concerts/mine", {
    as: await signIn(context.stack, { id: boris }),
  });
  const status = Object.fromEntries(tours.map((tour) => [tour.title, tour.moderation_status]));
  assert.deepEqual(status, {
    "Огни города": "approved",
    "Ждёт модерации": "pending",
    "Прошедший тур": "approved",
    "Продвигается": "approved",
    "Продвигался": "approved",
    "Скрытый": "approved",
    "Отклонённый": "rejected",
    "Черновик": "draft",
  });
  const tour = (title: string) => tours.find((concert) => concert.title === title);
  assert.deepEqual([tour("Огни города")?.views_count, tour("Огни города")?.clicks_count], [
    2247,
    80,
  ]);
  assert.equal(tour("Ждёт модерации")?.views_count, 2250, "both counters counted");
  assert.equal(tour("Отклонённый")?.moderation_comment, "Проблемы с постером");
  assert.equal(tour("Отклонённый")?.event_type, "Концерт");
  assert.equal(tour("Черновик")?.event_type, "Другое");
  assert.equal(tour("Скрытый")?.is_hidden, true);
  const { is_promoted, promotion_starts_at, promotion_ends_at } = tour("Продвигается") ?? {};
  assert.deepEqual([is_promoted, promotion_ends_at], [true, "2031-12-31T00:00:00.000Z"]);
  assert.ok((promotion_starts_at ?? "") < (promotion_ends_at ?? ""), "it has a start");
  assert.equal(tour("Продвигался")?.is_promoted, false, "it is over");
  assert.equal(tour("Огни города")?.tickets_sold, 6, "confirmed sales, without the sample ones");
});

scenario(
  "old data: a record is found by its id of today, of its key and of its value",
  async (context) => {
    const api = await loadSample(context);
    const as = await signIn(context.stack, { id: anna });
    const byKey = await api.data<Concert>("GET", "/concerts/1795346618539-wl3k9d0aa", { as });
    assert.equal(byKey.title, "Полночь");
    assert.equal(byKey.legacy_id, "1795346618539-wl3k9d0aa");
    for (const id of ["custom-21498", byKey.id, byKey.id.toUpperCase()]) {
      assert.deepEqual(await api.data("GET", `/concerts/${id}`, { as }), byKey, id);
    }
    assertRefused(await api.send("GET", "/concerts/custom-21498"), "not_found");
    assertRefused(
      await api.send("GET", "/concerts/custom-21498", {
        as: await signIn(context.stack, { id: boris }),
      }),
      "not_found",
    );
    const tour = await api.data<PublicConcert>("GET", "/concerts/tour_1795346590132_2wkooq2qu");
    assert.equal(tour.title, "Огни города");
    assert.deepEqual(await api.data("GET", `/concerts/${tour.id}`), tour);
    const reply = await api.send("POST", "/concerts/tour_1795346590132_2wkooq2qu/views");
    assert.equal(reply.status, 204);
  },
);

scenario(
  "old data: both encodings of a profile, and owners who are no account",
  async (context) => {
    const api = await loadSample(context);
    const own = await api.data<Artist>("GET", "/concerts/artists/me", {
      as: await signIn(context.stack, { id: anna }),
    });
    assert.deepEqual(
      [
        own.full_name,
        own.avatar_url,
        own.bio,
        own.subscribers_count,
        own.total_plays,
        own.total_tracks,
      ],
      ["Анна Певица", "https://images.example.com/a.png", "Играем с 2009 года.", 61326, 358078, 23],
    );
    assert.equal(own.coins_balance, 3259, "the movements' sum, not the concatenated text");
    const other = await api.data<Artist>("GET", "/concerts/artists/me", {
      as: await signIn(context.stack, { id: boris }),
    });
    assert.deepEqual(
      [other.username, other.full_name, other.email, other.created_at, other.coins_balance],
      ["u_6fa459ea", "Борис Басист", "b@example.com", "2025-11-19T13:32:00.000Z", 700],
    );
    const demo = await api.data<PublicArtist>("GET", "/concerts/artists/demo-user");
    assert.deepEqual([demo.full_name, demo.subscribers_count], ["Демо", 40996]);
    assert.deepEqual(await api.data("GET", `/concerts/artists/${demo.id}`), demo);
    for (const owner of ["undefined", "artist_demo_001", "group:one"]) {
      const profile = await api.send("GET", `/concerts/artists/${encodeURIComponent(owner)}`);
      assert.equal(profile.status, 200, `${owner}: ${profile.text}`);
    }
    const unreadable = await signIn(context.stack, { id: withoutProfile });
    for (
      const path of ["artists/me", "artists/me/coins", "artists/me/statistics", "mine", "analytics"]
    ) {
      const reply = await api.send("GET", `/concerts/${path}`, { as: unreadable });
      assert.ok([200, 404].includes(reply.status), `${path}: ${reply.text}`);
    }
    const ledger = await api.data<{ balance: number; transactions: { amount: number }[] }>(
      "GET",
      "/concerts/artists/me/coins",
      { as: await signIn(context.stack, { id: anna }) },
    );
    assert.equal(ledger.balance, 3259);
    assert.deepEqual(ledger.transactions.map(({ amount }) => amount), [-1741, 5000]);
  },
);

scenario(
  "old data: sales count to the kopeck, sample ones and cancelled ones do not",
  async (context) => {
    const api = await loadSample(context);
    const as = await signIn(context.stack, { id: boris });
    const analytics = await api.data<ConcertAnalytics>(
      "GET",
      "/concerts/tour_1795346590132_2wkooq2qu/analytics",
      { as },
    );
    assert.deepEqual(
      [
        analytics.sales_count,
        analytics.tickets_sold,
        analytics.total_revenue,
        analytics.net_revenue,
      ],
      [3, 6, 7368.33, 6805.53],
    );
    const statistics = await api.data<Record<string, number>>(
      "GET",
      "/concerts/artists/me/statistics",
      { as },
    );
    assert.deepEqual(
      [statistics.concerts_count, statistics.tickets_sold, statistics.total_revenue],
      [8, 6, 7368.33],
    );
    const byInnerId = await api.data<ConcertAnalytics>("GET", "/concerts/custom-21498/analytics", {
      as: await signIn(context.stack, { id: anna }),
    });
    assert.deepEqual([byInnerId.tickets_sold, byInnerId.net_revenue], [1, 95]);
  },
);

scenario(
  "old data: what cannot be read is counted with its reason, and never an error",
  async (context) => {
    const api = await loadSample(context);
    const health = await api.send("GET", "/concerts/health");
    const counts = (health.body.unreadable as { entity: string; reason: string; count: number }[])
      .toSorted((one, other) =>
        `${one.entity} ${one.reason}` < `${other.entity} ${other.reason}` ? -1 : 1
      );
    assert.deepEqual(counts, [
      { entity: "concert", reason: "impossible_date", count: 1 },
      { entity: "concert", reason: "missing_date", count: 1 },
      { entity: "concert", reason: "missing_title", count: 3 },
      { entity: "concert", reason: "not_an_object", count: 2 },
      { entity: "concert", reason: "not_json", count: 1 },
      { entity: "profile", reason: "not_an_object", count: 1 },
    ]);
    const before = await storedRows(context);
    const as = await signIn(context.stack, { id: anna });
    const ids = [
      "1795346618541-b7f0s2kkc",
      "1795346618542-n4p6r8ddd",
      "1795346618543-v2x4z6eee",
      "1795346618544-c1v3b5fff",
      "1795346618545-m9n8b7ggg",
      "1795346618546-t5r4e3hhh",
      "tour_1795346590141_g2f3d4s5a",
      "tour_1795346590142_m1n2b3v4c",
    ];
    for (const id of ids) {
      const attempts = [
        await api.send("GET", `/concerts/${id}`, { as }),
        await api.send("PATCH", `/concerts/${id}`, { as, body: { title: "Поправка" } }),
        await api.send("POST", `/concerts/${id}/submit`, { as }),
        await api.send("DELETE", `/concerts/${id}`, { as }),
        await api.send("POST", `/concerts/${id}/views`),
      ];
      for (const reply of attempts) assertRefused(reply, "not_found");
    }
    assert.deepEqual(await storedRows(context), before, "reading and refusing write nothing");
  },
);

scenario(
  "old data: a store of more rows than the Data API gives at once is read whole",
  async (context) => {
    const api = await loadSample(context);
    await context.stack.sql(
      `insert into public.kv_store_84730125 (key, value)
     select 'concert:tour_18' || lpad(number::text, 11, '0') || '_many', jsonb_build_object(
       'id', 'tour_18' || lpad(number::text, 11, '0') || '_many',
       'artist_id', $1::text,
       'title', 'Много ' || number,
       'city', 'Многоград',
       'event_date', '2032-01-01',
       'moderation_status', 'approved'
     )
     from generate_series(1, 2100) as numbers (number)`,
      [boris],
    );
    const listed = await allPages<PublicConcert>(context, "/concerts", 100, {
      query: { city: "Многоград" },
    });
    assert.equal(listed.length, 2100);
    const last = await api.send("GET", "/concerts/tour_1800000002100_many");
    assert.equal(last.status, 200);
  },
);

/** Concerts of one day are ordered by id. */
function byIdOf(concerts: PublicConcert[]): (one: string, other: string) => number {
  const idOf = (title: string) => concerts.find((concert) => concert.title === title)?.id ?? "";
  return (one, other) => idOf(one) < idOf(other) ? -1 : 1;
}
