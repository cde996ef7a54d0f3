import assert from "node:assert/strict";
import type { LocalStack } from "../../local/stack.ts";
import {
  Documents,
  type StoredDocument,
} from "../../supabase/functions/_shared/database/kv/documents.ts";
import { KvTable } from "../../supabase/functions/_shared/database/kv/kv-table.ts";
import { startTestStack } from "../support/test-stack.ts";
import { breakingDataApi, type BreakingOptions } from "./breaking-data-api.ts";
import { putRow } from "./old-rows.ts";

interface Jar extends StoredDocument {
  amount: number;
}

let stack: LocalStack;
Deno.test.beforeAll(async () => {
  stack = await startTestStack();
});
Deno.test.afterAll(async () => {
  await stack.close();
});

function openDocuments(options?: BreakingOptions): Documents {
  const { client } = breakingDataApi(stack, options);
  return new Documents(
    new KvTable(client),
    ({ value }) => Promise.resolve(value as StoredDocument),
  );
}

async function makeJar(amount: number): Promise<string> {
  const key = `jar:${crypto.randomUUID()}`;
  await putRow(stack, key, { rev: 1, legacy: null, amount });
  return key;
}

/** Moves one from a jar into another: a decision of the first. */
function moveOne(documents: Documents, from: string, to: string): Promise<void> {
  return documents.change<Jar, void>(from, (jar) => {
    assert.ok(jar);
    return {
      result: undefined,
      write: { ...jar, amount: jar.amount - 1 },
      followUps: [{ key: to, set: {}, add: { amount: 1 } }],
    };
  });
}

async function amountIn(key: string): Promise<number> {
  return (await openDocuments().settled<Jar>(key))?.amount ?? NaN;
}

function kvTest(name: string, body: () => Promise<void>) {
  // The stack's connections outlive the test that happens to open them.
  Deno.test({ name, fn: body, sanitizeOps: false, sanitizeResources: false });
}

kvTest("a movement between two values is whole wherever the process dies", async () => {
  for (let breakAt = 1; breakAt <= 3; breakAt++) {
    for (const point of ["before", "after"] as const) {
      const [from, to] = [await makeJar(10), await makeJar(0)];
      await assert.rejects(moveOne(openDocuments({ breakAt, point }), from, to));
      const decided = breakAt > 1 || point === "after";
      assert.equal(await amountIn(from), decided ? 9 : 10, `write ${breakAt}, ${point}`);
      assert.equal(await amountIn(to), decided ? 1 : 0, `write ${breakAt}, ${point}`);
    }
  }
});

kvTest("many movements from several values into one, by several processes, add up", async () => {
  const to = await makeJar(0);
  const sources = await Promise.all([makeJar(20), makeJar(20), makeJar(20)]);
  const processes = [openDocuments(), openDocuments()];
  await Promise.all(
    Array.from({ length: 30 }, (_, i) => moveOne(processes[i % 2], sources[i % 3], to)),
  );
  assert.equal(await amountIn(to), 30);
  for (const source of sources) assert.equal(await amountIn(source), 10);
});

kvTest("what is pending is applied once, however many processes complete it", async () => {
  const [from, to] = [await makeJar(10), await makeJar(0)];
  await assert.rejects(moveOne(openDocuments({ breakAt: 1, point: "after" }), from, to));
  await Promise.all(Array.from({ length: 8 }, () => openDocuments().settled(from)));
  assert.equal(await amountIn(to), 1);
});

kvTest("a process that was asleep does not apply an operation long done", async () => {
  const [from, to] = [await makeJar(10), await makeJar(0)];
  await assert.rejects(moveOne(openDocuments({ breakAt: 1, point: "after" }), from, to));
  const asleep = await stack.sql(
    "select value from public.kv_store_84730125 where key = $1::text",
    [from],
  );
  await moveOne(openDocuments(), from, to);
  assert.equal(await amountIn(to), 2);
  // It wakes up with what it had read.
  const documents = new Documents(
    new KvTable(breakingDataApi(stack).client),
    ({ key, value }) => Promise.resolve((key === from ? asleep[0].value : value) as StoredDocument),
  );
  await documents.settled(from).catch((error) => assert.equal(error.code, "unavailable"));
  assert.equal(await amountIn(to), 2);
});

kvTest("a decision made while another process tidies up is not written over", async () => {
  const [from, to] = [await makeJar(10), await makeJar(0)];
  const dieAfterDeciding = () =>
    assert.rejects(moveOne(openDocuments({ breakAt: 1, point: "after" }), from, to));
  await dieAfterDeciding();
  // Its second write clears what the dead process left; right behind it, another one decides and dies.
  const documents = openDocuments({
    afterWrite: (count) => count === 2 ? dieAfterDeciding() : Promise.resolve(),
  });
  await moveOne(documents, from, to);
  assert.equal(await amountIn(from), 7);
  assert.equal(await amountIn(to), 3);
});

kvTest("a refusal leaves everything as it was", async () => {
  const key = await makeJar(10);
  const refusal = new Error("no");
  await assert.rejects(
    openDocuments().change(key, () => {
      throw refusal;
    }),
    refusal,
  );
  assert.equal(await amountIn(key), 10);
});

kvTest(
  "what is removed with follow-ups is gone, and they are made, wherever the process dies",
  async () => {
    for (let breakAt = 1; breakAt <= 3; breakAt++) {
      const [key, other] = [await makeJar(10), await makeJar(0)];
      await assert.rejects(
        openDocuments({ breakAt, point: "after" }).change<Jar, void>(key, () => ({
          result: undefined,
          remove: true,
          followUps: [{ key: other, set: { amount: 7 } }],
        })),
      );
      assert.ok(Number.isNaN(await amountIn(key)));
      assert.equal(await amountIn(other), 7);
    }
  },
);
