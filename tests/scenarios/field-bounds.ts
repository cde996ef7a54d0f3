import assert from "node:assert/strict";
import { artistChangesSchema } from "../../supabase/functions/_shared/domain/artist.ts";
import {
  concertChangesSchema,
  eventTypes,
} from "../../supabase/functions/_shared/domain/concert.ts";
import { assertRefused } from "./api-client.ts";
import { approved, artistWithCoins, draft, pending, uniqueWord } from "./concert-journeys.ts";
import type { Scenario } from "./scenario-context.ts";

/** Values of a field at both sides of its bounds. An accepted one comes back as it is, or as the second of a pair. */
interface Bounds {
  accepted: unknown[];
  /** Accepted and stored in another form. */
  changed?: [sent: unknown, stored: unknown][];
  refused: unknown[];
}

const text = (length: number) => "ж".repeat(length);
const address = (length: number) => "https://a.ru/".padEnd(length, "x");
const noTexts = [1, true, [], {}, ["текст"], { text: "текст" }];
const controls = ["абв\u0000г", "абв\u0007г", "абв\u001fг", "абв\u007fг"];
const surrogates = ["абв\ud800", "\udc00абв"];

const line = (minimum: number, maximum: number): Bounds => ({
  // A character beyond the first plane counts as one.
  accepted: [text(minimum), text(maximum), "🎸".repeat(minimum), "🎸".repeat(maximum)],
  changed: [[`  ${text(minimum)}\t`, text(minimum)], [` ${text(maximum)} `, text(maximum)]],
  refused: [
    text(minimum - 1),
    ` ${text(minimum - 1)} `,
    text(maximum + 1),
    "🎸".repeat(minimum - 1),
    "🎸".repeat(maximum + 1),
    "аб\nвг",
    ...controls,
    ...surrogates,
    ...noTexts,
  ],
});
const multiline = (maximum: number): Bounds => ({
  accepted: [null, text(1), text(maximum), "🎸".repeat(maximum), "строка\nи\tещё\r\nодна", ""],
  changed: [[" \n ", ""]],
  refused: [
    text(maximum + 1),
    "🎸".repeat(maximum + 1),
    ...controls,
    ...surrogates,
    ...noTexts,
  ],
});
const webAddress: Bounds = {
  accepted: [null, address(14), address(2000), "http://пример.рф/путь?q=1#x", "https://1.1.1.1:8080/"],
  changed: [[" https://a.ru/ ", "https://a.ru/"]],
  refused: [
    "",
    address(2001),
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,<script>",
    "ftp://a.ru/",
    "//a.ru/x",
    "a.ru",
    "/x",
    "https://",
    "https://a.ru/\nx",
    "java\nscript:alert(1)",
    ...controls,
    ...noTexts,
  ],
};
const price: Bounds = {
  accepted: [null, 0, 0.01, 0.1, 99.99, 1_000_000],
  refused: [-0.01, -1, 1_000_000.01, 0.001, 1.005, 1e21, "100", "", true, [], {}],
};

const concertFields: Record<string, Bounds> = {
  title: { ...line(3, 200), refused: [...line(3, 200).refused, null] },
  description: multiline(2000),
  city: { ...line(2, 100), accepted: [null, ...line(2, 100).accepted] },
  venue_name: { ...line(2, 200), accepted: [null, ...line(2, 200).accepted] },
  venue_address: { ...line(1, 500), accepted: [null, ...line(1, 500).accepted] },
  event_date: {
    accepted: [null, "1900-01-01", "2000-02-29", "2028-02-29", "2030-12-31", "9999-12-30", "9999-12-31"],
    refused: [
      "1899-12-31",
      "0000-01-01",
      "2026-02-29",
      "2026-02-30",
      "2026-00-01",
      "2026-13-01",
      "2026-1-1",
      "15.03.2026",
      "2026-03-15T00:00:00Z",
      " 2026-03-15",
      "+010000-01-01",
      "10000-01-01",
      "infinity",
      "now",
      "",
      20260315,
      ...noTexts,
    ],
  },
  event_time: {
    accepted: [null, "00:00", "09:05", "23:59"],
    refused: ["24:00", "23:60", "9:05", "19:00:00", "19.00", "7pm", "allballs", "", " 19:00", 19, ...noTexts],
  },
  time_zone: {
    accepted: [
      "Europe/Moscow",
      "UTC",
      "Asia/Kamchatka",
      "America/Argentina/Buenos_Aires",
      "Etc/GMT+3",
      "Asia/Kolkata",
      "Pacific/Honolulu",
    ],
    refused: [
      null,
      "",
      "+03:00",
      "EST5EDT",
      "MSK",
      "Mars/Base",
      "Europe/Moscow; drop table concerts",
      "Europe/",
      "../etc/passwd",
      "A/" + "b".repeat(63),
      3,
      ...noTexts,
    ],
  },
  event_type: {
    accepted: [null, ...eventTypes],
    refused: ["", "концерт", "Концерт ", "Тур", "Сольный концерт", 0, ...noTexts],
  },
  banner_image_url: webAddress,
  ticket_price_min: price,
  ticket_price_max: price,
  ticket_link: webAddress,
  ticket_capacity: {
    accepted: [null, 1, 2, 1_000_000],
    refused: [0, -1, 1_000_001, 1.5, 1e300, "100", true, [], {}],
  },
};

