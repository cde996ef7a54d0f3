import assert from "node:assert/strict";
import { toFileUrl } from "deno-std/path/to_file_url.js";
import { applyMigrations } from "../../local/apply-migrations.ts";
import { type Database, pgliteDatabase } from "../../local/database.ts";
import { openPglite } from "../../local/open-pglite.ts";

async function withDatabase(
  test: (database: Database, folder: URL) => Promise<void>,
): Promise<void> {
  const connection = await openPglite();
  const folder = await Deno.makeTempDir();
  try {
    await test(pgliteDatabase(connection), toFileUrl(`${folder}/`));
  } finally {
    await connection.close();
    await Deno.remove(folder, { recursive: true });
  }
}

const write = (folder: URL, name: string, text: string) =>
  Deno.writeTextFile(new URL(name, folder), text);

Deno.test("migrations run in the order of their names, each whole or not at all", () =>
  withDatabase(async (database, folder) => {
    await write(folder, "002_second.sql", "insert into public.steps values ('second');");
    await write(
      folder,
      "001_first.sql",
      "set search_path = '';\ncreate table public.steps (name text);\nset role pg_monitor;",
    );
    await write(folder, "notes.txt", "no migration");
    assert.equal(await applyMigrations(database, folder), 2);
    await write(
      folder,
      "003_broken.sql",
      "insert into public.steps values ('third');\n\nselect nothing_like_it;\n",
    );
    await write(folder, "004_never.sql", "insert into public.steps values ('fourth');");
    await write(folder, "001_first.sql", "");
    await assert.rejects(
      applyMigrations(database, folder),
      /^StartError: 003_broken\.sql, line 3: column "nothing_like_it" does not exist\.$/,
    );
    // `steps` without a schema: the first file's search_path and role ended with it.
    const rows = await database.query("select name, current_user::text as who from steps");
    assert.deepEqual(rows, [{ name: "second", who: "postgres" }, {
      name: "second",
      who: "postgres",
    }]);
  }));

Deno.test("no migrations are no error", () =>
  withDatabase(async (database, folder) => {
    assert.equal(await applyMigrations(database, new URL("nowhere/", folder)), 0);
  }));
