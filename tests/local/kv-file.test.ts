import assert from "node:assert/strict";
import type { Database } from "../../local/database.ts";
import { storeKvLines } from "../../local/kv-file.ts";
import { startTestStack } from "../support/test-stack.ts";

Deno.test("a KV file's values reach the table as they are written", async () => {
  const kvFile = await Deno.makeTempFile({ suffix: ".ndjson" });
  const many = Array.from(
    { length: 1200 },
    (_, n) => JSON.stringify({ key: `many:${n}`, value: n }),
  );
  await Deno.writeTextFile(
    kvFile,
    [
      '\uFEFF{"key":"text","value":"{\\"title\\":\\"Концерт\\"}"}',
      '{"key":"number","value":{"net":562.8000000000001,"id":12345678901234567890}}\r',
      '{"key":"null","value":null}',
      "",
      '{"key":"twice","value":1}',
      '{"key":"it\'s \\"quoted\\" %_","value":["a\\\\b"]}',
      ...many,
      '{"key":"twice","value":2}',
    ].join("\n"),
  );
  const stack = await startTestStack({ kvFile });
  try {
    assert.equal(stack.kvRows, 1205);
    const rows = await stack.sql(
      `select key, jsonb_typeof(value) as type, value::text as value
       from public.kv_store_84730125 where key not like 'many:%' order by key collate "C"`,
    );
    assert.deepEqual(rows, [
      { key: 'it\'s "quoted" %_', type: "array", value: '["a\\\\b"]' },
      { key: "null", type: "null", value: "null" },
      {
        key: "number",
        type: "object",
        value: '{"id": 12345678901234567890, "net": 562.8000000000001}',
      },
      { key: "text", type: "string", value: '"{\\"title\\":\\"Концерт\\"}"' },
      { key: "twice", type: "number", value: "2" },
    ]);
    const [{ count }] = await stack.sql("select count(*)::int from public.kv_store_84730125");
    assert.equal(count, 1205);
  } finally {
    await stack.close();
    await Deno.remove(kvFile);
  }
});

Deno.test("a KV file with what PostgreSQL cannot hold is refused by its line", async () => {
  const kvFile = await Deno.makeTempFile({ suffix: ".ndjson" });
  await Deno.writeTextFile(kvFile, '{"key":"a","value":1}\n{"key":"b","value":"\\u0000"}\n');
  try {
    await assert.rejects(
      startTestStack({ kvFile }),
      /^StartError: KV_FILE: line 2 cannot be stored \(unsupported Unicode escape sequence\)/,
    );
  } finally {
    await Deno.remove(kvFile);
  }
});

Deno.test("a failure that has passed by the second try is no line's fault", async () => {
  const stored: string[] = [];
  const database: Pick<Database, "query"> = {
    query(_statement, [rows] = []) {
      const lines: { key: string }[] = JSON.parse(String(rows));
      if (lines.length > 1) return Promise.reject(new Error("deadlock detected"));
      stored.push(...lines.map(({ key }) => key));
      return Promise.resolve([]);
    },
  };
  const lines = Array.from(
    { length: 501 },
    (_, n) => ({ number: n + 1, key: `k${n}`, text: `{"key":"k${n}","value":${n}}` }),
  );
  await storeKvLines(database, lines);
  assert.deepEqual(stored, lines.map(({ key }) => key));
});
