import assert from "node:assert/strict";
import { delay } from "deno-std/async/delay.js";
import { PostgrestClient } from "@supabase/postgrest-js";
import type { LocalStack } from "../../local/stack.ts";
import { CopyToSql } from "../../supabase/functions/_shared/database/dual/copy-to-sql.ts";
import { repairMirrors } from "../../supabase/functions/_shared/database/dual/repair-mirrors.ts";
import { openDatabase } from "../../supabase/functions/_shared/database/open-database.ts";
import { resolveEnvironment } from "../../supabase/functions/_shared/environment.ts";
import { words } from "../conformance/campaign-making.ts";
import { saleOf } from "../conformance/sale-making.ts";
import { assertSameStores } from "./assert-same-stores.ts";
import { capturingLog } from "./capturing-log.ts";
import { createKvStore } from "../../supabase/functions/_shared/database/kv/kv-context.ts";
import { noAccounts, secretClient } from "./dual-targets.ts";
import {
  dualTests,
  figuresOf,
  interceptingClient,
  openDual,
  somebody,
  titlesOf,
} from "./dual-test.ts";

// The other store is a line that can be cut, with everything that is written over it.

const test = dualTests();

/** A way to the Data API that can be cut, before a request gets there. */
function cuttableClient(stack: LocalStack) {
  const line = { isCut: false };
  const client = interceptingClient(stack, (request) => {
    if (line.isCut) throw new TypeError("the line is cut");
    return request;
  });
  return { client, line };
}

function repair(stack: LocalStack) {
  return repairMirrors({ kv: secretClient(stack), tables: secretClient(stack) });
}

function repairKeys(stack: LocalStack): Promise<string[]> {
  return stack.sql(
    "select key from public.kv_store_84730125 where starts_with(key, 'mirror_repair:') order by key",
  ).then((rows) => rows.map(({ key }) => String(key)));
}

test("dual-kv: requests succeed without the tables; what they missed is noted, counted and repaired", async (stack) => {
  const { client, line } = cuttableClient(stack);
  const backend = openDual(stack, "dual-kv", { secret: client });
  const artist = await somebody(stack);
  const database = backend.open(artist);
  const kept = await database.concerts.create({ title: "Остаётся" });
  const gone = await database.concerts.create({ title: "Уходит" });

  line.isCut = true;
  const logged = await capturingLog(async () => {
    await database.concerts.update(kept.id, { title: "Переименован без таблиц" });
    await database.concerts.delete(gone.id);
    await database.artists.updateOwn({ full_name: "Новое имя" });
  });
  assert.deepEqual(await titlesOf(stack, kept.id), {
    kv: "Переименован без таблиц",
    sql: "Остаётся",
  });
  assert.deepEqual(await titlesOf(stack, gone.id), { kv: null, sql: "Уходит" });
  assert.deepEqual(
    await repairKeys(stack),
    [`concert:${kept.id}`, `concert:${gone.id}`, `profile:${artist.id}`]
      .map((key) => `mirror_repair:${key}`).sort(),
  );
  assert.deepEqual(await figuresOf(backend), {
    mirror: { mirrored: 3, failed: 3, backlog: 3 },
    shadow_reads: { compared: 0, different: 0, failed: 0 },
  });
  assert.match(logged, /the other store was not written/);
  assert.doesNotMatch(logged, /Переименован|Новое имя/);

  assert.deepEqual(await repair(stack), { carried: 0, copied: 3, notCopied: [], failures: [] });
  assert.deepEqual(await repairKeys(stack), []);
  assert.deepEqual(await titlesOf(stack, gone.id), { kv: null, sql: null });
  await assertSameStores(stack);
  assert.deepEqual(await repair(stack), { carried: 0, copied: 0, notCopied: [], failures: [] });
});

test("dual-kv: the tables are tried again after a while, not with every request", async (stack) => {
  let asked = 0;
  const client = interceptingClient(stack, () => {
    asked++;
    throw new TypeError("the line is cut");
  });
  const { concerts } = openDual(stack, "dual-kv", { secret: client }).open(await somebody(stack));
  await capturingLog(async () => {
    for (const title of ["Первый", "Второй", "Третий"]) await concerts.create({ title });
  });
  assert.equal(asked, 1);
  await repair(stack);
  await assertSameStores(stack);
});

