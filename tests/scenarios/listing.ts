import assert from "node:assert/strict";
import type { NewConcert, PublicConcert } from "../../supabase/functions/_shared/domain/concert.ts";
import { assertRefused } from "./api-client.ts";
import {
  allPages,
  approved,
  artistWithCoins,
  daysFromToday,
  draft,
  past,
  pending,
  uniqueWord,
} from "./concert-journeys.ts";
import type { Scenario, ScenarioContext } from "./scenario-context.ts";

const words = { reason: "this backend knows no word forms", capability: "wordForms" } as const;

export function listingScenarios(scenario: Scenario): void {
  scenario("listing: only approved, visible concerts, with their artist and nothing private", async (context) => {
    const { api } = context;
    const city = uniqueWord();
    const artist = await context.makeArtist();
    await api.data("PATCH", "/concerts/artists/me", {
      as: artist,
      body: {
        username: `u.${artist.id.slice(0, 8)}`,
        full_name: "Анна Певица",
        avatar_url: "https://images.example.com/a.png",
        phone: "+7 900 000-00-00",
      },
    });
    const shown = await approved(context, artist, { city });
    await draft(context, artist, { city });
    await pending(context, artist, { city });
    const hidden = await approved(context, artist, { city });
    await api.data("POST", `/concerts/${hidden.id}/hide`, { as: artist });
    const cancelled = await approved(context, artist, { city });
    await api.data("POST", `/concerts/${cancelled.id}/cancel`, { as: artist });
    const rejected = await pending(context, artist, { city });
    await api.data("POST", `/concerts/${rejected.id}/moderate`, {
      as: await context.makeModerator(),
      body: { decision: "rejected", comment: "Нет постера" },
    });

    for (const as of [undefined, artist, await context.makeModerator(), "service"] as const) {
      const listed = await api.data<PublicConcert[]>("GET", "/concerts", { as, query: { city } });
      assert.deepEqual(listed, [{
        id: shown.id,
        title: shown.title,
        description: shown.description,
        city,
        venue_name: shown.venue_name,
        venue_address: shown.venue_address,
        event_date: shown.event_date,
        event_time: "19:00",
        time_zone: "Europe/Moscow",
        event_type: "Концерт",
        banner_image_url: shown.banner_image_url,
        ticket_price_min: 500,
        ticket_price_max: 2500.5,
        ticket_link: shown.ticket_link,
        is_promoted: false,
        sold_out: false,
        artist: {
          id: artist.id,
          username: `u.${artist.id.slice(0, 8)}`,
          full_name: "Анна Певица",
          avatar_url: "https://images.example.com/a.png",
        },
      }]);
    }
  });

  scenario("listing: each filter, alone and together", async (context) => {
    const city = uniqueWord();
    const artist = await context.makeArtist();
    const other = await context.makeArtist();
    const at = (days: number, changes: Partial<NewConcert> = {}) => ({
      city,
      event_date: daysFromToday(days),
      ...changes,
    });
    const near = await approved(context, artist, at(10));
    const far = await approved(context, artist, at(40, { event_type: "Фестиваль" }));
    const others = await approved(context, other, at(20));
    const gone = await past(context, artist, 5, { city });
    await approved(context, artist, { city: `${city}-2`, event_date: daysFromToday(10) });

    const found = (query: Record<string, string>) => idsOf(context, { city, ...query });
    assert.deepEqual(await found({}), [near.id, others.id, far.id]);
    assert.deepEqual(await found({ when: "upcoming" }), [near.id, others.id, far.id]);
    assert.deepEqual(await found({ when: "past" }), [gone.id]);
    assert.deepEqual(await found({ when: "all" }), [gone.id, near.id, others.id, far.id]);
    assert.deepEqual(await found({ event_type: "Фестиваль" }), [far.id]);
    assert.deepEqual(await found({ event_type: "DJ сет" }), []);
    assert.deepEqual(await found({ artist_id: other.id }), [others.id]);
    assert.deepEqual(await found({ artist_id: artist.id.toUpperCase() }), [near.id, far.id]);
    assert.deepEqual(await found({ artist_id: crypto.randomUUID() }), []);
    assert.deepEqual(await found({ from: daysFromToday(20) }), [others.id, far.id]);
    assert.deepEqual(await found({ to: daysFromToday(20) }), [near.id, others.id]);
    assert.deepEqual(await found({ from: daysFromToday(11), to: daysFromToday(39) }), [others.id]);
    assert.deepEqual(await found({ from: daysFromToday(39), to: daysFromToday(11) }), []);
    assert.deepEqual(
      await found({ when: "all", artist_id: artist.id, to: daysFromToday(10) }),
      [gone.id, near.id],
    );
    assert.deepEqual(await found({ city: city.slice(0, -1) }), [], "a city is not a prefix");
    assert.deepEqual(await found({ city: city.toLowerCase() }), [], "a city is its exact name");
    assert.deepEqual(await found({ city: ` ${city} ` }), [near.id, others.id, far.id], "trimmed");
  });

  scenario("listing: promoted or not, by whether the promotion runs", async (context) => {
    const city = uniqueWord();
    const artist = await artistWithCoins(context, 100);
    const promoted = await approved(context, artist, { city, event_date: daysFromToday(9) });
    const plain = await approved(context, artist, { city, event_date: daysFromToday(8) });
    await context.api.data("POST", `/concerts/${promoted.id}/promote`, {
      as: artist,
      body: { days: 1 },
    });
    assert.deepEqual(await idsOf(context, { city, promoted: "true" }), [promoted.id]);
    assert.deepEqual(await idsOf(context, { city, promoted: "false" }), [plain.id]);
    const [first, second] = await context.api.data<PublicConcert[]>("GET", "/concerts", {
      query: { city },
    });
    assert.deepEqual([first.is_promoted, second.is_promoted], [false, true]);
  });

  scenario("listing: a concert is upcoming until its day is over by its own clocks", async (context) => {
    const city = uniqueWord();
    const artist = await context.makeArtist();
    const ids: Record<string, string> = {};
    for (const zone of ["Pacific/Honolulu", "Asia/Kamchatka", "Europe/Moscow"]) {
      for (const day of [0, -1]) {
        const { id } = await pending(context, artist, { city, time_zone: zone });
        await context.api.data("PATCH", `/concerts/${id}`, {
          as: artist,
          body: { event_date: daysFromToday(day, zone), event_time: "00:00" },
        });
        await context.api.data("POST", `/concerts/${id}/moderate`, {
          as: await context.makeModerator(),
          body: { decision: "approved" },
        });
        ids[`${zone} ${day}`] = id;
      }
    }
    const upcoming = await idsOf(context, { city });
    const gone = await idsOf(context, { city, when: "past" });
    for (const [name, id] of Object.entries(ids)) {
      const isToday = name.endsWith(" 0");
      assert.equal(upcoming.includes(id), isToday, `upcoming: ${name}`);
      assert.equal(gone.includes(id), !isToday, `past: ${name}`);
    }
  });

  scenario("listing: every order over several pages, without gaps or repeats", async (context) => {
    const city = uniqueWord();
    const word = uniqueWord();
    const artist = await context.makeArtist();
    const concerts: { id: string; event_date: string | null }[] = [];
    // Dates repeat, so that the id has to decide, and so does the relevance.
    for (const days of [5, 5, 5, 6, 6, 7, 8]) {
      concerts.push(
        await approved(context, artist, {
          city,
          title: `Вечер ${word}`,
          event_date: daysFromToday(days),
        }),
      );
    }
    const ascending = concerts
      .toSorted((one, other) => compare([one.event_date, one.id], [other.event_date, other.id]))
      .map(({ id }) => id);
    for (const limit of [1, 2, 3, 7, 100]) {
      const pages = (order: string, more: Record<string, string> = {}) =>
        allPages<PublicConcert>(context, "/concerts", limit, { query: { city, order, ...more } })
          .then((items) => items.map(({ id }) => id));
      assert.deepEqual(await pages("event_date"), ascending, `event_date by ${limit}`);
      assert.deepEqual(await pages("-event_date"), ascending.toReversed(), `-event_date by ${limit}`);
      assert.deepEqual(
        (await pages("relevance", { q: word })).toSorted(),
        ascending.toSorted(),
        `relevance by ${limit}`,
      );
      assert.deepEqual(await pages("event_date", { q: word }), ascending, `q by ${limit}`);
      assert.deepEqual(
        await pages("event_date", { promoted: "false", when: "all", artist_id: artist.id }),
        ascending,
        `filtered by ${limit}`,
      );
    }
    assert.deepEqual(await idsOf(context, { city }), ascending, "event_date is the default");
  });

  scenario("listing: a page stays in place when what it ended with is gone", async (context) => {
    const { api } = context;
    const city = uniqueWord();
    const artist = await context.makeArtist();
    const ids = [];
    for (const days of [3, 4, 5]) {
      ids.push((await approved(context, artist, { city, event_date: daysFromToday(days) })).id);
    }
    const first = await api.send<PublicConcert[]>("GET", "/concerts", { query: { city, limit: 1 } });
    assert.equal(first.body.data[0].id, ids[0]);
    await api.data("POST", `/concerts/${ids[0]}/hide`, { as: artist });
    await approved(context, artist, { city, event_date: daysFromToday(2) });
    const second = await api.data<PublicConcert[]>("GET", "/concerts", {
      query: { city, limit: 2, cursor: first.body.next_cursor ?? "" },
    });
    assert.deepEqual(second.map(({ id }) => id), ids.slice(1));
  });

  scenario("listing: all words are searched, in title and description", async (context) => {
    const [first, second] = [uniqueWord(), uniqueWord()];
    const artist = await context.makeArtist();
    const inTitle = await approved(context, artist, {
      title: `${first} и оркестр`,
      event_date: daysFromToday(5),
    });
    const inBoth = await approved(context, artist, {
      title: `Вечер с ${second.toLowerCase()}`,
      description: `Играет ${first}! Ещё раз: «${first}».`,
      event_date: daysFromToday(6),
    });
    assert.deepEqual(await idsOf(context, { q: first }), [inTitle.id, inBoth.id]);
    assert.deepEqual(await idsOf(context, { q: first.toUpperCase() }), [inTitle.id, inBoth.id]);
    assert.deepEqual(await idsOf(context, { q: `${second} ${first}` }), [inBoth.id]);
    assert.deepEqual(await idsOf(context, { q: `${first} ${uniqueWord()}` }), []);
    assert.deepEqual(
      await idsOf(context, { q: first, order: "relevance" }),
      [inBoth.id, inTitle.id],
      "the concert that has the word more often is the better match",
    );
  });

  scenario("listing: words are words, whatever stands between them", async (context) => {
    const [first, second] = [uniqueWord(), uniqueWord()];
    const artist = await context.makeArtist();
    const both = await approved(context, artist, { title: `${first} ${second}` });
    await approved(context, artist, { title: `${first} без второго` });
    const operators = [
      `"${first}" "${second}"`,
      `${first} & ${second}`,
      `${first}:* ${second}:*`,
      `(${first}) (${second})`,
      `+${first} +${second}`,
      `-${first} -${second}`,
      `${first} -${second}`,
      `!${first} !${second}`,
      `${first} ! ${second}`,
      `${second} <-> ${first}`,
      `"${second} ${first}"`,
      `"${first} ${second}`,
      `${first}, ${second};--`,
      `${first}*${second}*`,
      `%${first}% _${second}_`,
      `${first}\\${second}\\`,
    ];
    for (const q of operators) {
      for (const order of ["event_date", "relevance"]) {
        assert.deepEqual(await idsOf(context, { q, order }), [both.id], `${order}: ${q}`);
      }
    }
    assert.deepEqual(
      await idsOf(context, { q: `${first} or ${second}` }),
      [],
      "no concert has the word «or»",
    );
    for (const q of ["!", "&|!", "'", '"', "()", "*", ":*", "<->", "-", "\\", "%", "_", "''"]) {
      for (const path of ["/concerts", "/concerts/calendar.ics"]) {
        assertRefused(await context.api.send("GET", path, { query: { q } }), "validation_failed", ["q"]);
      }
    }
  });

  scenario("listing: a search finds other forms of a word", async (context) => {
    const artist = await context.makeArtist();
    const concert = await approved(context, artist, {
      title: "Большой концерт в филармонии",
      description: "Играют лучшие музыканты города.",
    });
    for (const q of ["концерты", "концертами", "Концерта большого", "филармония", "музыкантов"]) {
      for (const order of ["event_date", "relevance"]) {
        const ids = await idsOf(context, { q, order, artist_id: artist.id });
        assert.deepEqual(ids, [concert.id], `${order}: ${q}`);
      }
    }
    assert.deepEqual(await idsOf(context, { q: "балет", artist_id: artist.id }), []);
  }, words);

  scenario("listing: cursors of another list, and made-up ones, are refused", async (context) => {
    const { api } = context;
    const artist = await artistWithCoins(context, 100);
    const moderator = await context.makeModerator();
    const city = uniqueWord();
    const word = uniqueWord();
    for (const days of [3, 4]) {
      await approved(context, artist, { city, title: word, event_date: daysFromToday(days) });
      await pending(context, artist);
    }
    const lists = [
      { path: "/concerts", query: { city, order: "event_date" } },
      { path: "/concerts", query: { city, order: "-event_date" } },
      { path: "/concerts", query: { q: word, order: "relevance" } },
      { path: "/concerts/mine", as: artist },
      { path: "/concerts/moderation", as: moderator },
      { path: "/concerts/analytics", as: artist },
      { path: "/concerts/artists/me/coins", as: artist },
    ];
    const cursors: string[] = [];
    for (const { path, ...options } of lists) {
      const reply = await api.send("GET", path, {
        ...options,
        query: { ...options.query, limit: 1 },
      });
      if (reply.body.next_cursor) cursors.push(reply.body.next_cursor);
    }
    assert.equal(new Set(cursors).size, 6, "every list but that of the single coin movement goes on");

    const forged = (content: unknown) =>
      btoa(unescape(encodeURIComponent(JSON.stringify(content)))).replaceAll("+", "-")
        .replaceAll("/", "_").replaceAll("=", "");
    const id = crypto.randomUUID();
    const rubbish = [
      "",
      "abc",
      "!!!",
      "a".repeat(500),
      forged(null),
      forged([]),
      forged({ id }),
      ...["concerts:event_date", "concerts:relevance", "own-concerts", "coins"].flatMap((name) => [
        forged([name]),
        forged([name, null, id]),
        forged([name, "2027-02-30", id]),
        forged([name, "0000-01-01", id]),
        forged([name, "2027-01-01),or(id.gt.0", id]),
        forged([name, "2027-13-01T00:00:00Z", id]),
        forged([name, "2027-01-01T00:00:00+03:00", id]),
        forged([name, "'; drop table concerts; --", id]),
        forged([name, {}, id]),
        forged([name, "2027-01-01", "1"]),
        forged([name, "2027-01-01T00:00:00.000Z", `${id},or`]),
        forged([name, 0.5, 7]),
      ]),
    ];
    for (const [index, { path, ...options }] of lists.entries()) {
      const own = cursors[index];
      for (const cursor of [...cursors.filter((other) => other !== own), ...rubbish]) {
        const reply = await api.send("GET", path, { ...options, query: { ...options.query, cursor } });
        assertRefused(reply, "invalid_cursor");
      }
      const tooLong = await api.send("GET", path, {
        ...options,
        query: { ...options.query, cursor: "a".repeat(501) },
      });
      assertRefused(tooLong, "validation_failed", ["cursor"]);
    }
    // Well-formed places nobody was ever given: an empty or a whole list, but no fault.
    const extremes: [string, unknown[]][] = [
      ["/concerts", ["concerts:event_date", "1900-01-01", id]],
      ["/concerts", ["concerts:event_date", "9999-12-31", id]],
      ...["own-concerts", "concert-analytics", "coins", "moderation-queue"].flatMap((name) =>
        ["0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"].map(
          (value): [string, unknown[]] => [
            lists[["own-concerts", "moderation-queue", "concert-analytics", "coins"].indexOf(name) + 3]
              .path,
            [name, value, id],
          ],
        )
      ),
    ];
    for (const [path, content] of extremes) {
      const { as, query } = lists.find((list) => list.path === path) ?? {};
      const reply = await api.send("GET", path, {
        as,
        query: { ...query, cursor: forged(content) },
      });
      assert.ok([200, 400].includes(reply.status), `${path} ${content}: ${reply.text}`);
    }
    for (const relevance of [0, -1, 1e308, -1e308, 1e-300, 5e-324, 1.1]) {
      const reply = await api.send("GET", "/concerts", {
        query: { q: word, order: "relevance", cursor: forged(["concerts:relevance", relevance, id]) },
      });
      assert.ok([200, 400].includes(reply.status), `relevance ${relevance}: ${reply.text}`);
    }
  });

  scenario("listing: one's own concerts, newest first, by status and time", async (context) => {
    const artist = await context.makeArtist();
    await approved(context, await context.makeArtist());
    const ids = [];
    for (let count = 0; count < 5; count++) ids.push((await draft(context, artist)).id);
    const waiting = await pending(context, artist);
    const gone = await past(context, artist, 3);
    const undated = await context.api.data<{ id: string }>("POST", "/concerts", {
      as: artist,
      body: { title: "Ещё без даты" },
    });
    const newestFirst = [undated.id, gone.id, waiting.id, ...ids.toReversed()];
    for (const limit of [1, 3, 8, 100]) {
      const mine = await allPages<{ id: string }>(context, "/concerts/mine", limit, { as: artist });
      assert.deepEqual(mine.map(({ id }) => id), newestFirst, `by ${limit}`);
      const upcoming = await allPages<{ id: string }>(context, "/concerts/mine", limit, {
        as: artist,
        query: { when: "upcoming", status: "draft" },
      });
      assert.deepEqual(upcoming.map(({ id }) => id), [undated.id, ...ids.toReversed()]);
    }
    const mine = (query: Record<string, string>) =>
      context.api.data<{ id: string }[]>("GET", "/concerts/mine", { as: artist, query })
        .then((concerts) => concerts.map(({ id }) => id));
    assert.deepEqual(await mine({ status: "pending" }), [waiting.id]);
    assert.deepEqual(await mine({ status: "approved" }), [gone.id]);
    assert.deepEqual(await mine({ status: "rejected" }), []);
    assert.deepEqual(await mine({ when: "past" }), [gone.id]);
    assert.deepEqual(await mine({ when: "upcoming", status: "draft" }), [
      undated.id,
      ...ids.toReversed(),
    ]);
    assert.deepEqual(
      await context.api.data("GET", "/concerts/mine", { as: await context.makeArtist() }),
      [],
    );
  });
}

async function idsOf(context: ScenarioContext, query: Record<string, string>): Promise<string[]> {
  const concerts = await context.api.data<PublicConcert[]>("GET", "/concerts", { query });
  return concerts.map(({ id }) => id);
}

function compare(one: (string | null)[], other: (string | null)[]): number {
  return one.join() < other.join() ? -1 : 1;
}
