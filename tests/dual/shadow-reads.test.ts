import assert from "node:assert/strict";
import { differingPaths } from "../../supabase/functions/_shared/database/dual/differing-paths.ts";
import { ShadowReads } from "../../supabase/functions/_shared/database/dual/shadow-reads.ts";
import { Refusal } from "../../supabase/functions/_shared/domain/refusal.ts";
import { concerts } from "../../supabase/functions/concerts/concerts.ts";
import { createApp } from "../../supabase/functions/_shared/http/create-app.ts";
import { capturingLog } from "./capturing-log.ts";
import { dualTests, figuresOf, openDual, somebody } from "./dual-test.ts";

const anyPage = { limit: 10, after: null };

Deno.test("differences are named by their fields, without what is in them", () => {
  const cases: [one: unknown, other: unknown, paths: string[]][] = [
    [{ a: 1, b: [1, { c: "x" }] }, { b: [1, { c: "x" }], a: 1 }, []],
    [{ a: undefined }, {}, []],
    [undefined, null, []],
    [1, "1", [""]],
    [{ title: "one" }, { title: "other" }, ["title"]],
    [{ items: [{ id: 1 }, { id: 2 }] }, { items: [{ id: 1 }, { id: 3 }] }, ["items[].id"]],
    [{ items: [1] }, { items: [1, 2] }, ["items[]"]],
    [{ next: null }, { next: { id: "x" } }, ["next"]],
    [{ a: { b: 1 } }, { a: { c: 1 } }, ["a.b", "a.c"]],
    [{ metadata: { "anna@example.com": 1 } }, { metadata: {} }, ["metadata.*"]],
    [{ metadata: { Имя: 1 } }, { metadata: { Имя: 2 } }, ["metadata.*"]],
  ];
  for (const [one, other, paths] of cases) assert.deepEqual(differingPaths(one, other), paths);
});

/** Compares one read of which the stores answer this in turn, and gives what was logged. */
async function compared(primary: Answers, secondary: Answers) {
  const shadowReads = new ShadowReads(1);
  const ask = (answers: Answers) => {
    let asked = 0;
    return async () => await answers[Math.min(asked++, answers.length - 1)]();
  };
  const [one, other] = [ask(primary), ask(secondary)];
  const logged = await capturingLog(async () => {
    shadowReads.consider("concerts.find", one(), one, other);
    await new Promise((resolve) => setTimeout(resolve, 20));
  });
  return { figures: shadowReads.figures, logged };
}

type Answers = (() => unknown)[];

Deno.test("the same answer, or the same refusal, is no difference", async () => {
  const refuse = () => Promise.reject(new Refusal("not_found"));
  for (const answers of [[() => ({ id: 1 })], [refuse]]) {
    const { figures, logged } = await compared(answers, answers);
    assert.deepEqual(figures, { compared: 1, different: 0, failed: 0 });
    assert.equal(logged, "");
  }
});

Deno.test("a difference is logged by method and fields, and counted", async () => {
  const { figures, logged } = await compared(
    [() => ({ title: "Тайное название", id: 1 })],
    [() => ({ title: "Другое", id: 1 })],
  );
  assert.deepEqual(figures, { compared: 1, different: 1, failed: 0 });
  assert.deepEqual(JSON.parse(logged), {
    message: "the stores answer differently",
    method: "concerts.find",
    fields: ["answer.title"],
  });
});

Deno.test("an answer against a refusal is a difference", async () => {
  const { figures } = await compared(
    [() => ({ id: 1 })],
    [() => Promise.reject(new Refusal("not_found"))],
  );
  assert.equal(figures.different, 1);
});

Deno.test("what a write between the two looks makes different is none", async () => {
  const { figures, logged } = await compared(
    [() => ({ title: "before" }), () => ({ title: "after" })],
    [() => ({ title: "after" })],
  );
  assert.deepEqual(figures, { compared: 1, different: 0, failed: 0 });
  assert.equal(logged, "");
});

Deno.test("a store that does not answer makes no difference, but is counted", async () => {
  for (const fault of [new Refusal("unavailable"), new TypeError("broken")]) {
    const { figures } = await compared([() => 1], [() => Promise.reject(fault)]);
    assert.deepEqual(figures, { compared: 0, different: 0, failed: 1 });
  }
});

Deno.test("the share of reads is compared that was asked for", async () => {
  for (const share of [0, 0.05, 1]) {
    const shadowReads = new ShadowReads(share);
    let asked = 0;
    const answer = Promise.resolve(1);
    const ask = () => {
      asked++;
      return answer;
    };
    for (let read = 0; read < 2000; read++) shadowReads.consider("x", answer, ask, ask);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.ok(Math.abs(asked / 2000 - share) < 0.03, `${share}: ${asked} of 2000`);
  }
});

const test = dualTests();

for (const mode of ["dual-kv", "dual-sql"] as const) {
  test(`${mode}: reads are compared with the other store, and a difference shows in the health`, async (stack) => {
    const shadowReads = new ShadowReads(1);
    const backend = openDual(stack, mode, {}, shadowReads);
    const { concerts, artists, coins, notifications } = backend.open(await somebody(stack));
    const { id } = await concerts.create({ title: "Концерт" });
    await concerts.find(id);
    await concerts.listOwn({ status: null, when: "all" }, anyPage);
    await artists.own();
    await coins.listOwn(anyPage);
    await notifications.counts();
    await untilCompared(shadowReads, 5);
    assert.deepEqual(shadowReads.figures, { compared: 5, different: 0, failed: 0 });

    await stack.sql(
      mode === "dual-kv"
        ? "update public.concerts set city = 'Омск' where id = $1::uuid"
        : `update public.kv_store_84730125 set value = value || '{"city":"Омск"}'
           where key = 'concert:' || $1::text`,
      [id],
    );
    const logged = await capturingLog(async () => {
      await concerts.find(id);
      await untilCompared(shadowReads, 6);
    });
    assert.match(logged, /"method":"concerts.find","fields":\["answer.concert.city"/);
    assert.doesNotMatch(logged, /Омск|Концерт/);
    assert.deepEqual((await figuresOf(backend)).shadow_reads, {
      compared: 6,
      different: 1,
      failed: 0,
    });
  });

  test(`${mode}: the health of a function tells the mode and the figures`, async (stack) => {
    const app = createApp(concerts, { ...stack.environment, STORAGE_MODE: mode });
    const health = await (await app.request("/concerts/health")).json();
    assert.equal(health.storage_mode, mode);
    assert.deepEqual(health.shadow_reads, { compared: 0, different: 0, failed: 0 });
    assert.deepEqual([health.mirror.mirrored, health.mirror.failed], [0, 0]);
    assert.equal(typeof health.mirror.backlog, "number");
  });
}

test("a mode with one store has no such figures", async (stack) => {
  for (const mode of ["kv", "sql"]) {
    const app = createApp(concerts, { ...stack.environment, STORAGE_MODE: mode });
    const health = await (await app.request("/concerts/health")).json();
    assert.deepEqual(Object.keys(health), ["success", "status", "storage_mode", "unreadable"]);
  }
});

async function untilCompared({ figures }: ShadowReads, count: number): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (figures.compared + figures.failed < count && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