for (const mode of ["dual-kv", "dual-sql"] as const) {
  test(`${mode}: a store that hangs is not waited for`, async (stack) => {
    const line = { hangs: false };
    const client = new PostgrestClient(`${stack.url}/rest/v1`, {
      headers: { apikey: stack.secretKey, authorization: `Bearer ${stack.secretKey}` },
      retry: false,
      timeout: 300,
      fetch: (input, init) => line.hangs ? untilAborted(init?.signal) : fetch(input, init),
    });
    const backend = openDual(
      stack,
      mode,
      mode === "dual-kv" ? { secret: client } : { kv: client },
    );
    const { concerts } = backend.open(await somebody(stack));
    const { id } = await concerts.create({ title: "Концерт" });
    line.hangs = true;
    // It hangs until it is given up: that this ends shows that it was.
    await capturingLog(async () => {
      await concerts.update(id, { title: "Без ожидания" });
    });
    assert.equal((await figuresOf(backend)).mirror.failed, 1);
    await repair(stack);
    assert.deepEqual(await titlesOf(stack, id), { kv: "Без ожидания", sql: "Без ожидания" });
  });
}

function untilAborted(signal?: AbortSignal | null): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason));
  });
}

test("dual-kv: a record that came back with a lower revision while the tables were away is repaired", async (stack) => {
  const { client, line } = cuttableClient(stack);
  const backend = openDual(stack, "dual-kv", { secret: client });
  const { ticketConnections } = backend.open(await somebody(stack));
  const credentials = (api_key_last4: string) => ({
    api_key_encrypted: "v1:c2VjcmV0",
    api_key_last4,
    webhook_secret_encrypted: null,
  });
  for (const last4 of ["0001", "0002", "0003"]) {
    await ticketConnections.save("kassir", credentials(last4));
  }
  line.isCut = true;
  await capturingLog(async () => {
    await ticketConnections.remove("kassir");
    await ticketConnections.save("kassir", credentials("0004"));
  });
  await repair(stack);
  await assertSameStores(stack);
});

test("dual-kv: what the tables refuse is noted with its reason, and stays noted", async (stack) => {
  const artist = await somebody(stack);
  await openDual(stack, "dual-kv").open(artist).artists.updateOwn({ full_name: "Имя" });
  await stack.sql(
    "alter table public.artists add constraint no_anna check (full_name is distinct from 'Анна')",
  );
  try {
    const backend = openDual(stack, "dual-kv");
    const { full_name } = await backend.open(artist).artists.updateOwn({ full_name: "Анна" });
    assert.equal(full_name, "Анна");
    const [{ reason }] = await stack.sql(
      `select value ->> 'reason' as reason from public.kv_store_84730125
       where key = 'mirror_repair:profile:' || $1::text`,
      [artist.id],
    );
    assert.equal(reason, "constraint:no_anna");
    const { notCopied } = await repair(stack);
    assert.deepEqual(notCopied, [{ key: `profile:${artist.id}`, reason: "constraint:no_anna" }]);
    assert.equal((await figuresOf(backend)).mirror.backlog, 1);
  } finally {
    await stack.sql("alter table public.artists drop constraint no_anna");
  }
  assert.equal((await repair(stack)).copied, 1);
  await assertSameStores(stack);
});

test("dual-kv: a deletion that the tables refuse stops no others", async (stack) => {
  const artist = await somebody(stack);
  const backend = openDual(stack, "dual-kv");
  const { concerts } = backend.open(artist);
  const { id: sold } = await concerts.create({ title: "Продан только в таблицах" });
  const { id: other } = await concerts.create({ title: "Другой" });
  const [sale] = await stack.sql(
    `insert into public.ticket_sales (concert_id, artist_id, quantity, unit_price, total_amount, net_amount)
     values ($1::uuid, $2::uuid, 1, 100, 100, 100) returning id`,
    [sold, artist.id],
  );
  await Promise.all([concerts.delete(sold), concerts.update(other, { title: "Новое название" })]);
  await concerts.update(other, { title: "Ещё новее" });
  assert.deepEqual(await titlesOf(stack, other), { kv: "Ещё новее", sql: "Ещё новее" });
  assert.equal((await figuresOf(backend)).mirror.backlog, 1);
  const { notCopied } = await repair(stack);
  const reason = "constraint:ticket_sales_concert_id_fkey";
  assert.deepEqual(notCopied, [{ key: `concert:${sold}`, reason }]);
  await stack.sql("delete from public.ticket_sales where id = $1::uuid", [sale.id]);
  assert.deepEqual((await repair(stack)).notCopied, []);
  await assertSameStores(stack);
});

