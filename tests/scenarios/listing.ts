import assert from "node:assert/strict";
import type { NewConcert, PublicConcert } from "../../supabase/functions/_shared/domain/concert.ts";
import { assertRefused } from "./api-client.ts";
import {
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

const words = { reason: "this backend knows no word forms", capability: "wordForms" } as const;

export function listingScenarios(scenario: Scenario): void {
  scenario(
    "listing: only approved, visible concerts, with their artist and nothing private",
    async (context) => {
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
    },
  );

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

  scenario(
    "listing: a concert is upcoming until its day is over by its own clocks",
    async (context) => {
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
    },
  );

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
    const onlyFirst = await approved(context, artist, { title: `${first} без второго` });
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
    const either = await idsOf(context, { q: `${first} or ${second}` });
    assert.ok(!either.includes(onlyFirst.id), "or is no operator");
    for (const q of ["!", "&|!", "'", '"', "()", "*", ":*", "<->", "-", "\\", "%", "_", "''"]) {
      for (const path of ["/concerts", "/concerts/calendar.ics"]) {
        assertRefused(await context.api.send("GET", path, { query: { q } }), "validation_failed", [
          "q",
        ]);
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
}