const artistFields: Record<string, Bounds> = {
  username: {
    accepted: [null],
    refused: [
      "",
      "ab",
      "a".repeat(41),
      "анна",
      "a b c",
      "anna@home",
      "anna'--",
      "anna\n",
      " anna",
      "%%%",
      ...noTexts,
    ],
  },
  full_name: { ...line(1, 200), accepted: [null, ...line(1, 200).accepted] },
  bio: multiline(2000),
  avatar_url: webAddress,
  city: { ...line(2, 100), accepted: [null, ...line(2, 100).accepted] },
  phone: {
    accepted: [null, "12345", "+7 (900) 000-00-00", "0".repeat(32), `+${"0".repeat(32)}`],
    refused: [
      "",
      "1234",
      "0".repeat(33),
      "+7 900 call me",
      "+7\n900000",
      "++79000000000",
      79000000000,
      ...noTexts,
    ],
  },
};

export function fieldBoundScenarios(scenario: Scenario): void {
  scenario("bounds: the tables name every field there is", () => {
    assert.deepEqual(Object.keys(concertFields), Object.keys(concertChangesSchema._zod.def.shape));
    assert.deepEqual(Object.keys(artistFields), Object.keys(artistChangesSchema._zod.def.shape));
    return Promise.resolve();
  });

  scenario("bounds: every field of a concert", async (context) => {
    const artist = await context.makeArtist();
    const { id } = await draft(context, artist, {
      ticket_price_min: null,
      ticket_price_max: null,
    });
    const created = (await context.api.data<unknown[]>("GET", "/concerts/mine", { as: artist })).length;
    await tryFields(concertFields, async (body) => [
      await context.api.send("PATCH", `/concerts/${id}`, { as: artist, body }),
    ]);
    await tryRefused(concertFields, (field, value) =>
      context.api.send("POST", "/concerts", {
        as: artist,
        body: { title: "Название", [field]: value },
      }));
    const now = (await context.api.data<unknown[]>("GET", "/concerts/mine", { as: artist })).length;
    assert.equal(now, created, "nothing refused was created");
  });

  scenario("bounds: a concert is made at every field's bounds", async (context) => {
    const artist = await context.makeArtist();
    for (const end of [0, -1] as const) {
      const body: Record<string, unknown> = Object.fromEntries(
        Object.entries(concertFields).map(([field, { accepted }]) => [
          field,
          accepted.filter((value) => value !== null).at(end),
        ]),
      );
      body.ticket_price_min = 0;
      const concert = await context.api.data<Record<string, unknown>>("POST", "/concerts", {
        as: artist,
        body,
      });
      for (const [field, value] of Object.entries(body)) assert.equal(concert[field], value, field);
      const read = await context.api.data("GET", `/concerts/${concert.id}`, { as: artist });
      assert.deepEqual(read, concert);
    }
  });

  scenario("bounds: every field of a profile", async (context) => {
    const artist = await context.makeArtist();
    await tryFields(artistFields, async (body) => [
      await context.api.send("PATCH", "/concerts/artists/me", { as: artist, body }),
    ]);
    const tag = crypto.randomUUID().slice(0, 2);
    for (const username of [`${tag}x`, `_.-${tag}`.padEnd(40, "Z")]) {
      const profile = await context.api.data<{ username: string }>("PATCH", "/concerts/artists/me", {
        as: artist,
        body: { username },
      });
      assert.equal(profile.username, username);
    }
  });

  scenario("bounds: an edit names something, and only what there is", async (context) => {
    const artist = await context.makeArtist();
    const { id } = await draft(context, artist);
    for (const path of [`/concerts/${id}`, "/concerts/artists/me"]) {
      const edit = (body: unknown) => context.api.send("PATCH", path, { as: artist, body });
      assertRefused(await edit({}), "validation_failed", [""]);
      for (const body of [null, [], "text", 1, [{ city: "Уфа" }]]) {
        assertRefused(await edit(body), "validation_failed", [""]);
      }
      assertRefused(await edit({ city: "Уфа", oops: 1, "a.b": 2 }), "validation_failed", ["oops", "a.b"]);
      assertRefused(await edit({ City: "Уфа", city: "Уфа" }), "validation_failed", ["City"]);
    }
    assertRefused(
      await context.api.send("POST", "/concerts", { as: artist, body: {} }),
      "validation_failed",
      ["title"],
    );
    const several = await context.api.send("POST", "/concerts", {
      as: artist,
      body: { title: "аб", city: "в", event_time: "25:00", unknown: 1 },
    });
    assert.deepEqual(
      several.body.details?.map(({ path }) => path).toSorted(),
      ["city", "event_time", "title", "unknown"],
      "everything at fault at once",
    );
  });

  scenario("bounds: the prototype is no field", async (context) => {
    const artist = await context.makeArtist();
    const { id } = await draft(context, artist);
    const before = await context.fixtures.everythingOf(artist.id);
    const bodies = [
      '{"__proto__":{"title":"Чужое"}}',
      '{"__proto__":{"is_promoted":true},"city":"Уфа"}',
      '{"constructor":{"prototype":{"is_promoted":true}},"city":"Уфа"}',
      '{"toString":"x","city":"Уфа"}',
      '{"hasOwnProperty":1,"city":"Уфа"}',
    ];
    for (const rawBody of bodies) {
      for (const path of [`/concerts/${id}`, "/concerts/artists/me"]) {
        const reply = await context.api.send("PATCH", path, {
          as: artist,
          rawBody,
          headers: { "content-type": "application/json" },
        });
        assertRefused(reply, "validation_failed");
      }
    }
    assert.equal(await context.fixtures.everythingOf(artist.id), before);
    assert.equal(Reflect.get({}, "is_promoted"), undefined);
  });

  scenario("bounds: of a promotion", async (context) => {
    const artist = await artistWithCoins(context, 500);
    const { id } = await approved(context, artist);
    const before = await context.fixtures.everythingOf(artist.id);
    for (const days of [0, 31, -1, 1.5, 1e9, "7", null, true, [7]]) {
      const reply = await context.api.send("POST", `/concerts/${id}/promote`, {
        as: artist,
        body: { days },
      });
      assertRefused(reply, "validation_failed", ["days"]);
    }
    const more = await context.api.send("POST", `/concerts/${id}/promote`, {
      as: artist,
      body: { days: 7, cost: 0 },
    });
    assertRefused(more, "validation_failed", ["cost"]);
    const none = await context.api.send("POST", `/concerts/${id}/promote`, { as: artist, body: {} });
    assertRefused(none, "validation_failed", ["days"]);
    assert.equal(await context.fixtures.everythingOf(artist.id), before);
  });

  scenario("bounds: of a decision", async (context) => {
    const artist = await context.makeArtist();
    const moderator = await context.makeModerator();
    const { id } = await pending(context, artist);
    const before = await context.fixtures.everythingOf(artist.id);
    const decide = (body: unknown, concertId = id) =>
      context.api.send<{ moderation_comment: string }>("POST", `/concerts/${concertId}/moderate`, {
        as: moderator,
        body,
      });
    for (const decision of ["", "pending", "draft", "Approved", null, 1, ["approved"]]) {
      assertRefused(await decide({ decision, comment: "Причина" }), "validation_failed", ["decision"]);
    }
    assertRefused(await decide({}), "validation_failed", ["decision"]);
    for (const comment of ["", " ", text(2001), controls[0], surrogates[0], 1, null]) {
      assertRefused(await decide({ decision: "rejected", comment }), "validation_failed", ["comment"]);
    }
    assertRefused(
      await decide({ decision: "approved", comment: text(2001) }),
      "validation_failed",
      ["comment"],
    );
    assertRefused(
      await decide({ decision: "approved", artist_id: artist.id }),
      "validation_failed",
      ["artist_id"],
    );
    assert.equal(await context.fixtures.everythingOf(artist.id), before);
    for (const comment of [text(1), text(2000)]) {
      const waiting = await pending(context, artist, { title: text(200) });
      const reply = await decide({ decision: "rejected", comment }, waiting.id);
      assert.equal(reply.body.data.moderation_comment, comment);
    }
  });

  scenario("bounds: of query parameters", async (context) => {
    const { api } = context;
    const artist = await context.makeArtist();
    const moderator = await context.makeModerator();
    const page: Record<string, { accepted: string[]; refused: string[] }> = {
      limit: {
        accepted: ["1", "100", "020"],
        refused: ["0", "101", "1000", "-1", "1.5", "1e1", "abc", "", " 1", "0x10", "١"],
      },
    };
    const filter: typeof page = {
      q: {
        accepted: ["ж", text(200), ` ${text(200)} `, "𐐨".repeat(200)],
        refused: ["", " ", "!", "🎸", text(201), "𐐨".repeat(201), "а\u0000б", "а\nб"],
      },
      city: { accepted: ["ж", text(100)], refused: ["", text(101), "а\u0000б"] },
      artist_id: { accepted: ["1", text(200)], refused: ["", text(201), "а\u0000б"] },
      event_type: { accepted: ["DJ сет"], refused: ["", "dj сет", "Тур"] },
      from: { accepted: ["1900-01-01", "9999-12-31"], refused: ["", "1899-12-31", "2026-02-30", "now"] },
      to: { accepted: ["1900-01-01", "9999-12-31"], refused: ["", "1899-12-31", "15.03.2026"] },
      when: { accepted: ["upcoming", "past", "all"], refused: ["", "now", "All"] },
      promoted: { accepted: ["true", "false"], refused: ["", "1", "yes", "TRUE"] },
    };
    const order = { order: { accepted: ["event_date", "-event_date"], refused: ["", "title", "relevance"] } };
    const own: typeof page = {
      status: {
        accepted: ["draft", "pending", "approved", "rejected"],
        refused: ["", "cancelled", "Draft"],
      },
      when: filter.when,
    };
    const lists = [
      { path: "/concerts", parameters: { ...page, ...filter, ...order } },
      { path: "/concerts/calendar.ics", parameters: filter },
      { path: "/concerts/mine", as: artist, parameters: { ...page, ...own } },
      { path: "/concerts/moderation", as: moderator, parameters: page },
      { path: "/concerts/analytics", as: artist, parameters: page },
      { path: "/concerts/artists/me/coins", as: artist, parameters: page },
    ];
    for (const { path, as, parameters } of lists) {
      for (const [name, { accepted, refused }] of Object.entries(parameters)) {
        for (const value of accepted) {
          const reply = await api.send("GET", path, { as, query: { [name]: value } });
          assert.equal(reply.status, 200, `${path} ${name}=${value}: ${reply.text}`);
        }
        for (const value of refused) {
          const reply = await api.send("GET", path, { as, query: { [name]: value } });
          assertRefused(reply, "validation_failed", [name]);
        }
        const [value] = accepted;
        const twice = await api.send("GET", `${path}?${name}=${value}&${name}=${value}`, { as });
        assertRefused(twice, "validation_failed", [name]);
      }
      for (const name of ["unknown", "Limit", "__proto__", "constructor", "select", "order.desc", "or"]) {
        const reply = await api.send("GET", path, { as, query: { [name]: "1" } });
        assertRefused(reply, "validation_failed", [name]);
      }
    }
    const byRelevance = await api.send("GET", "/concerts", {
      query: { q: uniqueWord(), order: "relevance" },
    });
    assert.equal(byRelevance.status, 200);
  });
}

