import assert from "node:assert/strict";
import { isCalendarDate } from "../../supabase/functions/_shared/domain/calendar.ts";
import { keepsakeOf } from "../../supabase/functions/_shared/database/legacy/reading.ts";
import { readConcert } from "../../supabase/functions/_shared/database/legacy/read-concert.ts";
import { HostileValues } from "./hostile-values.ts";
import { readable } from "./readable.ts";

const artist = "11a4538f-d0b3-4fd7-b07a-f3d33c2b58fc";

const personal = {
  id: "1795346590068-t9aguesvw",
  userId: artist,
  title: "Большой концерт",
  venue: "Клуб «16 тонн»",
  city: "Казань",
  date: "2027-03-15",
  time: "19:30",
  ticketPrice: 1296,
  ticketUrl: "https://tickets.example.com/e/3644",
  imageUrl: "https://images.example.com/b.jpg",
  description: "Играем всё",
  createdAt: "2026-11-22T11:23:10.068Z",
  updatedAt: "2026-11-22T11:24:10.068Z",
  genre: "rock",
};

const tour = {
  id: "tour_1795346590088_dulmwq7vn",
  artist_id: artist,
  title: "Тур",
  description: "По городам",
  city: "Уфа",
  venue_name: "Филармония",
  event_type: "Фестиваль",
  moderation_status: "approved",
  is_promoted: false,
  is_hidden: false,
};
const tourKey = `concert:${tour.id}`;

async function read(key: string, value: unknown) {
  return readable(await readConcert(key, value));
}

async function whyNot(value: unknown) {
  const reading = await readConcert(tourKey, value);
  return "unreadable" in reading ? reading.unreadable : null;
}

Deno.test("a personal concert, JSON text in a string, is a draft with one price", async () => {
  const key = `concert:${artist}:${personal.id}`;
  const { record, repairs } = await read(key, JSON.stringify(personal));
  assert.deepEqual(repairs, []);
  assert.deepEqual(record, {
    id: record.id,
    legacy_id: personal.id,
    inner_id: null,
    owner: artist,
    artist_id: artist,
    title: "Большой концерт",
    description: "Играем всё",
    city: "Казань",
    venue_name: "Клуб «16 тонн»",
    venue_address: null,
    event_date: "2027-03-15",
    event_time: "19:30",
    time_zone: "Europe/Moscow",
    event_type: null,
    banner_image_url: "https://images.example.com/b.jpg",
    ticket_price_min: 1296,
    ticket_price_max: 1296,
    ticket_link: "https://tickets.example.com/e/3644",
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
    submitted_at: null,
    created_at: "2026-11-22T11:23:10.068Z",
    updated_at: "2026-11-22T11:24:10.068Z",
  });
});

Deno.test("a personal concert stays a draft whatever its unfiltered body claims", async () => {
  const claim = { ...personal, moderation_status: "approved", moderation_comment: "ok" };
  const { record } = await read(`concert:${artist}:1`, JSON.stringify(claim));
  assert.deepEqual(record.moderation_status, "draft");
  assert.deepEqual(record.moderation_comment, null);
});

Deno.test("dialect (a): date, prices from and to, views and clicks", async () => {
  const { record } = await read(tourKey, {
    ...tour,
    date: "2026-02-06",
    time: "20:00",
    banner_image: "https://images.example.com/c.webp",
    ticket_price_from: 905,
    ticket_price_to: 6860,
    ticket_link: "",
    views: 2247,
    clicks: 274,
    created_at: "2025-08-06T05:46:00.000Z",
  });
  assert.deepEqual(record.event_date, "2026-02-06");
  assert.deepEqual(record.event_time, "20:00");
  assert.deepEqual(record.banner_image_url, "https://images.example.com/c.webp");
  assert.deepEqual([record.ticket_price_min, record.ticket_price_max], [905, 6860]);
  assert.deepEqual(record.ticket_link, null);
  assert.deepEqual([record.views_count, record.clicks_count], [2247, 274]);
  assert.deepEqual(record.updated_at, "2025-08-06T05:46:00.000Z");
});

