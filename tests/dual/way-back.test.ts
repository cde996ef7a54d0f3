import assert from "node:assert/strict";
import type { PostgrestClient } from "@supabase/postgrest-js";
import type { LocalStack } from "../../local/stack.ts";
import { exportToKvTable } from "../../migrate/export-kv/export-kv.ts";
import { repairMirrors } from "../../supabase/functions/_shared/database/dual/repair-mirrors.ts";
import { openDatabase } from "../../supabase/functions/_shared/database/open-database.ts";
import { MigrationTarget } from "../../supabase/functions/_shared/database/transfer/migration-target.ts";
import { resolveEnvironment } from "../../supabase/functions/_shared/environment.ts";
import { dateInDays } from "../conformance/concert-making.ts";
import { rowsUnder } from "../kv/old-rows.ts";
import { words } from "../conformance/campaign-making.ts";
import { saleOf } from "../conformance/sale-making.ts";
import { assertSameStores } from "./assert-same-stores.ts";
import { secretClient } from "./dual-targets.ts";
import { dualTests, interceptingClient, openDual, somebody, titlesOf } from "./dual-test.ts";

// From sql mode back, while people work: dual-sql, export-kv, verify --repair, dual-kv.

const test = dualTests();

function openSql(stack: LocalStack) {
  return openDatabase(resolveEnvironment({ ...stack.environment, STORAGE_MODE: "sql" }));
}

function repair(stack: LocalStack) {
  return repairMirrors({ kv: secretClient(stack), tables: secretClient(stack) });
}

