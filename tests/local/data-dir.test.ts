import assert from "node:assert/strict";
import { join } from "deno-std/path/join.js";
import { startLocalStack } from "../../local/stack.ts";
import { StartError } from "../../local/start-error.ts";

Deno.test("DATA_DIR keeps rows, accounts and objects, for one stack at a time", async () => {
  const folder = await Deno.makeTempDir();
  const options = { dataDir: join(folder, "data"), functions: false };
  const id = crypto.randomUUID();
  try {
    const first = await startLocalStack(options);
    await first.sql(`insert into public.kv_store_84730125 values ('kept', '{"a":"б"}')`);
    const put = (path: string, method: string, body: string) =>
      fetch(first.url + path, {
        method,
        headers: { apikey: first.secretKey, "content-type": "application/json" },
        body,
      }).then((response) => response.text());
    await put("/_local/users", "PUT", JSON.stringify({ id, email: "kept@example.com" }));
    await put("/storage/v1/bucket", "POST", '{"id":"kept","name":"kept","public":true}');
    await put("/storage/v1/object/kept/note.json", "POST", '{"note":1}');
    await assert.rejects(
      startLocalStack(options),
      (error) => error instanceof StartError && /is in use by another/.test(error.message),
    );
    await first.close();

    const second = await startLocalStack(options);
    const rows = await second.sql("select key, value from public.kv_store_84730125");
    const accounts = await second.sql("select id, email from auth.users");
    const object = await fetch(`${second.url}/storage/v1/object/public/kept/note.json`);
    const note = await object.text();
    await second.close();
    assert.deepEqual(rows, [{ key: "kept", value: { a: "б" } }]);
    assert.deepEqual(accounts, [{ id, email: "kept@example.com" }]);
    assert.equal(note, '{"note":1}');
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a DATA_DIR with something else in it is refused by name", async () => {
  const dataDir = await Deno.makeTempDir();
  try {
    await Deno.mkdir(join(dataDir, "database"));
    await Deno.writeTextFile(join(dataDir, "database", "PG_VERSION"), "9.6\n");
    await assert.rejects(
      startLocalStack({ dataDir, functions: false }),
      (error) =>
        error instanceof StartError && /^DATA_DIR: .* cannot be opened/.test(error.message),
    );
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
});
