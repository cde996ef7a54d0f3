import assert from "node:assert/strict";
import { join } from "node:path";
import { createHostedDatabase, type HostedDatabase } from "../support/hosted-database.ts";
import { findServerBinaries } from "../support/postgres-server.ts";
import { testOnServer } from "../support/test-server.ts";

const folder = new URL("../../supabase/", import.meta.url);

/** What every hosted project has of Realtime, as far as the migrations ask for it. */
const realtime = `
  create schema if not exists realtime;
  create table if not exists realtime.messages (topic text, extension text, payload jsonb);
  alter table realtime.messages enable row level security;
  create or replace function realtime.topic() returns text language sql as 'select null::text';
  create or replace function realtime.send(payload jsonb, event text, topic text, private boolean)
    returns void language sql as 'select';
`;

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
      await database.run(realtime);
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

testOnServer("rollback.sql leaves alone what others keep in schema private", async (serverUrl) => {
  const database = await createHostedDatabase(serverUrl);
  try {
    await database.run(`
      create schema private;
      create table private.their_secrets (content text);
      insert into private.their_secrets values ('theirs');
      create function private.their_rule() returns boolean language sql as 'select true';
      create table public.their_table (id integer);
      alter table public.their_table enable row level security;
      create policy their_policy on public.their_table for select to authenticated
        using (private.their_rule());
    `);
    for (const name of await migrationNames()) {
      await database.run(await read(`migrations/${name}`));
    }
    await database.run(await read("rollback.sql"));
    assert.deepEqual(await privateObjects(database), ["their_rule", "their_secrets"]);
    assert.deepEqual(
      [...await database.run("select content from private.their_secrets")],
      [{ content: "theirs" }],
    );
    const policies = await database.run(
      "select policyname from pg_policies where tablename = 'their_table'",
    );
    assert.deepEqual([...policies], [{ policyname: "their_policy" }]);
  } finally {
    await database.drop();
  }
});

testOnServer(
  "rollback.sql stops at what depends on it, with nothing dropped",
  async (serverUrl) => {
    const database = await createHostedDatabase(serverUrl);
    try {
      for (const name of await migrationNames()) {
        await database.run(await read(`migrations/${name}`));
      }
      await database.run(`
        create table public.their_table (id integer);
        create policy their_policy on public.their_table for select to authenticated
          using (private.is_moderator());
      `);
      const before = await dump(database);
      const rollback = await read("rollback.sql");
      await assert.rejects(
        database.run(rollback),
        (error) => /their_policy.*is_moderator/.test(Reflect.get(Object(error), "detail")),
      );
      assert.equal(await dump(database), before);
    } finally {
      await database.drop();
    }
  },
);

/** The names of tables and functions in schema private. */
async function privateObjects(database: HostedDatabase): Promise<string[]> {
  const rows = await database.run(`
    select relname as name from pg_class where relnamespace = 'private'::regnamespace and relkind = 'r'
    union all
    select proname from pg_proc where pronamespace = 'private'::regnamespace
    order by name
  `);
  return rows.map(({ name }) => String(name));
}

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
