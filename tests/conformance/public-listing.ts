import assert from "node:assert/strict";
import type { PublicConcertFilter } from "../../supabase/functions/_shared/database/types.ts";
import type { PageRequest } from "../../supabase/functions/_shared/domain/paging.ts";
import { completeConcert, dateInDays, pendingConcert, publicConcert } from "./concert-making.ts";
import type { ConformanceTest } from "./conformance-context.ts";
import { assertPagesAgree } from "./expect.ts";
import { anything, firstPage, idsFound } from "./find-public.ts";

/** What everybody finds. Every test looks at the concerts of an artist of its own. */
export function publicListingTests(test: ConformanceTest): void {
  test("the public list has what is approved and shown, and nothing else", async (context) => {
    const artist = await context.makeArtist();
    const { concerts } = artist.database;
    const shown = await publicConcert(context, artist);
    await concerts.create(completeConcert());
    await pendingConcert(artist);
    await concerts.setHidden((await publicConcert(context, artist)).id, true);
    await concerts.cancel((await publicConcert(context, artist)).id);
    const rejected = await pendingConcert(artist);
    const moderator = await context.makeModerator();
    await moderator.database.concerts.moderate(rejected.id, {
      decision: "rejected",
      comment: "Нет",
    });

    const { items, next } = await context.visitor.concerts.listPublic(
      { ...anything, artist_id: artist.id },
      firstPage,
    );
    assert.deepEqual(items.map(({ id }) => id), [shown.id]);
    assert.equal(next, null);
    const found = await context.visitor.concerts.find(shown.id);
    assert.deepEqual(items[0], found.concert, "as by its id");
  });

  test("the public list is the same for everybody", async (context) => {
    const [artist, other, moderator] = [
      await context.makeArtist(),
      await context.makeArtist(),
      await context.makeModerator(),
    ];
    await publicConcert(context, artist);
    await artist.database.concerts.create(completeConcert());
    const filter = { ...anything, artist_id: artist.id };
    const seen = await context.visitor.concerts.listPublic(filter, firstPage);
    assert.equal(seen.items.length, 1);
    for (const database of [artist.database, other.database, moderator.database, context.service]) {
      assert.deepEqual(await database.concerts.listPublic(filter, firstPage), seen);
    }
  });

  test("dates go up or down, ties by id in the same direction, through all pages", async (context) => {
    const artist = await context.makeArtist();
    const city = `Город ${crypto.randomUUID()}`;
    for (const days of [10, 20, 10, 30, 10, 20]) {
      await publicConcert(context, artist, { event_date: dateInDays(days), city });
    }
    for (const order of ["event_date", "-event_date"] as const) {
      for (const theirs of [{ artist_id: artist.id }, { city }]) {
        const list = (page: PageRequest) =>
          context.visitor.concerts.listPublic({ ...anything, ...theirs, order }, page);
        const { items } = await list(firstPage);
        const keys = items.map(({ event_date, id }) => `${event_date} ${id}`);
        const sorted = keys.toSorted();
        assert.deepEqual(keys, order === "event_date" ? sorted : sorted.reverse(), order);
        assert.equal(items.length, 6);
        await assertPagesAgree(list, items);
      }
    }
  });

  test("every filter leaves what it says", async (context) => {
    const artist = await context.makeArtist();
    const inTver = await publicConcert(context, artist, {
      title: "Первый",
      city: "Тверь",
      event_type: "Фестиваль",
      event_date: dateInDays(5),
    });
    const inOmsk = await publicConcert(context, artist, {
      title: "Второй",
      city: "Омск",
      event_type: "DJ сет",
      event_date: dateInDays(10),
    });
    const past = await publicConcert(context, artist, {
      title: "Третий",
      city: "Омск",
      event_type: "Фестиваль",
      event_date: dateInDays(-5),
    });
    const all = [past, inTver, inOmsk];
    const cases: [Partial<PublicConcertFilter>, typeof all][] = [
      [{}, all],
      [{ when: "upcoming" }, [inTver, inOmsk]],
      [{ when: "past" }, [past]],
      [{ city: "Омск" }, [past, inOmsk]],
      [{ city: "Омск", when: "upcoming" }, [inOmsk]],
      [{ city: "Ом" }, []],
      [{ event_type: "Фестиваль" }, [past, inTver]],
      [{ event_type: "Другое" }, []],
      [{ from: dateInDays(5) }, [inTver, inOmsk]],
      [{ from: dateInDays(6) }, [inOmsk]],
      [{ to: dateInDays(5) }, [past, inTver]],
      [{ to: dateInDays(4) }, [past]],
      [{ from: dateInDays(-5), to: dateInDays(-5) }, [past]],
      [{ from: dateInDays(10), to: dateInDays(5) }, []],
      [{ promoted: false }, all],
      [{ promoted: true }, []],
      [{ search: ["второй"] }, [inOmsk]],
      [{ search: ["второй"], city: "Тверь" }, []],
      [{ order: "-event_date", when: "upcoming" }, [inOmsk, inTver]],
    ];
    for (const [filter, expected] of cases) {
      assert.deepEqual(
        await idsFound(context, artist, filter),
        expected.map(({ id }) => id),
        JSON.stringify(filter),
      );
    }
  });

  test("a concert is upcoming all through its day, by the clocks of its place", async (context) => {
    const artist = await context.makeArtist();
    for (const time_zone of ["Pacific/Kiritimati", "Europe/Moscow", "Pacific/Pago_Pago"]) {
      const today = new Intl.DateTimeFormat("sv-SE", { timeZone: time_zone, dateStyle: "short" })
        .format();
      const yesterday = new Date(Date.parse(today) - 86_400_000).toISOString().slice(0, 10);
      const ofToday = await publicConcert(context, artist, {
        time_zone,
        event_date: today,
        event_time: "00:00",
      });
      const ofYesterday = await publicConcert(context, artist, {
        time_zone,
        event_date: yesterday,
        event_time: "23:59",
      });
      const upcoming = await idsFound(context, artist, { when: "upcoming" });
      const past = await idsFound(context, artist, { when: "past" });
      assert.ok(upcoming.includes(ofToday.id) && !past.includes(ofToday.id), time_zone);
      assert.ok(past.includes(ofYesterday.id) && !upcoming.includes(ofYesterday.id), time_zone);
    }
  });

  test("promoted are those whose promotion runs now", async (context) => {
    const artist = await context.makeArtist();
    await context.fixtures.giveCoins(artist.id, [gift(300)]);
    const [plain, running, over] = [
      await publicConcert(context, artist, { event_date: dateInDays(10) }),
      await publicConcert(context, artist, { event_date: dateInDays(11) }),
      await publicConcert(context, artist, { event_date: dateInDays(12) }),
    ];
    for (const { id } of [running, over]) await artist.database.concerts.promote(id, 7, null);
    await context.fixtures.endPromotion(over.id);
    for (const search of [null, ["вечер"]]) {
      const find = (promoted: boolean | null) => idsFound(context, artist, { promoted, search });
      assert.deepEqual(await find(true), [running.id]);
      assert.deepEqual(await find(false), [plain.id, over.id]);
      assert.deepEqual(await find(null), [plain.id, running.id, over.id]);
    }
    const list = (page: PageRequest) =>
      context.visitor.concerts.listPublic(
        { ...anything, artist_id: artist.id, promoted: false },
        page,
      );
    await assertPagesAgree(list, (await list(firstPage)).items);
    const { items } = await context.visitor.concerts.listPublic(
      { ...anything, artist_id: artist.id },
      firstPage,
    );
    assert.deepEqual(items.map(({ is_promoted }) => is_promoted), [false, true, false]);
    const words = {
      ...anything,
      artist_id: artist.id,
      search: ["вечер"],
      order: "relevance",
    } as const;
    for (const promoted of [true, false]) {
      const found = await context.visitor.concerts.listPublic({ ...words, promoted }, firstPage);
      assert.deepEqual(
        found.items.map(({ id }) => id).sort(),
        (await idsFound(context, artist, { promoted })).sort(),
      );
    }
  });

  test("relevance puts the better match first, ties by id in the same direction, through all pages", async (context) => {
    const artist = await context.makeArtist();
    const create = (title: string, description: string) =>
      publicConcert(context, artist, { title, description });
    const best = await create("Баян, баян и ещё баян", "Баян на сцене, баян в зале");
    const ties = [];
    for (let index = 0; index < 4; index++) ties.push(await create("Баян", "Вечер"));
    await create("Скрипка", "Вечер");
    const list = (page: PageRequest) =>
      context.visitor.concerts.listPublic(
        { ...anything, artist_id: artist.id, search: ["баян"], order: "relevance" },
        page,
      );
    const { items } = await list(firstPage);
    assert.deepEqual(
      items.map(({ id }) => id),
      [best.id, ...ties.map(({ id }) => id).sort().reverse()],
    );
    await assertPagesAgree(list, items);
  });

  test("a city with special characters is found by its name and by nothing else", async (context) => {
    const artist = await context.makeArtist();
    const cities = [
      "Ростов-на-Дону",
      'Город, "А" (б)',
      "100%_x*",
      "back\\slash",
      "o'Brien",
      "a.b:c",
    ];
    const ids = new Map<string, string>();
    for (const city of cities) ids.set(city, (await publicConcert(context, artist, { city })).id);
    for (const city of cities) {
      assert.deepEqual(await idsFound(context, artist, { city }), [ids.get(city)], city);
    }
    for (
      const city of ["%", "_", "*", "Ростов*", "Ростов%", "null", "not.is.null"]
    ) {
      assert.deepEqual(await idsFound(context, artist, { city }), [], city);
    }
  });
}

function gift(amount: number) {
  return {
    amount,
    type: "reward" as const,
    description: "Подарок",
    created_at: new Date().toISOString(),
  };
}
