import assert from "node:assert/strict";
import { renderReport, type Report, type VerifyResult } from "../../migrate/mod.ts";
import { rejectionWords, ruleWords } from "../../migrate/report/reason-words.ts";
import { repairWords } from "../../migrate/report/repair-words.ts";
import { entities } from "../../supabase/functions/_shared/database/transfer/record.ts";

const hostile = `concert:"><script>alert(1)</script><img src=x onerror='alert(2)'>&amp;`;

function verification(changes: Partial<VerifyResult> = {}): VerifyResult {
  const side = { count: 0, checksum: "a".repeat(64) };
  const nothing = { source: side, target: side, missing: 0, refused: 0, extra: 0, different: 0 };
  return {
    identical: true,
    identicalButRefused: true,
    reading: { keys: 1, changed: { added: [], changed: [], removed: [] }, remarks: [] },
    summary: {
      totals: { keys: 12345, migrated: 12342, merged: 1, left_out: 1, rejected: 1 },
      counts: [
        { prefix: hostile, outcome: "migrated", reason: "", count: 12343 },
        { prefix: "", outcome: "rejected", reason: hostile, count: 1 },
        { prefix: "ticket_sale:", outcome: "rejected", reason: "unknown_concert", count: 2 },
        { prefix: "concert:", outcome: "rejected", reason: `constraint:${hostile}`, count: 1 },
        { prefix: "ticket:", outcome: "left_out", reason: "support_desk", count: 3 },
      ],
      repairs: { text_cleaned: 3 },
    },
    entities: {
      ...Object.fromEntries(
        entities.map((entity) => [entity, nothing]),
      ) as VerifyResult["entities"],
      concerts: { ...nothing, source: { ...side, count: 3 }, target: { ...side, count: 3 } },
    },
    differences: [],
    money: [{
      name: "ticket_sales.total_amount",
      source: "10.00",
      target: "10.00",
      refused: "0.00",
    }],
    coins: [{ name: "balances", source: 1, target: 1, refused: 0 }],
    balances: [],
    orphans: [],
    rejects: { source: 1, lost: [], changed: [], refused: 0, stale: 0, gone: 0 },
    ...changes,
  };
}

async function render(found: VerifyResult): Promise<string> {
  const report: Report = {
    source: `http://localhost/${hostile}`,
    target: hostile,
    madeAt: new Date("2026-02-03T04:05:06.789Z"),
    verification: found,
    status: {
      runs: [],
      records: {},
      keys: {},
      repairs: {},
      rejects: 0,
      mirror: { until: null, backlog: 0 },
    },
  };
  return await renderReport(report);
}

/** The page's words in a language, without its tags. */
function textIn(page: string, language: "en" | "ru"): string {
  const other = language === "en" ? "ru" : "en";
  return page.replace(/<style>.*?<\/style>/s, "")
    .replace(new RegExp(`<span lang="${other}">.*?</span>`, "gs"), "")
    .replace(/<[^>]*>/g, " ").replace(/[ \n]+/g, " ");
}

/** Every element ends where it should. */
function assertWhole(page: string): void {
  const without = new Set(["meta", "input", "br"]);
  const open: string[] = [];
  for (
    const [, end, name] of page.replace(/<style>.*?<\/style>/s, "").matchAll(/<(\/?)([a-z]\w*)/g)
  ) {
    if (without.has(name)) continue;
    if (end) assert.equal(open.pop(), name);
    else open.push(name);
  }
  assert.deepEqual(open, []);
}

const differing = verification({
  identical: false,
  identicalButRefused: false,
  differences: [
    { entity: "concerts", id: "1", key: hostile, kind: "refused", fields: [] },
    { entity: "concerts", id: "2", key: null, kind: "different", fields: ["city"] },
  ],
  balances: [{ artist_id: hostile, balance: 1, ledger: 2 }],
  orphans: [{ table: "concerts", column: "artist_id", references: "artists", orphans: 7 }],
  money: [{
    name: "ticket_sales.total_amount",
    source: "30.00",
    target: "10.00",
    refused: "20.00",
  }],
  coins: [{ name: "balances", source: 5, target: 1, refused: 0 }],
  rejects: { source: 1, lost: [hostile], changed: ["concert:9"], refused: 1, stale: 1, gone: 1 },
});

Deno.test("the report says all in both languages, with nothing between them", async () => {
  for (const found of [verification(), differing]) {
    const page = await render(found);
    assertWhole(page);
    const count = (language: string) => page.split(`<span lang="${language}">`).length - 1;
    assert.equal(count("en"), count("ru"));
    assert.ok(count("en") > 20);
    const english = textIn(page, "en").replaceAll(/По-русски|Отчёт о миграции ·/g, "");
    assert.doesNotMatch(english, /[А-Яа-яЁё]/);
    assert.match(textIn(page, "ru"), /Отчёт о миграции .* Что стало с ключами: всего 12\u202f345/);
  }
});

Deno.test("the report's verdict is the verification's", async () => {
  const verdictOf = async (found: VerifyResult) =>
    /<p class="verdict (\w+)">/.exec(await render(found))?.[1];
  assert.equal(await verdictOf(verification()), "good");
  assert.equal(await verdictOf(verification({ identical: false })), "fair");
  assert.equal(await verdictOf(differing), "bad");
});

Deno.test("the report says in words why and what, with the names beside them", async () => {
  const page = await render(verification());
  assert.match(textIn(page, "en"), /Its concert is not there ticket_sale: · unknown_concert/);
  assert.match(
    textIn(page, "en"),
    /A rule of the table does not hold: concert:&quot;&gt;&lt;script&gt;/,
  );
  assert.match(textIn(page, "en"), /Control characters removed from a text text_cleaned/);
  assert.match(
    textIn(page, "ru"),
    /Относится к службе поддержки, а не к концертам ticket: · support_desk/,
  );
  assert.match(textIn(page, "ru"), /Из текста убраны управляющие символы text_cleaned/);
});

Deno.test("both runbooks explain every name", async () => {
  const names = [repairWords, rejectionWords, ruleWords].flatMap(Object.keys);
  for (const file of ["migration.md", "migration.ru.md"]) {
    const runbook = await Deno.readTextFile(new URL(`../../docs/${file}`, import.meta.url));
    assert.deepEqual(names.filter((name) => !runbook.includes(`\`${name}\``)), [], file);
  }
});

Deno.test("the report names what differs", async () => {
  const page = await render(differing);
  const text = textIn(page, "en");
  assert.match(text, /refused by the table concerts/);
  assert.match(text, /Not kept there: concert:/);
  assert.match(text, /Kept there with another value: concert:9/);
  assert.match(text, /concerts\.artist_id: 7/);
  assert.match(text, /1 ≠ 2/);
  assert.match(text, /30\.00 ₽ 10\.00 ₽ the rest was refused/);
});

Deno.test("what keys hold does nothing to the report, which asks nobody for anything", async () => {
  const page = await render(differing);
  assert.doesNotMatch(page, /<(script|img|link|iframe)|url\(|@import/);
  assert.doesNotMatch(page, /onerror='/);
  assert.match(page, /&lt;script&gt;alert\(1\)/);
  assert.match(page, /&amp;amp;/);
});
