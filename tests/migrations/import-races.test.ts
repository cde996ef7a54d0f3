import assert from "node:assert/strict";
import postgres from "postgres";
import type { TransferRecord } from "../../supabase/functions/_shared/database/transfer/record.ts";
import { createHostedDatabase } from "../support/hosted-database.ts";
import { testOnServer } from "../support/test-server.ts";
import { artistRecord } from "./artist-record.ts";

const folder = new URL("../../supabase/migrations/", import.meta.url);
const id = "a0000000-0000-4000-8000-00000000000a";

/** A connection, in a transaction or not. */
type Statements = Pick<postgres.Sql, "unsafe">;

/** One write of an artist's counter: no time tells which is the later one, the version does. */
function write(version: number): TransferRecord {
  return artistRecord({ total_plays: version }, { id, version });
}

testOnServer(
  "of two imports of one row at the same moment the higher version stays, whichever comes first",
  (serverUrl) =>
    withWriters(serverUrl, async (first, second) => {
      for (const [stored, earlier, later] of [[1, 3, 2], [4, 5, 6]]) {
        await run(first, write(stored));
        const outcomes = await overlap(first, write(earlier), second, write(later));
        assert.deepEqual(outcomes.slice(0, 1), ["changed"]);
        assert.equal(await playsOf(first), Math.max(earlier, later), String(outcomes));
      }
    }),
);

testOnServer(
  "nor does a row that both of them create end with the lower version",
  (serverUrl) =>
    withWriters(serverUrl, async (first, second) => {
      assert.deepEqual(await overlap(first, write(2), second, write(1)), ["created", "kept"]);
      assert.equal(await playsOf(first), 2);
      await first`delete from public.artists`;
      await first`delete from public.migration_records`;
      assert.deepEqual(await overlap(first, write(1), second, write(2)), ["created", "changed"]);
      assert.equal(await playsOf(first), 2);
    }),
);

testOnServer(
  "without the lock the lower version wins: the race is there",
  (serverUrl) =>
    withWriters(serverUrl, async (first, second) => {
      await first.unsafe(`
      create or replace function private.lock_statement(entity text) returns text language sql
      as $$ select 'select $1::jsonb' $$`);
      await run(first, write(1));
      await overlap(first, write(3), second, write(2));
      assert.equal(await playsOf(first), 2);
    }),
);

/** Runs the body with two connections to a database of its own that has the migrations. */
async function withWriters(
  serverUrl: string,
  body: (first: postgres.Sql, second: postgres.Sql) => Promise<void>,
): Promise<void> {
  const database = await createHostedDatabase(serverUrl);
  const writers = [1, 2].map(() => postgres(database.adminUrl, { max: 1, onnotice: () => {} }));
  try {
    const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
    for (const name of names.sort()) {
      await database.run(await Deno.readTextFile(new URL(name, folder)));
    }
    await body(writers[0], writers[1]);
  } finally {
    for (const writer of writers) await writer.end();
    await database.drop();
  }
}

/** The second import begins while the first one's transaction is open, and waits for it; what became of the record in both. */
async function overlap(
  first: postgres.Sql,
  earlier: TransferRecord,
  second: postgres.Sql,
  later: TransferRecord,
): Promise<string[]> {
  const [{ pid }] = await second`select pg_backend_pid() as pid`;
  let waiting: Promise<string> | undefined;
  const outcome = await first.begin(async (transaction) => {
    const answer = await run(transaction, earlier);
    waiting = run(second, later);
    while (!await isBlocked(transaction, pid)) await new Promise((wake) => setTimeout(wake, 5));
    return answer;
  });
  return [outcome, await waiting!];
}

async function isBlocked(sql: Statements, pid: number): Promise<boolean> {
  const [{ blocked }] = await sql.unsafe(
    "select cardinality(pg_blocking_pids($1)) > 0 as blocked",
    [pid],
  );
  return blocked;
}

async function run(sql: Statements, { id, key, version, row }: TransferRecord): Promise<string> {
  const records = JSON.stringify([{ id, key, version, row }]);
  const [{ answer }] = await sql.unsafe(
    "select public.import_records('artists', $1::text::jsonb, null, null, '[]', false) as answer",
    [records],
  );
  return ["created", "changed", "unchanged"].find((name) => answer[name] === 1) ?? "kept";
}

async function playsOf(sql: postgres.Sql): Promise<number> {
  const [{ total_plays }] = await sql`select total_plays from public.artists where id = ${id}`;
  return total_plays;
}