Deno.test("dialect (b): event_date, prices min and max; made when its id says", async () => {
  const { record, repairs } = await read(tourKey, {
    ...tour,
    event_date: "2027-03-27",
    event_time: "22:30",
    ticket_price_min: 932,
    ticket_price_max: 4378,
    views_count: 2,
  });
  assert.deepEqual(record.event_date, "2027-03-27");
  assert.deepEqual([record.ticket_price_min, record.ticket_price_max], [932, 4378]);
  assert.deepEqual(record.views_count, 2);
  assert.deepEqual(record.created_at, new Date(1795346590088).toISOString());
  assert.deepEqual(repairs, ["created_at_from_id"]);
});

Deno.test("the two page counters of one record are added", async () => {
  const { record, repairs } = await read(tourKey, {
    ...tour,
    date: "2026-02-06",
    views: 4023,
    views_count: 2,
  });
  assert.deepEqual(record.views_count, 4025);
  assert(repairs.includes("counters_added"));
});

Deno.test("the public id comes from the key alone and never changes", async () => {
  const { record } = await read(tourKey, { ...tour, date: "2026-02-06" });
  assert.deepEqual(record.id, "ab067b34-85ac-56b8-89ca-801009046c19");
  const renamed = await read(tourKey, { ...tour, id: "custom-1", date: "2026-02-06" });
  assert.deepEqual(renamed.record.id, record.id);
  assert.deepEqual(renamed.record.inner_id, "custom-1");
  assert.deepEqual(renamed.record.legacy_id, tour.id);
});

Deno.test("an owner that is no account gets an id of its own, an account's is lower-cased", async () => {
  const demo = await read("concert:demo-user:1", JSON.stringify(personal));
  assert.deepEqual(demo.record.owner, "demo-user");
  assert.deepEqual(demo.record.artist_id, "f17de454-7d43-596e-bb55-b2f5d6d9de45");
  const capitals = await read(`concert:${artist.toUpperCase()}:1`, JSON.stringify(personal));
  assert.deepEqual(capitals.record.artist_id, artist);
  const colon = await read("concert:a:b:1", JSON.stringify(personal));
  assert.deepEqual([colon.record.owner, colon.record.legacy_id], ["a:b", "1"]);
  const none = await read("concert:1", { ...tour, artist_id: "", date: "2026-02-06" });
  assert.deepEqual(none.record.owner, "unknown");
  assert(none.repairs.includes("owner_missing"));
});

Deno.test("synonyms of types are understood, unknown types become Другое", async () => {
  const types = { "Сольный концерт": "Концерт", "Тур": "Концерт", "Акустика": "Акустический сет" };
  for (const [old, type] of Object.entries(types)) {
    const { record, repairs } = await read(tourKey, {
      ...tour,
      date: "2026-02-06",
      event_type: old,
    });
    assert.deepEqual(record.event_type, type);
    assert(repairs.includes("type_synonym"));
  }
  const unknown = await read(tourKey, { ...tour, date: "2026-02-06", event_type: "Балет" });
  assert.deepEqual(unknown.record.event_type, "Другое");
  assert(unknown.repairs.includes("type_unknown"));
});

Deno.test("what can be repaired is repaired and noted", async () => {
  const { record, repairs } = await read(`concert:${artist}:1`, {
    title: "Один\0 \ud800",
    date: "15.03.2026",
    time: "7:30",
    ticketPrice: "1 500 ₽",
    imageUrl: "javascript:alert(1)",
  });
  assert.deepEqual(record.title, "Один \ufffd");
  assert.deepEqual(record.event_date, "2026-03-15");
  assert.deepEqual(record.event_time, "07:30");
  assert.deepEqual([record.ticket_price_min, record.ticket_price_max], [1500, 1500]);
  assert.deepEqual(record.banner_image_url, null);
  assert.deepEqual(record.created_at, "1970-01-01T00:00:00.000Z");
  assert.deepEqual(repairs.toSorted(), [
    "amount_from_text",
    "created_at_unknown",
    "date_reordered",
    "link_not_web",
    "text_cleaned",
    "time_padded",
  ]);
});