type Send = (
  body: Record<string, unknown>,
) => Promise<[Awaited<ReturnType<Parameters<typeof tryRefused>[1]>>]>;

/** Sends each value of each field alone. */
async function tryFields(fields: Record<string, Bounds>, send: Send): Promise<void> {
  for (const [field, { accepted, changed = [] }] of Object.entries(fields)) {
    const pairs = [...accepted.map((value) => [value, value]), ...changed];
    for (const [sent, stored] of pairs) {
      const [reply] = await send({ [field]: sent });
      assert.equal(reply.status, 200, `${field} = ${JSON.stringify(sent)}: ${reply.text}`);
      assert.equal(Reflect.get(Object(reply.body.data), field), stored, field);
    }
    const cleared = accepted.includes(null) ? null : accepted[0];
    await send({ [field]: cleared });
  }
  await tryRefused(fields, async (field, value) => (await send({ [field]: value }))[0]);
}

async function tryRefused(
  fields: Record<string, Bounds>,
  send: (
    field: string,
    value: unknown,
  ) => Promise<Parameters<typeof assertRefused>[0]>,
): Promise<void> {
  for (const [field, { refused }] of Object.entries(fields)) {
    for (const value of refused) {
      const reply = await send(field, value);
      assert.equal(reply.status, 400, `${field} = ${JSON.stringify(value)}: ${reply.text}`);
      assert.equal(reply.body.code, "validation_failed");
      for (const { path } of reply.body.details ?? []) {
        assert.equal(path.split(".")[0], field, `${field} = ${JSON.stringify(value)}: ${reply.text}`);
      }
    }
  }
}
