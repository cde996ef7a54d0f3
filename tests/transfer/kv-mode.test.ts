import assert from "node:assert/strict";
import type { LocalStack } from "../../local/stack.ts";
import { connectDataApi } from "../../supabase/functions/_shared/data-api-client.ts";
import { createKvStore } from "../../supabase/functions/_shared/database/kv/kv-context.ts";
import type { Row } from "../../supabase/functions/_shared/database/kv/kv-table.ts";
import { KvLookups } from "../../supabase/functions/_shared/database/transfer/kv-lookups.ts";
import { MemoryLookups } from "../../supabase/functions/_shared/database/transfer/memory-lookups.ts";
import { entities } from "../../supabase/functions/_shared/database/transfer/record.ts";
import { transferRow } from "../../supabase/functions/_shared/database/transfer/transfer-row.ts";
import { resolveEnvironment } from "../../supabase/functions/_shared/environment.ts";
import {
  allAccepted,
  allRefused,
  artistWithBuyers,
  claim,
  words,
} from "../conformance/campaign-making.ts";
import { publicConcert } from "../conformance/concert-making.ts";
import type { ConformanceContext, Somebody } from "../conformance/conformance-context.ts";
import { createConformanceContext } from "../conformance/conformance-on.ts";
import { kvTarget } from "../conformance/kv-target.ts";
import { anySale, connect, eventOf, firstPage, sell } from "../conformance/sale-making.ts";
import { startTestStack } from "../support/test-stack.ts";
import { checkRow } from "./row-constraints.ts";
import { oldRecords } from "./old-records.ts";
import { returnAll, transferAll } from "./transfer-all.ts";

// What the functions themselves write in kv mode, with every kind of document among it, is records like any other:
// read through the table as the dual modes read it, and given back as documents that answer the same.

let stack: LocalStack;
let context: ConformanceContext;
Deno.test.beforeAll(async () => {
  stack = await startTestStack({ storageMode: "kv" });
  context = await createConformanceContext(stack, kvTarget);
});
Deno.test.afterAll(async () => {
  await stack.close();
  // PGlite leaves the exit code of a program of its own.
  Deno.exitCode = 0;
});

function kvTest(name: string, body: () => Promise<void>) {
  // The stack's connections outlive the test that happens to open them.
  Deno.test({ name, fn: body, sanitizeOps: false, sanitizeResources: false });
}

kvTest("what kv mode has written is the same after the way into records and back", async () => {
  await emptyStore();
  const people = await useEverything();
  const before = await storedRows();
  const { records, outcomes } = await transferAll(before);
  assert.deepEqual([...new Set(records.map(({ entity }) => entity))], [...entities]);
  for (const record of records) checkRow(record);
  const rejected = [...outcomes].filter(([, { outcome }]) => outcome === "rejected");
  assert.deepEqual(rejected, []);

  const answers = await answersTo(people);
  const returned = await returnAll(records);
  await emptyStore();
  await store(returned);
  const again = await answersTo(people);
  assert.deepEqual(again, answers);
  const second = await transferAll(returned);
  assert.deepEqual(
    second.records.map(({ entity, id, row }) => ({ entity, id, row })),
    records.map(({ entity, id, row }) => ({ entity, id, row })),
  );
  await goOn(people);
});

kvTest("looking things up in the table or in memory makes no difference", async () => {
  await emptyStore();
  await useEverything();
  // What no table can hold has no place there; PostgreSQL has the last word about the numbers.
  const old = oldRecords(5, 250).filter(({ value }) =>
    !/\\u0000|\\ud8|\\udf/.test(JSON.stringify(value))
  );
  await store(old);
  const rows = await storedRows();
  const memory = await MemoryLookups.of(rows);
  const environment = resolveEnvironment({ ...stack.environment, STORAGE_MODE: "kv" });
  const table = new KvLookups(
    createKvStore(connectDataApi(environment, environment.secretKeys), noAccounts),
  );
  let migrated = 0;
  for (const row of rows) {
    const expected = await transferRow(row, memory);
    if (isSpelledTwice(row.key)) continue;
    assert.deepEqual(await transferRow(row, table), expected, row.key);
    if (expected.outcome.outcome === "migrated") migrated++;
  }
  assert.ok(migrated > 100, `only ${migrated} were migrated`);
});

const noAccounts = {
  verifiedEmail: () => Promise.resolve(null),
  hasNoAccount: () => Promise.resolve(true),
};

/** An account under two spellings: kv mode itself goes by the first it finds. */
function isSpelledTwice(key: string): boolean {
  return /e433af3d-9f48/i.test(key);
}

