import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { exportSource, openSource, type Source } from "../../migrate/mod.ts";
import { createMigrationContext, type MigrationContext } from "./migration-context.ts";

let context: MigrationContext;
Deno.test.beforeAll(async () => {
  context = await createMigrationContext();
  // More than the Data API gives at once, and keys that mean something in patterns and in URLs.
  await context.stack.sql(`
    insert into kv_store_84730125
    select 'ticket_sale:c:sale_' || n, jsonb_build_object('id', n) from generate_series(1, 2300) as n;
  `);
  await context.stack.sql(`
    insert into kv_store_84730125 values
      ('profile:%_"\\,(и)', '"{\\"name\\":\\"Ёлка\\"}"'),
      ('coins:balance:demo-user', '"5000"'),
      ('numbers', '{"long": 12345678901234567890, "money": 1.10}')
  `);
});
Deno.test.afterAll(() => context.close());

function exportTest(name: string, body: () => Promise<void>) {
  // The stack's connections outlive the test that happens to open them.
  Deno.test({ name, fn: body, sanitizeOps: false, sanitizeResources: false });
}

exportTest("every key is exported, ordered, and just as the table has it", async () => {
  const out = context.path("all.ndjson");
  const { manifest } = await exportSource(await openSource(context.connection), {
    out,
    folder: context.folder,
  });
  const text = await Deno.readTextFile(out);
  const lines = text.trimEnd().split("\n");
  const stored = await context.stack.sql("select key, value::text from kv_store_84730125");
  const expected = stored.map(({ key, value }) =>
    `{"key":${JSON.stringify(key)},"value":${value}}`
  );
  assert.deepEqual(lines, expected.sort());
  assert.ok(text.includes("12345678901234567890") && text.includes("1.10"));

  assert.equal(manifest.keys, 2303);
  assert.deepEqual(manifest.prefixes, {
    "coins:balance:": 1,
    "(none)": 1,
    "profile:": 1,
    "ticket_sale:": 2300,
  });
  assert.equal(manifest.sha256, createHash("sha256").update(text).digest("hex"));
  assert.deepEqual(manifest.changed_while_reading, { added: [], changed: [], removed: [] });
  assert.deepEqual(JSON.parse(await Deno.readTextFile(`${out}.manifest.json`)), manifest);
});

exportTest("a compressed export is read as the other is", async () => {
  const out = context.path("all.ndjson.gz");
  const source = await openSource(context.connection);
  const { manifest } = await exportSource(source, { out, gzip: true, folder: context.folder });
  const bytes = await Deno.readFile(out);
  assert.deepEqual([...bytes.slice(0, 2)], [0x1f, 0x8b]);
  const again = context.path("again.ndjson");
  const copy = await exportSource(await openSource(out), { out: again, folder: context.folder });
  assert.equal(copy.manifest.sha256, manifest.sha256);
});

exportTest("compressed parts that were put together are read one after the other", async () => {
  const plain = context.path("parts.ndjson");
  await exportSource(await openSource(context.connection), { out: plain, folder: context.folder });
  const bytes = await Deno.readFile(plain);
  const half = bytes.indexOf(10, bytes.length / 2) + 1;
  const together = context.path("parts.gz");
  await Deno.writeFile(together, gzipSync(bytes.subarray(0, half)));
  await Deno.writeFile(together, gzipSync(bytes.subarray(half)), { append: true });
  const out = context.path("joined.ndjson");
  await exportSource(await openSource(together), { out, folder: context.folder });
  assert.deepEqual(await Deno.readFile(out), bytes);
});

exportTest("what others write meanwhile is noticed, and what was read last counts", async () => {
  const { stack } = context;
  const live = await openSource(context.connection);
  let readings = 0;
  const disturbed: Source = {
    ...live,
    name: live.name,
    isLive: true,
    remarks: [],
    identity: () => live.identity(),
    count: () => live.count(),
    async *read() {
      readings++;
      for await (const page of live.read()) {
        yield page;
        if (readings > 1 || !page.some(({ key }) => key === "ticket_sale:c:sale_1000")) continue;
        await stack.sql(
          `update kv_store_84730125 set value = '{"id": "new"}' where key = 'numbers'`,
        );
        await stack.sql(`insert into kv_store_84730125 values ('concert:late', '{}')`);
        await stack.sql(`delete from kv_store_84730125 where key = 'ticket_sale:c:sale_1'`);
      }
    },
  };
  const out = context.path("disturbed.ndjson");
  const { manifest } = await exportSource(disturbed, { out, folder: context.folder });
  assert.deepEqual(manifest.changed_while_reading, {
    added: ["concert:late"],
    changed: ["numbers"],
    removed: ["ticket_sale:c:sale_1"],
  });
  const text = await Deno.readTextFile(out);
  assert.ok(text.includes('{"key":"numbers","value":{"id": "new"}}'));
  assert.ok(text.includes('"concert:late"') && !text.includes('"ticket_sale:c:sale_1"'));
});

exportTest(
  "lines that something else wrote keep their numbers, and the last of a key counts",
  async () => {
    const file = context.path("foreign.ndjson");
    await Deno.writeTextFile(
      file,
      [
        '{ "value": {"a": 1e400, "b": [12345678901234567890, 1.50]}, "key": "concert:1" }',
        "",
        '{"key":"concert:2","value":1}',
        '{"key":"concert:2","value":2}',
      ].join("\r\n"),
    );
    const out = context.path("rewritten.ndjson");
    const { manifest, remarks } = await exportSource(await openSource(file), {
      out,
      folder: context.folder,
    });
    assert.equal(manifest.keys, 2);
    assert.equal(
      await Deno.readTextFile(out),
      '{"key":"concert:1","value":{"a":1e400,"b":[12345678901234567890,1.50]}}\n' +
        '{"key":"concert:2","value":2}\n',
    );
    assert.match(remarks.join("\n"), /no manifest[\s\S]*more than once/);
  },
);