Deno.test("an amount that may mean two things means none, and a flag may be text", async () => {
  const created_at = "2026-01-01T00:00:00.000Z";
  const whole = { ...tour, date: "2026-03-15", created_at, updated_at: created_at };
  for (const ticketPrice of ["1,500", "2.500", "12 500.000"]) {
    const { record, repairs } = await read(tourKey, { ...whole, ticketPrice });
    const isClear = ticketPrice.startsWith("12");
    assert.equal(record.ticket_price_min, isClear ? 12500 : null, ticketPrice);
    assert.deepEqual(repairs, [isClear ? "amount_from_text" : "amount_unreadable"]);
  }
  for (const [is_hidden, expected] of [["true", true], [1, true], ["0", false]] as const) {
    const { record, repairs } = await read(tourKey, { ...whole, is_hidden });
    assert.deepEqual([record.is_hidden, ...repairs], [expected, "flag_from_text"]);
  }
  const { record, repairs } = await read(tourKey, { ...whole, is_hidden: "может быть" });
  assert.deepEqual([record.is_hidden, ...repairs], [false, "flag_unreadable"]);
});

Deno.test("what is one line today is one line, and links are written out", async () => {
  const { record, repairs } = await read(tourKey, {
    ...tour,
    title: "Рок\r\nна\tкрыше\u0007",
    city: "Нижний\nНовгород",
    description: "Строка\r\n\tещё\u0001 одна",
    event_date: "2026-02-06",
    banner_image: "https://example.com/a b.png",
    ticket_link: "https:example.com",
  });
  assert.deepEqual(record.title, "Рок на крыше");
  assert.deepEqual(record.city, "Нижний Новгород");
  assert.deepEqual(record.description, "Строка\r\n\tещё одна");
  assert.deepEqual(record.banner_image_url, "https://example.com/a%20b.png");
  assert.deepEqual(record.ticket_link, "https://example.com/");
  assert(repairs.includes("text_cleaned") && repairs.includes("link_encoded"));
});

Deno.test("prices the wrong way round are swapped, impossible ones dropped", async () => {
  const swapped = await read(tourKey, {
    ...tour,
    event_date: "2026-02-06",
    ticket_price_min: 900,
    ticket_price_max: 100,
  });
  assert.deepEqual([swapped.record.ticket_price_min, swapped.record.ticket_price_max], [100, 900]);
  assert(swapped.repairs.includes("prices_swapped"));
  const absurd = await read(tourKey, {
    ...tour,
    event_date: "2026-02-06",
    ticket_price_min: -5,
    ticket_price_max: 1e9,
  });
  assert.deepEqual([absurd.record.ticket_price_min, absurd.record.ticket_price_max], [null, null]);
  assert(absurd.repairs.includes("amount_out_of_range"));
});

Deno.test("a promotion has its start estimated by what was paid, at most 30 days before its end", async () => {
  const ends = "2026-02-08T10:00:00.000Z";
  const promoted = { ...tour, event_date: "2026-02-06", is_promoted: true };
  const week = await read(tourKey, { ...promoted, promotion_ends_at: ends, promotion_cost: 100 });
  assert.deepEqual(week.record.promotion_starts_at, "2026-02-01T10:00:00.000Z");
  assert.deepEqual(week.record.is_promoted, true);
  assert(week.repairs.includes("promotion_start_estimated"));
  const long = await read(tourKey, { ...promoted, promotion_ends_at: ends, promotion_cost: 2000 });
  assert.deepEqual(long.record.promotion_starts_at, "2026-01-09T10:00:00.000Z");
  assert.deepEqual(long.record.promotion_cost, 2000);
  const endless = await read(tourKey, promoted);
  assert.deepEqual(endless.record.is_promoted, false);
  assert(endless.repairs.includes("promotion_without_end"));
});

Deno.test("a concert that waits was submitted when it last changed", async () => {
  const { record } = await read(tourKey, {
    ...tour,
    event_date: "2026-02-06",
    moderation_status: "pending",
    updated_at: "2025-09-24T16:20:00.000Z",
  });
  assert.deepEqual(record.submitted_at, "2025-09-24T16:20:00.000Z");
});

Deno.test("what cannot be a concert is told with its reason", async () => {
  assert.deepEqual(await whyNot({ ...tour, date: "2026-02-06", title: " " }), "missing_title");
  assert.deepEqual(await whyNot({ ...tour, date: "2026-02-30" }), "impossible_date");
  assert.deepEqual(await whyNot({ ...tour, date: "31.02.2026" }), "impossible_date");
  assert.deepEqual(await whyNot({ ...tour, date: "" }), "missing_date");
  assert.deepEqual(await whyNot("{"), "not_json");
  assert.deepEqual(await whyNot("[]"), "not_an_object");
  assert.deepEqual(await whyNot(null), "not_an_object");
  assert.deepEqual(await whyNot([tour]), "not_an_object");
});