test("dual-kv: what can no longer be read stays in the tables as it was last", async (stack) => {
  const { concerts } = openDual(stack, "dual-kv").open(await somebody(stack));
  const { id } = await concerts.create({ title: "Целый" });
  const client = secretClient(stack);
  const copy = new CopyToSql(createKvStore(client, noAccounts), client);
  const spoil = (change: string) =>
    stack.sql(
      `update public.kv_store_84730125 set value = ${change} where key = 'concert:' || $1::text`,
      [id],
    );
  await spoil("value - 'title'");
  assert.deepEqual(await copy.copy([`concert:${id}`]), { notCopied: [], kept: [], changing: [] });
  assert.equal((await titlesOf(stack, id)).sql, "Целый");
  const [{ reason }] = await stack.sql(
    "select reason from public.migration_rejects where key = 'concert:' || $1::text",
    [id],
  );
  assert.equal(reason, "broken_document");
  await spoil('value || \'{"title":"Целый"}\'');
  await copy.copy([`concert:${id}`]);
  await assertSameStores(stack);
});

test("dual-kv: what was noted while the tables were away is repaired once they answer", async (stack) => {
  const { client, line } = cuttableClient(stack);
  const backend = openDual(stack, "dual-kv", { secret: client });
  const { concerts } = backend.open(await somebody(stack));
  const ids: string[] = [];
  for (const title of ["Один", "Два"]) ids.push((await concerts.create({ title })).id);
  line.isCut = true;
  await capturingLog(async () => {
    await concerts.update(ids[0], { title: "Без таблиц" });
  });
  line.isCut = false;
  assert.equal((await figuresOf(backend)).mirror.backlog, 1);
  await delay(5100);
  await concerts.update(ids[1], { title: "С таблицами" });
  const deadline = Date.now() + 10_000;
  while ((await figuresOf(backend)).mirror.backlog !== 0 && Date.now() < deadline) await delay(50);
  assert.equal((await figuresOf(backend)).mirror.backlog, 0);
  assert.deepEqual(await titlesOf(stack, ids[0]), { kv: "Без таблиц", sql: "Без таблиц" });
});

test("dual-kv: what the tables keep in its place is counted and logged, and not noted", async (stack) => {
  const backend = openDual(stack, "dual-kv");
  const { concerts } = backend.open(await somebody(stack));
  const { id } = await concerts.create({ title: "Концерт" });
  await stack.sql(
    "update public.concerts set title = 'По SQL', updated_at = now() + interval '1 hour' where id = $1::uuid",
    [id],
  );
  const logged = await capturingLog(async () => {
    await concerts.update(id, { title: "Новое название" });
  });
  assert.match(logged, /the tables keep what is newer there/);
  const { failed, backlog } = (await figuresOf(backend)).mirror;
  assert.deepEqual([failed, backlog], [1, 0]);
  await concerts.delete(id);
});

test("dual-kv: notes for repair are no records of the key-value mode's", async (stack) => {
  const { client, line } = cuttableClient(stack);
  line.isCut = true;
  const backend = openDual(stack, "dual-kv", { secret: client });
  const database = backend.open(await somebody(stack));
  await capturingLog(() => database.concerts.create({ title: "Один" }).then(() => {}));
  assert.equal((await repairKeys(stack)).length, 2);
  assert.deepEqual(await database.health(), { unreadable: [] });
  const { items } = await database.concerts.listOwn({ status: null, when: "all" }, {
    limit: 10,
    after: null,
  });
  assert.deepEqual(items.map(({ title }) => title), ["Один"]);
  await repair(stack);
});

