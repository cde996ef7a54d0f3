import assert from "node:assert/strict";
import { PostgrestClient } from "@supabase/postgrest-js";
import type { LocalStack } from "../../local/stack.ts";
import { exportToKvTable } from "../../migrate/mod.ts";
import type { UserCaller } from "../../supabase/functions/_shared/auth/caller.ts";
import { ChangeWriter } from "../../supabase/functions/_shared/database/dual/change-writer.ts";
import { repairMirrors } from "../../supabase/functions/_shared/database/dual/repair-mirrors.ts";
import type { Row } from "../../supabase/functions/_shared/database/kv/kv-table.ts";
import { openDatabase } from "../../supabase/functions/_shared/database/open-database.ts";
import { MigrationTarget } from "../../supabase/functions/_shared/database/transfer/migration-target.ts";
import { resolveEnvironment } from "../../supabase/functions/_shared/environment.ts";
import { assertSameStores } from "./assert-same-stores.ts";
import { capturingLog } from "./capturing-log.ts";
import { secretClient } from "./dual-targets.ts";
import {
  dualTests,
  figuresOf,
  Gate,
  interceptingClient,
  openDual,
  somebody,
  titlesOf,
} from "./dual-test.ts";
import { replaced } from "./taking-guards-off.ts";

// While a mode is being changed instances of both are at work. One is held back between its own write and bringing it
// to the other store, while one of the other mode does the whole of its own: the later of the two must win, in both.

const test = dualTests();

function isImport({ url }: Request): boolean {
  return url.includes("/rpc/import_records");
}

function isKvWrite({ url, method }: Request): boolean {
  return method !== "GET" && url.includes("/kv_store_84730125");
}

function holding(
  stack: LocalStack,
  gate: Gate,
  isHeld: (request: Request) => boolean,
): PostgrestClient {
  return interceptingClient(stack, async (request) => {
    if (isHeld(request)) await gate.pass();
    return request;
  });
}

/** An instance of each mode, of which one is held back; and a concert that both stores have. */
async function instances(stack: LocalStack, held: "dual-kv" | "dual-sql") {
  const artist = await somebody(stack);
  const gate = new Gate();
  const late = held === "dual-kv"
    ? openDual(stack, "dual-kv", { secret: holding(stack, gate, isImport) })
    : openDual(stack, "dual-sql", { kv: holding(stack, gate, isKvWrite) });
  const other = openDual(stack, held === "dual-kv" ? "dual-sql" : "dual-kv").open(artist);
  const { id } = await openDual(stack, "dual-kv").open(artist).concerts.create({
    title: "Сначала",
  });
  return { late: late.open(artist), other, gate, id };
}

function repair(stack: LocalStack) {
  return repairMirrors({ kv: secretClient(stack), tables: secretClient(stack) });
}

/** What is in the stores when the first change came to the other store after the second. */
async function twoChanges(stack: LocalStack, held: "dual-kv" | "dual-sql") {
  const { late, other, gate, id } = await instances(stack, held);
  const first = late.concerts.update(id, { title: "Раньше" });
  await gate.reached;
  await other.concerts.update(id, { title: "Позже" });
  gate.open();
  await first;
  return await titlesOf(stack, id);
}

async function changeThenDeletion(stack: LocalStack, held: "dual-kv" | "dual-sql") {
  const { late, other, gate, id } = await instances(stack, held);
  const first = late.concerts.update(id, { title: "Раньше" });
  await gate.reached;
  await other.concerts.delete(id);
  gate.open();
  await first;
  return await titlesOf(stack, id);
}

async function deletionThenChange(stack: LocalStack) {
  const { late, other, gate, id } = await instances(stack, "dual-sql");
  const first = late.concerts.delete(id);
  await gate.reached;
  await other.concerts.update(id, { title: "Позже" });
  gate.open();
  await first;
  return await titlesOf(stack, id);
}

for (const held of ["dual-kv", "dual-sql"] as const) {
  test(`${held} late: of two changes the later one is in both stores`, async (stack) => {
    assert.deepEqual(await twoChanges(stack, held), { kv: "Позже", sql: "Позже" });
    assert.equal((await figuresOf(openDual(stack, "dual-sql"))).mirror.backlog, 0);
    await repair(stack);
    await assertSameStores(stack);
  });

  test(`${held} late: a concert that is deleted meanwhile stays deleted`, async (stack) => {
    assert.deepEqual(await changeThenDeletion(stack, held), { kv: null, sql: null });
    await assertSameStores(stack);
  });
}

test("dual-sql late: a concert that is changed after its deletion stays", async (stack) => {
  assert.deepEqual(await deletionThenChange(stack), { kv: "Позже", sql: "Позже" });
  await assertSameStores(stack);
});

