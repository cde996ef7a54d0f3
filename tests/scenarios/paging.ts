import assert from "node:assert/strict";
import type { PublicConcert } from "../../supabase/functions/_shared/domain/concert.ts";
import { assertRefused, type RequestOptions } from "./api-client.ts";
import {
  allPages,
  approved,
  artistWithCoins,
  daysFromToday,
  draft,
  idsOf,
  past,
  pending,
  uniqueWord,
} from "./concert-journeys.ts";
import type { Scenario } from "./scenario-context.ts";

export function pagingScenarios(scenario: Scenario): void {
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
      assert.deepEqual(
        await pages("-event_date"),
        ascending.toReversed(),
        `-event_date by ${limit}`,
      );
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
    const first = await api.send<PublicConcert[]>("GET", "/concerts", {
      query: { city, limit: 1 },
    });
    assert.equal(first.body.data[0].id, ids[0]);
    await api.data("POST", `/concerts/${ids[0]}/hide`, { as: artist });
    await approved(context, artist, { city, event_date: daysFromToday(2) });
    const second = await api.data<PublicConcert[]>("GET", "/concerts", {
      query: { city, limit: 2, cursor: first.body.next_cursor ?? "" },
    });
    assert.deepEqual(second.map(({ id }) => id), ids.slice(1));
  });

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
    const lists: (RequestOptions & { path: string })[] = [
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
    assert.equal(
      new Set(cursors).size,
      6,
      "every list but that of the single coin movement goes on",
    );

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
        const reply = await api.send("GET", path, {
          ...options,
          query: { ...options.query, cursor },
        });
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
            lists[
              ["own-concerts", "moderation-queue", "concert-analytics", "coins"].indexOf(name) + 3
            ]
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
        query: {
          q: word,
          order: "relevance",
          cursor: forged(["concerts:relevance", relevance, id]),
        },
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

function compare(one: (string | null)[], other: (string | null)[]): number {
  return one.join() < other.join() ? -1 : 1;
}