test("dual-sql: requests succeed without the key-value table; the outbox keeps what it missed", async (stack) => {
  const { client, line } = cuttableClient(stack);
  const backend = openDual(stack, "dual-sql", { kv: client });
  const artist = await somebody(stack);
  const database = backend.open(artist);
  const kept = await database.concerts.create({ title: "Остаётся" });
  const gone = await database.concerts.create({ title: "Уходит" });

  line.isCut = true;
  const logged = await capturingLog(async () => {
    await database.concerts.update(kept.id, { title: "Переименован без ключей" });
    await database.concerts.delete(gone.id);
  });
  assert.deepEqual(await titlesOf(stack, kept.id), {
    sql: "Переименован без ключей",
    kv: "Остаётся",
  });
  const { mirror } = await figuresOf(backend);
  assert.equal(mirror.failed, 1);
  assert.equal(mirror.backlog, 2);
  assert.match(logged, /the other store was not written/);
  assert.doesNotMatch(logged, /Переименован/);

  assert.deepEqual(await repair(stack), { carried: 2, copied: 0, notCopied: [], failures: [] });
  assert.equal((await figuresOf(backend)).mirror.backlog, 0);
  assert.deepEqual(await titlesOf(stack, gone.id), { kv: null, sql: null });
  await assertSameStores(stack);
});

test("dual-sql: what was written past the functions is taken along", async (stack) => {
  const artist = await somebody(stack);
  const { concerts } = openDual(stack, "dual-sql").open(artist);
  const { id } = await concerts.create({ title: "По функции" });
  await stack.sql("update public.concerts set title = 'По SQL' where id = $1::uuid", [id]);
  await concerts.create({ title: "Следующий" });
  assert.deepEqual(await titlesOf(stack, id), { kv: "По SQL", sql: "По SQL" });
});

test("dual-sql: what was made before anything was listed is taken along by its first change", async (stack) => {
  const artist = await somebody(stack);
  const plain = await openDatabase(
    resolveEnvironment({ ...stack.environment, STORAGE_MODE: "sql" }),
  );
  await stack.sql("select public.stop_mirroring()");
  const { concerts, sales, campaigns } = plain.open(artist);
  const { id } = await concerts.create({ title: "Раньше" });
  await sales.create(saleOf(id, { buyer_email: "buyer@example.com" }), null);
  const campaign = await campaigns.create(words);
  await campaigns.send(campaign.id, null);

  const dual = openDual(stack, "dual-sql");
  const service = dual.open({ kind: "service" });
  const { batch } = await service.campaigns.claimBatch(10, 600);
  assert.ok(batch);
  await dual.open(artist).concerts.update(id, { title: "Теперь" });
  assert.equal((await titlesOf(stack, id)).kv, "Теперь");
  assert.deepEqual((await figuresOf(dual)).mirror.failed, 0);
  assert.equal((await figuresOf(dual)).mirror.backlog, 0);
  const [{ count }] = await stack.sql(
    `select count(*)::int as count from public.kv_store_84730125
     where key = 'campaign_delivery:' || $1::text || ':0'`,
    [campaign.id],
  );
  assert.equal(count, 1);
  // What does not change is not listed; npm run migrate -- export-kv would bring it over.
  await stack.results("update public.artists set id = id; update public.ticket_sales set id = id");
  await repair(stack);
  await assertSameStores(stack);
});

test("dual-sql: numbers of changes that begin anew, as in a schema made anew, stop nothing", async (stack) => {
  const { concerts } = openDual(stack, "dual-sql").open(await somebody(stack));
  const { id } = await concerts.create({ title: "Концерт" });
  await stack.sql("alter sequence private.mirror_changes_seq_seq restart");
  await concerts.update(id, { title: "Новое название" });
  assert.deepEqual(await titlesOf(stack, id), { kv: "Новое название", sql: "Новое название" });
  await assertSameStores(stack);
});

test("dual-sql: without the migration's tables nothing is written, and it is said what to do", async (stack) => {
  const client = interceptingClient(
    stack,
    (request) =>
      new Request(request.url.replace("/rpc/start_mirroring", "/rpc/no_such_function"), request),
  );
  const { concerts } = openDual(stack, "dual-sql", { secret: client }).open(await somebody(stack));
  await assert.rejects(
    concerts.create({ title: "Нет" }),
    /does not have the tables of this version: apply supabase\/migrations/,
  );
  const rows = await stack.sql("select from public.concerts where title = 'Нет'");
  assert.equal(rows.length, 0);
});
