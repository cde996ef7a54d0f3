import assert from "node:assert/strict";
import { join } from "node:path";
import { createHostedDatabase, type HostedDatabase } from "../support/hosted-database.ts";
import { findServerBinaries } from "../support/postgres-server.ts";
import { testOnServer } from "../support/test-server.ts";

const folder = new URL("../../supabase/", import.meta.url);

testOnServer(
  "rollback.sql takes back what the migrations made, and nothing else",
  async (serverUrl) => {
    const database = await createHostedDatabase(serverUrl);
    try {
      // The key-value table was there before the migrations, and it stays.
      await database.run(await read("migrations/003_key_value_store.sql"));
      await database.run(
        "insert into kv_store_84730125 values ('profile:old', '{\"name\": \"Ёлка\"}')",
      );
      const before = await dump(database);

      for (const name of await migrationNames()) {
        await database.run(
          await read(`migrations/${name}`),
        );
      }
      await database.run(await read("seed.sql"));
      assert.notEqual(await dump(database), before, "the migrations change the schema");

      const rollback = await read("rollback.sql");
      await database.run(rollback);
      assert.equal(await dump(database), before);
      const [kept] = await database.run(
        "select value ->> 'name' as name from kv_store_84730125 where key = 'profile:old'",
      );
      assert.equal(kept.name, "Ёлка");

      await database.run(rollback);
      assert.equal(await dump(database), before, "a second time does no harm");
    } finally {
      await database.drop();
    }
  },
);

function read(path: string): Promise<string> {
  return Deno.readTextFile(new URL(path, folder));
}

async function migrationNames(): Promise<string[]> {
  const names = await Array.fromAsync(Deno.readDir(new URL("migrations/", folder)));
  return names.map(({ name }) => name).sort();
}

/** The schema as SQL text, with owners and grants. */
async function dump({ adminUrl }: HostedDatabase): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(
    join(await findServerBinaries(), "pg_dump"),
    { args: ["--schema-only", adminUrl] },
  ).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  // A random word guards the script against what is in it; it differs from dump to dump.
  return new TextDecoder().decode(stdout).replace(/^\\(un)?restrict .*$/gm, "");
}