Deno.test("texts longer than the schema lets them be are cut between two characters", async () => {
  const description = `${"Ы".repeat(1999)}👩`;
  const { record, repairs } = await read(tourKey, {
    ...tour,
    date: "2026-02-06",
    title: "Ы".repeat(900),
    description,
    city: "К",
  });
  assert.equal(record.title, "Ы".repeat(200));
  assert.equal(record.description, "Ы".repeat(1999));
  assert.equal(record.city, null);
  assert(repairs.includes("text_shortened") && repairs.includes("text_too_short"));
  const { record: whole } = await read(tourKey, {
    ...tour,
    date: "2026-02-06",
    title: "Ы".repeat(200),
  });
  assert.equal(whole.title, "Ы".repeat(200));
});

Deno.test("a title shorter than the schema lets it be says what it is of", async () => {
  const { record, repairs } = await read(tourKey, { ...tour, date: "2026-02-06", title: "U2" });
  assert.equal(record.title, "Концерт «U2»");
  assert(repairs.includes("title_lengthened"));
});

Deno.test("the whole old value is kept, as the text it was where jsonb could not store it parsed", () => {
  assert.deepEqual(keepsakeOf(JSON.stringify(personal)), personal);
  assert.deepEqual(keepsakeOf(tour), tour);
  const unstorable = JSON.stringify({ title: "a\0b" });
  assert.deepEqual(keepsakeOf(unstorable), unstorable);
  const halfPair = JSON.stringify({ nested: [{ "\ud800": 1 }] });
  assert.deepEqual(keepsakeOf(halfPair), halfPair);
  assert.deepEqual(keepsakeOf("no json"), "no json");
  const rounded = '{"amount": 1e400}';
  assert.deepEqual(keepsakeOf(rounded), rounded);
  assert.deepEqual(keepsakeOf({ title: "a\0b" }), unstorable);
  assert.deepEqual(keepsakeOf("a\0b"), '"a\\u0000b"');
  const deep = '{"a":'.repeat(100_000) + "1" + "}".repeat(100_000);
  assert.deepEqual(keepsakeOf(deep), deep);
});

Deno.test("no value makes the reader throw or yield what the schema would refuse", async () => {
  const names = [...Object.keys(personal), ...Object.keys(tour)];
  const others = ["event_date", "views", "clicks", "ticket_price_from", "promotion_ends_at"];
  const values = new HostileValues(20261122);
  let readings = 0;
  for (let round = 0; round < 3000; round++) {
    const content = values.record([...names, ...others, "promotion_cost", "is_promoted"]);
    if (values.below(3) > 0) Object.assign(content, { title: "Имя", date: "2026-02-06" });
    const key = values.pick([
      tourKey,
      `concert:${artist}:1`,
      "concert::",
      "concert:",
      "concert:%:_",
    ]);
    const value = values.stored(content);
    keepsakeOf(value);
    const reading = await readConcert(key, value);
    if ("unreadable" in reading) continue;
    readings++;
    const { record } = reading;
    assert(record.title.trim() !== "" && isCalendarDate(record.event_date ?? ""));
    assert(record.event_time === null || /^([01]\d|2[0-3]):[0-5]\d$/.test(record.event_time));
    const prices = [record.ticket_price_min, record.ticket_price_max];
    assert(prices.every((price) => price === null || (price >= 0 && price <= 1_000_000)));
    assert((prices[0] ?? 0) <= (prices[1] ?? Infinity));
    for (const count of [record.views_count, record.clicks_count, record.shares_count]) {
      assert(Number.isInteger(count) && count >= 0 && count <= 2_147_483_647);
    }
    for (const instant of [record.created_at, record.updated_at, record.promotion_ends_at]) {
      assert(instant === null || new Date(instant).toISOString() === instant);
    }
    for (const text of Object.values(record)) {
      assert(typeof text !== "string" || (!text.includes("\0") && text.isWellFormed()));
    }
  }
  assert(readings > 500, `only ${readings} were readable: nothing was tested`);
});