/** People, and whatever kv mode can be made to write for them. */
async function useEverything(): Promise<Somebody[]> {
  const { service, fixtures } = context;
  const { artist, concertId } = await artistWithBuyers(context, 5, { ticket_capacity: 40 });
  const { campaigns, sales, notifications } = artist.database;
  await artist.database.artists.updateOwn({ username: `Vesna_${artist.id.slice(0, 8)}` });
  await connect(artist);
  await sell(artist, concertId, { buyer_email: null });
  const refunded = await sell(artist, concertId);
  await sales.refund(refunded.id, { amount: 100.5, reason: "Заболел" }, null);
  const cancelled = await sell(artist, concertId);
  await sales.cancel(cancelled.id, { key: "once", fingerprint: "cancel" });
  const event = { external_transaction_id: "tx:1:a", event_id: `e:${crypto.randomUUID()}` };
  await service.sales.applyEvent("kassir", eventOf(concertId, event));
  await notifications.createReminders(concertId);
  await notifications.updateSettings({ push_enabled: false, reminder_days_before: [30, 1] });
  await notifications.subscribe({
    endpoint: `https://push.example.com/${crypto.randomUUID()}`,
    keys: { p256dh: "p", auth: "a" },
  });
  await service.campaigns.suppress(artist.id, "gone@example.com", "complaint");

  const sending = await campaigns.create({ ...words, concert_id: concertId });
  await campaigns.send(sending.id, null);
  const sent = await claim(context, 2);
  await service.campaigns.recordBatch(sent.id, allAccepted(sent));
  await service.campaigns.recordEvent({
    reference: sent.deliveries[0].reference,
    provider_message_id: null,
    recipient: null,
    kind: "opened",
    happened_at: "2026-11-22T10:00:00.000Z",
    is_permanent: false,
  });
  const failed = await claim(context, 1);
  await service.campaigns.recordBatch(failed.id, allRefused(failed, true));
  await claim(context, 1);
  const stopped = await campaigns.create({ ...words, recipient_filter: { cities: ["Самара"] } });
  await campaigns.schedule(stopped.id, "2099-01-01T00:00:00.000Z");
  await campaigns.cancel(stopped.id);
  const other = await artistWithBuyers(context, 3);
  const over = await other.artist.database.campaigns.create(words);
  await other.artist.database.campaigns.send(over.id, null);
  await other.artist.database.campaigns.cancel(over.id);

  const promoter = await context.makeArtist();
  const promoted = await publicConcert(context, promoter);
  await fixtures.giveCoins(promoter.id, [{
    amount: 500,
    type: "purchase",
    description: "Пополнение",
    created_at: "2026-11-01T10:00:00.000Z",
  }]);
  await promoter.database.concerts.promote(promoted.id, 7, { key: "k", fingerprint: "f" });
  await promoter.database.concerts.countEvent(promoted.id, "views");

  const email = `${crypto.randomUUID()}@example.com`;
  const ownerId = `demo-${crypto.randomUUID()}`;
  const left = { concertId: `tour_${crypto.randomUUID()}`, concertTitle: "Весна", coins: 70 };
  await fixtures.leaveProfile({ ownerId, email, fullName: "Анна", ...left });
  await fixtures.leaveCampaign({ ownerId, subject: "Из прошлого" });
  const heir = await context.makeAccount({ email, verified: true });
  await heir.database.artists.claim();
  return [artist, other.artist, promoter, heir];
}

/** After the way back the store is one that goes on: what was under way ends, and what is new is told apart. */
async function goOn([artist]: Somebody[]): Promise<void> {
  const { service } = context;
  const [sending] =
    (await artist.database.campaigns.listOwn({ status: "sending" }, firstPage)).items;
  const batch = await claim(context, 100);
  await service.campaigns.recordBatch(batch.id, allAccepted(batch));
  const { items } = await artist.database.campaigns.listDeliveries(
    sending.id,
    { status: "sending" },
    firstPage,
  );
  assert.equal(items.length, 1, "what another worker has claimed stays claimed");
  const { value } = await artist.database.sales.create(
    { concert_id: sending.concert_id ?? "", quantity: 1, unit_price: 10 },
    null,
  );
  assert.equal(value.quantity, 1);
}

/** All that people can ask about what is theirs. */
async function answersTo(people: Somebody[]): Promise<unknown[]> {
  const answers: unknown[] = [];
  for (const { database } of people) {
    const { concerts, artists, coins, notifications, sales, campaigns, ticketConnections } =
      database;
    const mine = await concerts.listOwn({ status: null, when: "all" }, firstPage);
    const mailings = await campaigns.listOwn({ status: null }, firstPage);
    answers.push(
      mine,
      await artists.own(),
      await artists.ownStatistics(),
      await coins.listOwn(firstPage),
      await notifications.list(anyNotification, firstPage),
      await notifications.counts(),
      await notifications.settings(),
      await sales.listOwn(anySale, firstPage),
      await sales.stats(null),
      mailings,
      await ticketConnections.listOwn(),
    );
    for (const { id } of mailings.items) {
      answers.push(await campaigns.listDeliveries(id, { status: null }, firstPage));
    }
  }
  return answers;
}

const anyNotification = { type: null, status: null, unread: null, archived: null };

async function emptyStore(): Promise<void> {
  await stack.sql("delete from public.kv_store_84730125");
}

async function store(rows: readonly Row[]): Promise<void> {
  await stack.sql(
    `insert into public.kv_store_84730125 (key, value)
     select row ->> 'key', row -> 'value' from jsonb_array_elements($1::text::jsonb) as rows (row)
     on conflict (key) do nothing`,
    [JSON.stringify(rows)],
  );
}

async function storedRows(): Promise<Row[]> {
  const rows = await stack.sql(
    `select key, value::text from public.kv_store_84730125 order by key collate "C"`,
  );
  return rows.map(({ key, value }) => ({ key: String(key), value: JSON.parse(String(value)) }));
}