test("control: without knowing what is the key-value store's own, its change is undone there", async (stack) => {
  const all = (_: string, rows: readonly Row[]) => rows.map(() => Infinity);
  await replaced(ChangeWriter.prototype, "knownRevisions", all, async () => {
    assert.deepEqual(await twoChanges(stack, "dual-sql"), { kv: "Раньше", sql: "Позже" });
  });
});

test("a change that was imported while it was taken to the other store is carried once more", async (stack) => {
  const target = new MigrationTarget(secretClient(stack));
  const { concerts } = openDual(stack, "dual-sql").open(await somebody(stack));
  const { id } = await concerts.create({ title: "Концерт" });
  await stack.sql("update public.concerts set title = 'По SQL' where id = $1::uuid", [id]);
  const [change] = await target.takeChanges();
  assert.equal(change.id, id);
  // As an import writes: nothing is noted.
  await stack.results(`
    begin;
    select set_config('promo_music.importing', 'on', true);
    update public.concerts set title = 'Из ключей' where id = '${id}';
    commit;
  `);
  await target.acknowledgeChanges([{ ...change, key: `concert:${id}`, version: 2 }]);
  assert.deepEqual((await target.takeChanges()).map(({ id }) => id), [id]);
  await repair(stack);
  assert.deepEqual(await titlesOf(stack, id), { kv: "Из ключей", sql: "Из ключей" });
});

/** A concert of `sql` mode, listed and carried by nobody, that was exported to the key-value table. */
async function exported(stack: LocalStack, artist: UserCaller): Promise<string> {
  await openDual(stack, "dual-sql").open(artist).concerts.create({ title: "Первый концерт" });
  const sql = await openDatabase(
    resolveEnvironment({ ...stack.environment, STORAGE_MODE: "sql" }),
  );
  const { id } = await sql.open(artist).concerts.create({ title: "В режиме sql" });
  const folder = await Deno.makeTempDir({ prefix: "export-" });
  await exportToKvTable(
    new MigrationTarget(secretClient(stack)),
    { url: stack.url, secretKey: stack.secretKey },
    { folder, batchSize: 500 },
  );
  await Deno.remove(folder, { recursive: true });
  return id;
}

test("a repair while dual-kv is writing undoes nothing of it", async (stack) => {
  const artist = await somebody(stack);
  const id = await exported(stack, artist);
  const gate = new Gate();
  const late = openDual(stack, "dual-kv", { secret: holding(stack, gate, isImport) }).open(artist);
  const writing = late.concerts.update(id, { title: "Новое" });
  await gate.reached;
  await repair(stack);
  gate.open();
  assert.equal((await writing).title, "Новое");
  assert.deepEqual(await titlesOf(stack, id), { kv: "Новое", sql: "Новое" });
});

test("a repair of what dual-kv could not bring to the tables undoes nothing of it", async (stack) => {
  const artist = await somebody(stack);
  const id = await exported(stack, artist);
  const away = interceptingClient(stack, () => {
    throw new TypeError("the line is cut");
  });
  const { concerts } = openDual(stack, "dual-kv", { secret: away }).open(artist);
  await capturingLog(async () => {
    await concerts.update(id, { title: "Новое" });
  });
  await repair(stack);
  assert.deepEqual(await titlesOf(stack, id), { kv: "Новое", sql: "Новое" });
});

test("dual-sql: what is deleted after the answer to its making was lost leaves nothing", async (stack) => {
  const answers = { areLost: false };
  const kv = new PostgrestClient(`${stack.url}/rest/v1`, {
    headers: { apikey: stack.secretKey, authorization: `Bearer ${stack.secretKey}` },
    retry: false,
    fetch: async (input, init) => {
      const request = new Request(input, init);
      const isInsert = request.method === "POST";
      const response = await fetch(request);
      if (!answers.areLost || !isInsert) return response;
      await response.body?.cancel();
      throw new TypeError("the answer is lost");
    },
  });
  const artist = await somebody(stack);
  const { concerts } = openDual(stack, "dual-sql", { kv }).open(artist);
  // An instance leaves a store alone for a while that did not answer it.
  const { notifications } = openDual(stack, "dual-sql", { kv }).open(artist);
  await concerts.create({ title: "Первый" });
  answers.areLost = true;
  const made: string[] = [];
  await capturingLog(async () => {
    made.push((await concerts.create({ title: "Удалят сразу" })).id);
    const reminder = await notifications.create({
      title: "Удалят сразу",
      message: "Сообщение",
      scheduled_for: new Date(Date.now() + 86_400_000).toISOString(),
      channel: "push",
    });
    made.push(reminder.id);
  });
  answers.areLost = false;
  const keys = `select key from public.kv_store_84730125 where key ~ '^(concert|notification):'
     and split_part(key, ':', -1) = any ($1::text[])`;
  assert.equal((await stack.sql(keys, [made])).length, 2);
  await concerts.delete(made[0]);
  await notifications.delete(made[1]);
  await repair(stack);
  assert.deepEqual(await stack.sql(keys, [made]), []);
});