/** @param client the way to the tables */
async function exportKv(stack: LocalStack, client: PostgrestClient = secretClient(stack)) {
  const folder = await Deno.makeTempDir({ prefix: "export-kv-" });
  const connection = { url: stack.url, secretKey: stack.secretKey };
  try {
    return await exportToKvTable(new MigrationTarget(client), connection, {
      folder,
      batchSize: 100,
      force: true,
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A way to the tables on which `work` is done once, when all of their records were read and nothing is written yet. */
function afterReading(stack: LocalStack, work: () => Promise<unknown>): PostgrestClient {
  let isDone = false;
  return interceptingClient(stack, async (request) => {
    const isLast = request.url.includes("/rpc/export_records") &&
      (await request.clone().text()).includes('"mail_suppressions"');
    if (isLast && !isDone) {
      isDone = true;
      await work();
    }
    return request;
  });
}

async function stopListing(stack: LocalStack): Promise<void> {
  await stack.sql("select public.stop_mirroring()");
}

test("way back: what is deleted in dual-sql after export-kv is deleted in both stores", async (stack) => {
  await stopListing(stack);
  const artist = await somebody(stack);
  const { concerts, notifications, campaigns } = (await openSql(stack)).open(artist);
  const { id } = await concerts.create({ title: "Создан в sql" });
  const { id: kept } = await concerts.create({ title: "Остаётся" });
  const reminder = await notifications.create({
    concert_id: kept,
    title: "Позвонить",
    message: "в зал",
    scheduled_for: `${dateInDays(30)}T10:00:00.000Z`,
    channel: "email",
  });
  const campaign = await campaigns.create(words);
  await exportKv(stack);
  await assertSameStores(stack);

  const dual = openDual(stack, "dual-sql").open(artist);
  await dual.concerts.delete(id);
  await dual.notifications.delete(reminder.id);
  await dual.campaigns.delete(campaign.id);
  assert.deepEqual(await titlesOf(stack, id), { sql: null, kv: null });
  await assertSameStores(stack);
  const { items } = await openDual(stack, "dual-kv").open(artist).concerts
    .listOwn({ status: null, when: "all" }, { limit: 10, after: null });
  assert.deepEqual(items.map((concert) => concert.id), [kept]);
});

test("way back: what is found the same already is known from then on, too", async (stack) => {
  await stopListing(stack);
  const artist = await somebody(stack);
  const { id } = await (await openSql(stack)).open(artist).concerts.create({ title: "Концерт" });
  await exportKv(stack);
  // As it was left by somebody who died between the writing and the telling.
  await stack.sql("delete from migration_records where id = $1::text", [id]);
  await exportKv(stack);
  await openDual(stack, "dual-sql").open(artist).concerts.delete(id);
  assert.deepEqual(await titlesOf(stack, id), { sql: null, kv: null });
});

test("way back: what is written in sql mode after export-kv is brought over by verify --repair", async (stack) => {
  await stopListing(stack);
  const artist = await somebody(stack);
  const { concerts } = (await openSql(stack)).open(artist);
  const { id } = await concerts.create({ title: "До экспорта" });
  await exportKv(stack);
  await concerts.update(id, { title: "После экспорта" });
  await repair(stack);
  assert.deepEqual(await titlesOf(stack, id), { sql: "После экспорта", kv: "После экспорта" });
  await openDual(stack, "dual-kv").open(artist).concerts.update(id, { city: "Казань" });
  assert.deepEqual(await titlesOf(stack, id), { sql: "После экспорта", kv: "После экспорта" });
  await assertSameStores(stack);
});

test("way back: what the tables had listed is done when export-kv has brought it over", async (stack) => {
  const target = new MigrationTarget(secretClient(stack));
  await target.startMirroring();
  const artist = await somebody(stack);
  const { concerts } = (await openSql(stack)).open(artist);
  const { id } = await concerts.create({ title: "Создан в sql" });
  const { id: gone } = await concerts.create({ title: "Удалён в sql" });
  await exportKv(stack);
  await concerts.delete(gone);
  await exportKv(stack);
  assert.equal((await target.status()).mirror.backlog, 0);
  assert.deepEqual(await titlesOf(stack, gone), { sql: null, kv: null });

  await openDual(stack, "dual-kv").open(artist).concerts.update(id, { title: "Новее" });
  await repair(stack);
  assert.deepEqual(await titlesOf(stack, id), { sql: "Новее", kv: "Новее" });
});

test("way back: what dual-sql changes while export-kv works is not overwritten", async (stack) => {
  await stopListing(stack);
  const artist = await somebody(stack);
  const { concerts } = (await openSql(stack)).open(artist);
  const { id } = await concerts.create({ title: "Новый до экспорта" });
  const { id: known } = await concerts.create({ title: "Известный" });
  await exportKv(stack);
  await concerts.update(known, { title: "Изменён до экспорта" });
  await stack.sql("delete from kv_store_84730125 where key = 'concert:' || $1::text", [id]);
  await stopListing(stack);

  const dual = openDual(stack, "dual-sql").open(artist);
  const title = "Во время экспорта";
  const { kept } = await exportKv(
    stack,
    afterReading(stack, async () => {
      await dual.concerts.update(id, { title });
      await dual.concerts.update(known, { title });
    }),
  );
  assert.equal(kept, 0, "what was being written is looked at again");
  assert.deepEqual(await titlesOf(stack, id), { sql: title, kv: title });
  assert.deepEqual(await titlesOf(stack, known), { sql: title, kv: title });
  await repair(stack);
  await assertSameStores(stack);
});

test("way back: what is deleted while export-kv works does not come back", async (stack) => {
  await stopListing(stack);
  const artist = await somebody(stack);
  const { id } = await (await openSql(stack)).open(artist).concerts.create({ title: "Новый" });
  const dual = openDual(stack, "dual-sql").open(artist);
  await exportKv(stack, afterReading(stack, () => dual.concerts.delete(id)));
  assert.deepEqual(await titlesOf(stack, id), { sql: null, kv: null });
});

test("way back: the messages of a campaign are known by the sheets they are on", async (stack) => {
  await stopListing(stack);
  const artist = await somebody(stack);
  const database = await openSql(stack);
  const { concerts, sales, campaigns } = database.open(artist);
  const { id } = await concerts.create({ title: "Раньше" });
  await sales.create(saleOf(id, { buyer_email: "buyer@example.com" }), null);
  const campaign = await campaigns.create(words);
  await campaigns.send(campaign.id, null);
  await exportKv(stack);
  assert.ok((await database.open({ kind: "service" }).campaigns.claimBatch(10, 600)).batch);
  await exportKv(stack);

  const sheets = await rowsUnder(stack, `campaign_delivery:${campaign.id}:`);
  const known = await stack.sql(
    `select known.key, known.version from migration_records as known
     join campaign_deliveries as delivery on delivery.id::text = known.id
     where known.entity = 'campaign_deliveries' and delivery.campaign_id = $1::uuid`,
    [campaign.id],
  );
  assert.deepEqual(
    known.map(({ key, version }) => [key, Number(version)]),
    [...sheets].map(([key, { rev }]) => [key, rev]),
  );
  assert.ok(Number(known[0].version) > 1, "it was written twice");
  await assertSameStores(stack);
});
