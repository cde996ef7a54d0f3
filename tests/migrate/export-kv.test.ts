import assert from "node:assert/strict";
import {
  exportKvToFile,
  exportToKvTable,
  importSource,
  openSource,
  rollback,
  verify,
} from "../../migrate/mod.ts";
import type { Concert } from "../../supabase/functions/_shared/domain/concert.ts";
import { campaigns } from "../../supabase/functions/campaigns/campaigns.ts";
import { concerts } from "../../supabase/functions/concerts/concerts.ts";
import { notifications } from "../../supabase/functions/notifications/notifications.ts";
import { tickets } from "../../supabase/functions/tickets/tickets.ts";
import { oldConcert, putRow, rowsUnder } from "../kv/old-rows.ts";
import { type ApiClient, createApiClient } from "../scenarios/api-client.ts";
import { type Person, signIn } from "../support/caller-tokens.ts";
import { appOn } from "../support/test-stack.ts";
import { createMigrationContext, type MigrationContext } from "./migration-context.ts";

// Going back with everything that was written after the switch.

const oldId = "tour_1795346595110_a1b2";
const untouchedId = "tour_1795346595111_a1b2";
const functions = [concerts, notifications, campaigns, tickets];

let context: MigrationContext;
let artist: Person;
Deno.test.beforeAll(async () => {
  context = await createMigrationContext();
  const { stack } = context;
  artist = await signIn(stack);
  await putRow(stack, `concert:${oldId}`, oldConcert(artist.id, oldId));
  await putRow(stack, `concert:${untouchedId}`, oldConcert(artist.id, untouchedId));
  await putRow(stack, "concert:tour_1795346595112_a1b2", { title: "" });
  await putRow(stack, `coins:balance:${artist.id}`, "150");
  await putRow(stack, `notification:${artist.id}:notif_1795346595113_x`, {
    id: "notif_1795346595113_x",
    userId: artist.id,
    type: "reminder",
    title: "Напоминание",
    status: "pending",
    channel: "email",
    createdAt: "2026-01-01T00:00:00.000Z",
    scheduledFor: "2099-01-01T00:00:00.000Z",
  });
});
Deno.test.afterAll(() => context.close());

function returnTest(name: string, body: () => Promise<void>) {
  // The stack's connections outlive the test that happens to open them.
  Deno.test({ name, fn: body, sanitizeOps: false, sanitizeResources: false });
}

function api(mode: "kv" | "sql"): ApiClient {
  const { stack } = context;
  return createApiClient(
    functions.map((definition) => ({ definition, app: appOn(stack, definition, mode) })),
    stack,
  );
}

async function answers(mode: "kv" | "sql"): Promise<unknown[]> {
  const paths = [
    "/concerts/mine",
    "/concerts/analytics",
    "/concerts/artists/me",
    "/concerts/artists/me/coins",
    "/tickets/sales",
    "/tickets/stats",
    "/notifications",
    "/notifications/settings",
    "/campaigns",
  ];
  const functionsOfMode = api(mode);
  return await Promise.all(
    paths.map((path) => functionsOfMode.data("GET", path, { as: artist })),
  );
}

/** Everything an artist does, in sql mode. */
async function work(): Promise<void> {
  const sql = api("sql");
  const send = <Data>(method: string, path: string, body?: unknown) =>
    sql.data<Data>(method, path, { as: artist, body });
  await send("PATCH", "/concerts/artists/me", { username: "vesna", bio: "О нас" });
  await send("PATCH", `/concerts/${oldId}`, { description: "Переписано в таблицах" });
  await send("POST", `/concerts/${oldId}/promote`, { days: 7 });
  const { id } = await send<Concert>("POST", "/concerts", { title: "Новый концерт" });
  const sale = await send<{ id: string }>("POST", "/tickets/sales", {
    concert_id: oldId,
    quantity: 2,
    unit_price: 1000.5,
    buyer_email: "fan@example.com",
  });
  await send("POST", `/tickets/sales/${sale.id}/refund`, { amount: 100.1, reason: "Опоздал" });
  await send("PATCH", "/notifications/settings", { reminder_days_before: [14] });
  await send("POST", "/notifications", {
    concert_id: id,
    title: "Позвонить",
    message: "в зал",
    scheduled_for: "2099-05-05T10:00:00.000Z",
    channel: "email",
  });
  const list = await send<{ id: string; legacy_id: string | null }[]>("GET", "/notifications");
  const old = list.find(({ legacy_id }) => legacy_id !== null);
  await send("DELETE", `/notifications/${old?.id}`);
  await send("POST", "/campaigns", { subject: "Анонс", content: "Приходите", concert_id: oldId });
}

returnTest("kv mode goes on with what sql mode has written", async () => {
  const { stack, target, folder, connection } = context;
  const options = { folder, batchSize: 100 };
  const before = await rowsUnder(stack, "");
  await importSource(await openSource(connection), target, options);
  assert.deepEqual(await exportToKvTable(target, connection, options), {
    written: 0,
    same: 5,
    kept: 0,
    keptKeys: [],
    removed: 0,
  });
  assert.deepEqual(
    await rowsUnder(stack, ""),
    before,
    "of what nothing has changed, nothing is written",
  );

  await work();
  const result = await exportToKvTable(target, connection, options);
  assert.equal(result.removed, 1, "the notification that was deleted");
  assert.deepEqual(await answers("kv"), await answers("sql"));
  const after = await rowsUnder(stack, "");
  for (const key of [`concert:${untouchedId}`, "concert:tour_1795346595112_a1b2"]) {
    assert.deepEqual(after.get(key), before.get(key), "old shapes stay, readable or not");
  }
  assert.ok(after.has(`concert:${oldId}`), "under the key it had");
  assert.ok((await verify(await openSource(connection), target, options)).identical);
  assert.equal((await exportToKvTable(target, connection, options)).written, 0);
});

returnTest("what was written to the key-value table since is not overwritten", async () => {
  const { stack, target, folder, connection } = context;
  const options = { folder, batchSize: 100 };
  await api("kv").data("PATCH", `/concerts/${oldId}`, {
    as: artist,
    body: { description: "Переписано в таблице ключей" },
  });
  const before = await rowsUnder(stack, "");
  const result = await exportToKvTable(target, connection, options);
  assert.deepEqual([result.written, result.kept], [0, 1]);
  assert.deepEqual(await rowsUnder(stack, ""), before);
  // And the other way the newer one wins too.
  await importSource(await openSource(connection), target, options);
  assert.deepEqual(await answers("sql"), await answers("kv"));
});

returnTest("a file of it fills an empty project with the same", async () => {
  const { stack, target, folder, path } = context;
  const options = { folder, batchSize: 100 };
  const answered = await answers("sql");
  const out = path("back.ndjson");
  const manifest = await exportKvToFile(target, { ...options, out, name: stack.url });
  assert.equal(manifest.prefixes["ticket_refund:"], 1);
  await rollback(target, { force: true, batchSize: 100 });
  await stack.sql("truncate artists cascade");
  await importSource(await openSource(out), target, options);
  assert.deepEqual(await answers("sql"), answered);
  const source = await openSource(out);
  assert.ok((await verify(source, target, options)).identical);

  await stack.sql("truncate kv_store_84730125");
  const written = await exportToKvTable(target, context.connection, options);
  assert.equal(written.same + written.kept, 0);
  assert.deepEqual(await answers("kv"), answered);
});
