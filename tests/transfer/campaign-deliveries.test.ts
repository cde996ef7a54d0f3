import assert from "node:assert/strict";
import type {
  SheetDocument,
  StoredDelivery,
} from "../../supabase/functions/_shared/database/kv/campaign-documents.ts";
import type { Row } from "../../supabase/functions/_shared/database/kv/kv-table.ts";
import { idOfKey } from "../../supabase/functions/_shared/database/legacy/ids.ts";
import { returnAll, transferAll } from "./transfer-all.ts";

const account = "e433af3d-9f48-415c-a161-99d001099610";
const campaignId = "0b6c7c5e-2f0f-4d8d-9d2e-7b1d6a9f0001";
const campaignKey = `campaign:${account}:${campaignId}`;
const started = "2026-11-22T10:00:00.000Z";
const leased = "2026-11-22T10:05:00.000Z";

function campaign(status: string, recipient_count: number, sheets: number): Row {
  const value = {
    id: campaignId,
    legacy_id: null,
    artist_id: account,
    owner: account,
    concert_id: null,
    subject: "Анонс",
    content: "Приходите!",
    html_content: null,
    recipient_filter: {},
    recipient_count,
    status,
    scheduled_for: null,
    send_before: null,
    sent_at: null,
    delivery_started_at: started,
    delivery_completed_at: null,
    emails_sent: 1,
    emails_delivered: 0,
    emails_opened: 0,
    emails_clicked: 0,
    emails_bounced: 0,
    emails_complained: 0,
    error_message: null,
    sheets,
    processed: 1,
    provider_errors: 0,
    retry_at: null,
    last_claimed_at: started,
    created_at: started,
    updated_at: started,
    rev: 3,
    legacy: null,
  };
  return { key: campaignKey, value };
}

function delivery(position: number, changes: Partial<StoredDelivery> = {}): StoredDelivery {
  return {
    id: `0b6c7c5e-2f0f-4d8d-9d2e-${String(position).padStart(12, "0")}`,
    position,
    address: `buyer${position}@example.com`,
    name: null,
    status: "queued",
    attempts: 0,
    provider_message_id: null,
    batch: null,
    retry_at: null,
    error_message: null,
    sent_at: null,
    delivered_at: null,
    opened_at: null,
    clicked_at: null,
    bounced_at: null,
    complained_at: null,
    ...changes,
  };
}

function sheet(number: number, deliveries: StoredDelivery[]): Row {
  const value: SheetDocument = {
    campaign_id: campaignId,
    campaign_key: campaignKey,
    batches: 2,
    leases: { 1: started, 2: leased },
    deliveries,
    rev: 5,
    legacy: null,
  };
  return { key: `campaign_delivery:${campaignId}:${number}`, value };
}

const first = [
  delivery(1, { status: "sent", batch: 1, attempts: 1, sent_at: started }),
  delivery(2, { status: "sending", batch: 2, attempts: 2 }),
  // Tried once, to be tried again with another batch.
  delivery(3, { batch: 1, attempts: 1 }),
];

Deno.test("a sheet is a record for each delivery, with batches and leases of their own", async () => {
  const rows = [campaign("sending", 3, 1), sheet(0, first)];
  const { records } = await transferAll(rows);
  const deliveries = records.filter(({ entity }) => entity === "campaign_deliveries")
    .map(({ row, version }) => [row.position, row.status, row.batch_id, row.leased_until, version]);
  const key = `campaign_delivery:${campaignId}:0`;
  assert.deepEqual(deliveries, [
    [1, "sent", await idOfKey(`${key}:1`), null, 5],
    [2, "sending", await idOfKey(`${key}:2`), leased, 5],
    [3, "queued", null, null, 5],
  ]);
  assert.ok(records.every(({ row }) => row.created_at === started || row.id === account));
});

Deno.test("of a cancelled campaign who was still to be mailed is skipped", async () => {
  const { records } = await transferAll([campaign("cancelled", 3, 1), sheet(0, first)]);
  const statuses = records.filter(({ entity }) => entity === "campaign_deliveries")
    .map(({ row }) => [row.status, row.error_message]);
  assert.deepEqual(statuses, [["sent", null], ["sending", null], ["skipped", "Рассылка отменена"]]);
});

Deno.test("deliveries go back onto sheets of a hundred, with batches no provider has heard of", async () => {
  const many = Array.from({ length: 201 }, (_, index) => delivery(index + 1));
  many[150] = delivery(151, { status: "sending", batch: 2, attempts: 1 });
  const rows = [
    campaign("sending", many.length, 3),
    sheet(0, many.slice(0, 100)),
    sheet(1, many.slice(100, 200)),
    sheet(2, many.slice(200)),
  ];
  const { records } = await transferAll(rows);
  const returned = await returnAll(records);
  const sheets = returned.filter(({ key }) => key.startsWith("campaign_delivery:"));
  assert.deepEqual(
    sheets.map(({ key, value }) => [key.at(-1), (value as SheetDocument).deliveries.length]),
    [["0", 100], ["1", 100], ["2", 1]],
  );
  const document = returned.find(({ key }) => key === campaignKey)?.value as { sheets: number };
  assert.equal(document.sheets, 3);
  const second = sheets[1].value as SheetDocument;
  const [batch] = Object.keys(second.leases);
  assert.ok(Number(batch) > Date.parse(started) / 1000, "no number a batch has had before");
  assert.equal(second.batches, Number(batch));
  assert.equal(second.deliveries[50].batch, Number(batch));
  const again = await transferAll(returned);
  assert.deepEqual(again.records.map(({ row }) => row), records.map(({ row }) => row));
});
