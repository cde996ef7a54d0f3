import assert from "node:assert/strict";
import { wordsOf } from "../../supabase/functions/_shared/domain/search.ts";
import { publicConcert } from "./concert-making.ts";
import type { ConformanceTest } from "./conformance-context.ts";
import { idsFound } from "./find-public.ts";

/** What words find. Every test looks at the concerts of an artist of its own. */
export function publicSearchTests(test: ConformanceTest): void {
  test("words are looked for in title and description, all of them, in any case, ё as е", async (context) => {
    const artist = await context.makeArtist();
    const create = (title: string, description: string | null) =>
      publicConcert(context, artist, { title, description });
    const jazz = await create("Джаз под звёздами", "Большой оркестр играет свинг");
    const rock = await create("Рок на крыше", "Гитары и оркестр");
    const silent = await create("Немое кино", null);
    const cases: [search: string[], expected: string[]][] = [
      [["джаз"], [jazz.id]],
      [["оркестр"], [jazz.id, rock.id]],
      [["оркестр", "гитары"], [rock.id]],
      [["гитары", "оркестр"], [rock.id]],
      [["оркестр", "кино"], []],
      [["кино"], [silent.id]],
      [["звездами"], [jazz.id]],
      [["контрабас"], []],
    ];
    for (const [search, expected] of cases) {
      for (const order of ["event_date", "relevance"] as const) {
        const found = await idsFound(context, artist, { search, order });
        assert.deepEqual(found.sort(), expected.sort(), `${search}, ${order}`);
      }
    }
  });

  test("a concert is found by its title, whatever the title is made of", async (context) => {
    const artist = await context.makeArtist();
    const titles = [
      "AC/DC",
      "Би-2",
      "25/17",
      "Promo.Music",
      "Rock'n'Roll 24/7",
      "S.T.A.L.K.E.R.",
      "T.A.T.u.",
      "3.14",
      "The Who",
      "И другие",
      "http://t.me/club?x=1",
      "me@example.com",
      "<b>Жирный</b>&amp;тег",
      "-5°C…+7",
      "«Ёлка»—2027",
      "a_b%c~d#e=f,g:h\\i",
      "🎸Рок🎸№1™",
      "İstanbul",
      // An accent that is a character of its own, as some keyboards and files have it.
      "Под звёздами".normalize("NFD"),
    ];
    const ids = new Map<string, string>();
    for (const title of titles) {
      const { id } = await publicConcert(context, artist, { title, description: null });
      ids.set(title, id);
    }
    for (const title of titles) {
      for (const order of ["event_date", "relevance"] as const) {
        const found = await idsFound(context, artist, { search: wordsOf(title), order });
        assert.ok(found.includes(ids.get(title) ?? ""), `${title}, ${order}`);
      }
    }
    const cases: [search: string, title: string][] = [
      ["dc ac", "AC/DC"],
      ["2", "Би-2"],
      ["music", "Promo.Music"],
      ["the", "The Who"],
      ["и", "И другие"],
      ["звёздами", titles[titles.length - 1]],
    ];
    for (const [search, title] of cases) {
      const found = await idsFound(context, artist, { search: wordsOf(search) });
      assert.ok(found.includes(ids.get(title) ?? ""), `${search}: ${title}`);
    }
    for (const search of ["25 18", "ac bc", "the which"]) {
      assert.deepEqual(await idsFound(context, artist, { search: wordsOf(search) }), [], search);
    }
  });

  test("word forms find each other", async (context) => {
    const artist = await context.makeArtist();
    const { id } = await publicConcert(context, artist, {
      title: "Концерт органной музыки",
      description: "Гитарист играет на крыше",
    });
    for (
      const search of [["концерты"], ["органная", "музыка"], ["гитаристы"], ["играть", "крышах"]]
    ) {
      assert.deepEqual(await idsFound(context, artist, { search }), [id], search.join(" "));
    }
  }, {
    capability: "wordForms",
    reason: "this mode matches beginnings of words",
  });

  test("words that are syntax elsewhere are words", async (context) => {
    const artist = await context.makeArtist();
    const { id } = await publicConcert(context, artist, {
      title: "Select null or not",
      description: "Обычный вечер",
    });
    const cases: [search: string[], expected: string[]][] = [
      [["null"], [id]],
      [["select", "null"], [id]],
      [["null", "вечер"], [id]],
      [["true"], []],
      [["вечер", "eq"], []],
      [["false", "вечер"], []],
      [["0"], []],
      [["𐐀"], []],
    ];
    for (const [search, expected] of cases) {
      for (const order of ["event_date", "relevance"] as const) {
        const found = await idsFound(context, artist, { search, order });
        assert.deepEqual(found, expected, `${search.join(" ")}, ${order}`);
      }
    }
  });
}
