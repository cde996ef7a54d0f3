import { campaignNotes } from "../../domain/campaign.ts";
import {
  deliveriesOnSheet,
  openCampaign,
  type SheetDocument,
  sheetKey,
  type StoredDelivery,
} from "../kv/campaign-documents.ts";
import { hasShape } from "../kv/document-shapes.ts";
import type { Row } from "../kv/kv-table.ts";
import { idOfKey } from "../legacy/ids.ts";
import { prefixes } from "../legacy/keys.ts";
import type { Lookups } from "./lookups.ts";
import type { ExportedRecord, TransferRecord } from "./record.ts";
import { documentIn, migrated, recordOf, rejected, type Transferred } from "./transferred.ts";

const beginningOfTime = new Date(0).toISOString();

/** `campaign_delivery:{campaign}:{sheet}`: a record for each delivery on the sheet. */
export async function transferSheet(row: Row, lookups: Lookups): Promise<Transferred> {
  const sheet = documentIn<SheetDocument>(row, (value) => hasShape("sheet", value));
  if (sheet === null || !row.key.startsWith(`${prefixes.campaignDelivery}${sheet.campaign_id}:`)) {
    return rejected("broken_document");
  }
  const campaignRow = await lookups.row(sheet.campaign_key);
  const opened = campaignRow && await openCampaign(campaignRow);
  const campaign = opened && "document" in opened ? opened.document : null;
  const records: TransferRecord[] = [];
  for (const delivery of sheet.deliveries) {
    const isSkipped = campaign?.status === "cancelled" && delivery.status === "queued";
    records.push(recordOf("campaign_deliveries", row.key, sheet.rev, {
      ...delivery,
      ...isSkipped ? { status: "skipped", error_message: campaignNotes.cancelled } : {},
      campaign_id: sheet.campaign_id,
      batch_id: await batchIdOf(row.key, sheet, delivery),
      leased_until: delivery.status === "sending"
        ? sheet.leases[String(delivery.batch)] ?? beginningOfTime
        : null,
      created_at: sheet.created_at ?? campaign?.delivery_started_at ?? beginningOfTime,
    }));
  }
  return migrated(records, []);
}

/** The batch a message went with; none where it is to go with another. */
async function batchIdOf(
  key: string,
  { batch_ids = {} }: SheetDocument,
  { status, batch }: StoredDelivery,
): Promise<string | null> {
  const isWithBatch = status === "sending" || status === "sent" || status === "failed";
  if (!isWithBatch || batch === null) return null;
  return Object.hasOwn(batch_ids, batch) ? batch_ids[batch] : await idOfKey(`${key}:${batch}`);
}

/** The number of the sheet a delivery is on. */
export function sheetOf({ row }: Pick<ExportedRecord, "row">): number {
  return Math.floor((Number(row.position) - 1) / deliveriesOnSheet);
}

/**
 * The way back of one sheet's deliveries.
 *
 * @param deliveries all there are on the sheet, in any order
 */
export function sheetRow(
  campaignKey: string,
  sheet: number,
  deliveries: readonly ExportedRecord[],
): Row {
  const rows = deliveries.map(({ row }) => row)
    .sort((one, other) => Number(one.position) - Number(other.position));
  const campaignId = String(rows[0].campaign_id);
  const numbers = batchNumbers(rows);
  const leases: Record<string, string> = {};
  for (const { batch_id, leased_until } of rows) {
    const batch = numbers.get(String(batch_id));
    if (batch !== undefined && leased_until !== null) leases[batch] = String(leased_until);
  }
  const document: SheetDocument = {
    campaign_id: campaignId,
    campaign_key: campaignKey,
    batches: Math.max(0, ...numbers.values()),
    batch_ids: Object.fromEntries([...numbers].map(([id, batch]) => [batch, id])),
    leases,
    created_at: rows.map(({ created_at }) => String(created_at)).sort()[0],
    deliveries: rows.map((row) => deliveryFrom(row, numbers)),
    rev: Math.max(1, ...deliveries.map(({ version }) => version)),
    legacy: null,
  };
  return { key: sheetKey(campaignId, sheet), value: document };
}

/**
 * Numbers for the batches of a sheet. They go on from the second of the last thing that happened there, so that a new
 * batch never has a number, and with it a name, that the provider knows of another.
 */
function batchNumbers(rows: readonly Record<string, unknown>[]): Map<string, number> {
  const instants = rows.flatMap(({ created_at, sent_at, leased_until }) => [
    created_at,
    sent_at,
    leased_until,
  ]).filter((instant) => typeof instant === "string");
  const last = Math.floor(Math.max(0, ...instants.map((instant) => Date.parse(instant))) / 1000);
  const numbers = new Map<string, number>();
  for (const { batch_id } of rows) {
    if (typeof batch_id !== "string" || numbers.has(batch_id)) continue;
    numbers.set(batch_id, last + 1 + numbers.size);
  }
  return numbers;
}

function deliveryFrom(
  row: Record<string, unknown>,
  numbers: Map<string, number>,
): StoredDelivery {
  const {
    campaign_id: _campaign,
    batch_id,
    leased_until: _lease,
    created_at: _created,
    ...delivery
  } = row;
  const batch = numbers.get(String(batch_id)) ?? null;
  return { ...delivery, batch } as unknown as StoredDelivery;
}
