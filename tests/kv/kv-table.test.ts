import assert from "node:assert/strict";
import type { LocalStack } from "../../local/stack.ts";
import { KvTable } from "../../supabase/functions/_shared/database/kv/kv-table.ts";
import { startTestStack } from "../support/test-stack.ts";
import { breakingDataApi } from "./breaking-data-api.ts";
import { putRow } from "./old-rows.ts";

let stack: LocalStack;
let table: KvTable;
Deno.test.beforeAll(async () => {
  stack = await startTestStack();
  table = new KvTable(breakingDataApi(stack).client);
});
Deno.test.afterAll(async () => {
  await stack.close();
});

function kvTest(name: string, body: () => Promise<void>) {
  // The stack's connections outlive the test that happens to open them.
  Deno.test({ name, fn: body, sanitizeOps: false, sanitizeResources: false });
}

async function putMany(prefix: string, count: number): Promise<void> {
  await stack.sql(
    `insert into public.kv_store_84730125 (key, value)
     select $1::text || number, to_jsonb(number) from generate_series(1, $2::int) as number`,
    [prefix, count],
  );
}

kvTest("a scan goes past the 1,000 rows the Data API gives at once", async () => {
  await putMany("many:", 2500);
  const rows = await table.scan("many:");
  assert.equal(new Set(rows.map(({ value }) => value)).size, 2500);
  assert.equal((await table.scanKeys("many:")).length, 2500);
});

kvTest("many long keys are asked for in addresses that get through", async () => {
  const keys = Array.from(
    { length: 250 },
    (_, index) => `mail_suppression:${crypto.randomUUID()}:анна+${index}@example.com`,
  );
  for (const key of keys.slice(0, 3)) await putRow(stack, key, key);
  await putRow(stack, keys[249], keys[249]);
  const lengths: number[] = [];
  const { client } = breakingDataApi(stack, {
    rewrite(request) {
      lengths.push(request.url.length);
      return request;
    },
  });
  const found = await new KvTable(client).getMany(keys);
  assert.deepEqual(
    found.map(({ key }) => key).toSorted(),
    [...keys.slice(0, 3), keys[249]].toSorted(),
  );
  assert.ok(lengths.length > 1 && lengths.every((length) => length < 5000), `${lengths}`);
  const before = lengths.length;
  assert.deepEqual(await new KvTable(client).getMany([]), []);
  assert.equal(lengths.length, before, "nothing is asked for nothing");
});

kvTest("a scan is whole where the server gives fewer rows than asked for", async () => {
  await putMany("few:", 70);
  const { client } = breakingDataApi(stack, {
    rewrite(request) {
      const url = new URL(request.url);
      if (url.searchParams.has("limit")) url.searchParams.set("limit", "30");
      return new Request(url, request);
    },
  });
  assert.equal((await new KvTable(client).scan("few:")).length, 70);
});

kvTest("a prefix means itself, whatever it means in a pattern", async () => {
  const keys = ["a_b:1", "axb:1", "a%b:1", "a*b:1", "a\\b:1", "aB:1", 'q",(:1', "ж_:1"];
  for (const key of keys) await putRow(stack, key, key);
  for (const key of keys) {
    const prefix = key.slice(0, -1);
    assert.deepEqual(await table.scan(prefix), [{ key, value: key }], prefix);
  }
});

kvTest(
  "rows are found by hostile keys, and keys PostgreSQL cannot hold are not there",
  async () => {
    const keys = ['k",(', "k\\", "k,eq.1", "k)", 'k"', "k и", "k%", "k.is.null"];
    for (const key of keys) await putRow(stack, key, { key });
    for (const key of keys) assert.deepEqual(await table.get(key), { key, value: { key } });
    const found = await table.getMany([...keys, "k\0", "k\ud800", "absent"]);
    assert.deepEqual(found.map(({ key }) => key).toSorted(), keys.toSorted());
    assert.equal(await table.get("k\0"), null);
    assert.deepEqual(await table.scan("k\ud800"), []);
  },
);

kvTest("a write over what has changed since is not made", async () => {
  assert.equal(await table.insert("guard:1", { rev: 1, text: "one" }), true);
  assert.equal(await table.insert("guard:1", { rev: 1, text: "other" }), false);
  const seen = await table.get("guard:1");
  assert.ok(seen);
  assert.equal(await table.replace(seen, { rev: 2, text: "two" }), true);
  assert.equal(await table.replace(seen, { rev: 2, text: "late" }), false);
  assert.equal(await table.remove(seen), false);
  assert.deepEqual((await table.get("guard:1"))?.value, { rev: 2, text: "two" });
});

kvTest("old values of every kind are replaced once", async () => {
  const values = ["5000", '{"title":"text"}', { views: 1 }, [1], 7, { rev: "mine" }, { rev: null }];
  for (const [number, value] of values.entries()) {
    const key = `old:${number}`;
    await putRow(stack, key, value);
    const seen = await table.get(key);
    assert.deepEqual(seen, { key, value });
    assert.equal(await table.replace(seen, { rev: 1, legacy: value }), true);
    assert.equal(await table.replace(seen, { rev: 1, legacy: "late" }), false);
    assert.deepEqual((await table.get(key))?.value, { rev: 1, legacy: value });
  }
});

kvTest("every key that was written, or may have been, is reported, and no other", async () => {
  const written: string[] = [];
  const telling = new KvTable(breakingDataApi(stack).client, (key) => written.push(key));
  const reported = () => written.splice(0);
  await telling.insert("told:1", { rev: 1 });
  assert.deepEqual(reported(), ["told:1"]);
  const seen = await telling.get("told:1");
  assert.ok(seen);
  await telling.insert("told:1", { rev: 1 });
  await telling.scan("told:");
  assert.deepEqual(reported(), []);
  await telling.replace(seen, { rev: 2 });
  assert.deepEqual(reported(), ["told:1"]);
  await telling.replace(seen, { rev: 2, text: "late" });
  await telling.remove(seen);
  await telling.removeKey("told:absent");
  assert.deepEqual(reported(), []);
  await telling.removeKey("told:1");
  assert.deepEqual(reported(), ["told:1"]);
});

kvTest("a write whose answer is lost is reported", async () => {
  const written: string[] = [];
  const { client } = breakingDataApi(stack, { breakAt: 1, point: "after" });
  const telling = new KvTable(client, (key) => written.push(key));
  await assert.rejects(telling.insert("lost:1", { rev: 1 }));
  assert.deepEqual(written, ["lost:1"]);
});
