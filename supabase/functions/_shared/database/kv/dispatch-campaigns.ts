import { chunk } from "deno-std/collections/chunk.js";
import { accessRules, isAllowed } from "../../auth/access-rules.ts";
import {
  campaignNotes,
  type DeliveryStatus,
  maximumDeliveryAttempts,
  toleratedProviderErrors,
} from "../../domain/campaign.ts";
import { Refusal } from "../../domain/refusal.ts";
import type { Claim, ClaimedBatch, DeliveryResult, Remaining } from "../campaign-repository.ts";
import { suppressionKey } from "./campaign-audience.ts";
import {
  type CampaignDocument,
  type SheetDocument,
  sheetKey,
  sheetKeys,
  type StoredCampaign,
  type StoredDelivery,
} from "./campaign-documents.ts";
import type { KvContext } from "./kv-context.ts";
import type { Row } from "./kv-table.ts";
import { startCampaign } from "./start-campaign.ts";

/** Throws `forbidden` for anybody but services. */
export function mustDispatch({ caller }: KvContext): void {
  if (!isAllowed(accessRules.campaigns.dispatch, caller, null)) throw new Refusal("forbidden");
}

export async function claimBatch(
  context: KvContext,
  size: number,
  leaseSeconds: number,
): Promise<Claim> {
  mustDispatch(context);
  const now = new Date().toISOString();
  for (const { key, document } of await context.campaigns.all()) {
    const { status, scheduled_for: due, send_before: end } = document;
    if (status === "scheduled" && due !== null && due <= now) await startDue(context, key);
    if (status === "sending" && end !== null && end <= now) await endTooLate(context, key);
  }
  const waiting = (await context.campaigns.all()).filter(({ document: { status, retry_at } }) =>
    status === "sending" && (retry_at === null || retry_at <= now)
  ).sort((one, other) => turnOf(one) < turnOf(other) ? -1 : 1);
  for (const campaign of waiting) {
    const batch = await claimOf(context, campaign, size, leaseSeconds);
    if (batch) return { batch };
    await finishCampaign(context, campaign.key);
  }
  return { batch: null, ...await remaining(context) };
}

function turnOf({ document: { last_claimed_at, id } }: StoredCampaign): string {
  return `${last_claimed_at ?? ""} ${id}`;
}

async function startDue(context: KvContext, key: string): Promise<void> {
  await context.documents.change<CampaignDocument, void>(key, async (campaign) => {
    const now = new Date().toISOString();
    if (campaign?.status !== "scheduled" || (campaign.scheduled_for ?? now) > now) {
      return { result: undefined };
    }
    const started = await startCampaign(context, campaign, key, now);
    if (started) return { result: undefined, ...started };
    const error_message = campaignNotes.noRecipients;
    return {
      result: undefined,
      write: { ...campaign, status: "failed", error_message, updated_at: now },
    };
  });
}

/** Nobody is mailed any more; a batch under way is written down as it ends. */
async function endTooLate(context: KvContext, key: string): Promise<void> {
  const campaign = await context.documents.settled<CampaignDocument>(key);
  if (!campaign) return;
  for (const sheet of sheetKeys(campaign)) {
    await changeSheet(context, sheet, (delivery, document, now) => {
      if (delivery.status === "queued") {
        return { ...delivery, status: "skipped", error_message: campaignNotes.tooLate };
      }
      return isLeftBehind(delivery, document, now)
        ? { ...delivery, status: "failed", error_message: campaignNotes.interrupted }
        : delivery;
    });
  }
  await finishCampaign(context, key);
}

/** Claims messages of one campaign: what a worker left behind, as the batch it was, before anything new. */
async function claimOf(
  context: KvContext,
  { key, document: campaign }: StoredCampaign,
  size: number,
  leaseSeconds: number,
): Promise<ClaimedBatch | null> {
  const rows = await openSheets(context, campaign);
  const sheets = rows.map(({ key, value }) => ({ key, sheet: value as SheetDocument }));
  const now = new Date().toISOString();
  const leftBehind = sheets.filter(({ sheet }) => batchLeftBehind(sheet, now) !== null);
  for (const { key: sheet } of leftBehind.length > 0 ? leftBehind : sheets) {
    const deliveries = await claimSheet(context, sheet, campaign.artist_id, size, leaseSeconds);
    if (deliveries === null) continue;
    await context.documents.change<CampaignDocument, void>(key, (current) => {
      const last_claimed_at = new Date().toISOString();
      return { result: undefined, ...(current ? { write: { ...current, last_claimed_at } } : {}) };
    });
    return { ...deliveries, material: await context.campaigns.material(campaign) };
  }
  return null;
}

/** As many sheets are read at once as one request gives. */
const sheetsAtOnce = 20;

/** The first sheets with something to be sent, in their order. */
async function openSheets({ table }: KvContext, campaign: CampaignDocument): Promise<Row[]> {
  const now = new Date().toISOString();
  for (const keys of chunk(sheetKeys(campaign), sheetsAtOnce)) {
    const rows = (await table.getMany(keys))
      .filter(({ value }) => {
        const sheet = value as SheetDocument;
        return isQueued(sheet) || batchLeftBehind(sheet, now) !== null;
      })
      .sort((one, other) => keys.indexOf(one.key) - keys.indexOf(other.key));
    if (rows.length > 0) return rows;
  }
  return [];
}

/** Claims what is to be sent of a sheet; null when another worker was faster or nothing is left. */
async function claimSheet(
  context: KvContext,
  key: string,
  artistId: string,
  size: number,
  leaseSeconds: number,
): Promise<Omit<ClaimedBatch, "material"> | null> {
  const row = await context.table.get(key);
  const addresses = (row?.value as SheetDocument | undefined)?.deliveries
    .filter(({ status }) => status === "queued")
    .map(({ address }) => suppressionKey(artistId, address)) ?? [];
  const suppressed = new Set(
    (await context.table.getMany(addresses)).map((found) => found.key),
  );
  return await context.documents.change<SheetDocument, Omit<ClaimedBatch, "material"> | null>(
    key,
    (sheet) => {
      if (!sheet) return { result: null };
      const now = new Date();
      const again = batchLeftBehind(sheet, now.toISOString());
      const batch = again ?? sheet.batches + 1;
      let left = size;
      let skipped = 0;
      const deliveries = sheet.deliveries.map((delivery): StoredDelivery => {
        if (again !== null) return isOf(delivery, batch) ? tried(delivery, batch) : delivery;
        if (delivery.status !== "queued") return delivery;
        if (suppressed.has(suppressionKey(artistId, delivery.address))) {
          skipped++;
          return { ...delivery, status: "skipped", error_message: campaignNotes.unsubscribed };
        }
        return left-- > 0 ? tried(delivery, batch) : delivery;
      });
      const claimed = deliveries.flatMap((delivery, index) =>
        isOf(delivery, batch) ? [{ delivery, index }] : []
      );
      if (claimed.length === 0 && skipped === 0) return { result: null };
      const leased_until = new Date(now.getTime() + leaseSeconds * 1000).toISOString();
      return {
        result: claimed.length === 0 ? null : {
          id: `${key}:${batch}`,
          deliveries: claimed.map(({ delivery: { id, address, name }, index }) => ({
            id,
            address,
            name,
            reference: referenceOf(key, index),
          })),
        },
        write: {
          ...sheet,
          batches: Math.max(sheet.batches, batch),
          leases: { ...leasesUnderWay(sheet), [batch]: leased_until },
          deliveries,
        },
        followUps: skipped === 0
          ? []
          : [{ key: sheet.campaign_key, set: {}, add: { processed: skipped } }],
      };
    },
  );
}

function tried(delivery: StoredDelivery, batch: number): StoredDelivery {
  return { ...delivery, status: "sending", batch, attempts: delivery.attempts + 1 };
}

/** Whether the message is being sent with that batch. */
function isOf({ status, batch }: StoredDelivery, number: number): boolean {
  return status === "sending" && batch === number;
}

/** The leases of batches of which something is not written down yet. */
function leasesUnderWay({ leases, deliveries }: SheetDocument): Record<string, string> {
  return Object.fromEntries(
    Object.entries(leases).filter(([batch]) =>
      deliveries.some((delivery) => isOf(delivery, Number(batch)))
    ),
  );
}

export async function recordBatch(
  context: KvContext,
  batchId: string,
  results: DeliveryResult[],
): Promise<Remaining> {
  mustDispatch(context);
  const byId = new Map(results.map((result) => [result.id, result]));
  const { key, batch } = partsOfBatch(batchId);
  const campaignKey = await changeSheet(context, key, (delivery, _, now) => {
    const result = byId.get(delivery.id);
    if (!result || !isOf(delivery, batch)) return delivery;
    return {
      ...delivery,
      status: statusAfter(result, delivery),
      provider_message_id: result.provider_message_id,
      error_message: result.reason,
      sent_at: result.accepted ? now : null,
    };
  }, { provider_errors: 0, retry_at: null });
  if (campaignKey !== null) await finishCampaign(context, campaignKey);
  return await remaining(context);
}

function statusAfter(
  { accepted, permanent }: DeliveryResult,
  { attempts }: StoredDelivery,
): DeliveryStatus {
  if (accepted) return "sent";
  return permanent || attempts >= maximumDeliveryAttempts ? "failed" : "queued";
}

export async function postponeBatch(
  context: KvContext,
  batchId: string,
  reason: string,
  retrySeconds: number,
): Promise<Remaining> {
  mustDispatch(context);
  const { key, batch } = partsOfBatch(batchId);
  const sheet = await context.documents.settled<SheetDocument>(key);
  if (sheet) {
    await context.documents.change<CampaignDocument, void>(sheet.campaign_key, (campaign) => {
      if (!campaign) return { result: undefined };
      const now = new Date();
      const provider_errors = campaign.provider_errors + 1;
      const retry_at = new Date(now.getTime() + retrySeconds * 1000).toISOString();
      const isTolerated = campaign.status !== "sending" ||
        provider_errors < toleratedProviderErrors;
      const write: CampaignDocument = isTolerated ? { ...campaign, provider_errors, retry_at } : {
        ...campaign,
        provider_errors,
        retry_at,
        status: "paused",
        error_message: reason,
        updated_at: now.toISOString(),
      };
      return { result: undefined, write };
    });
    await context.documents.change<SheetDocument, void>(key, (current) => {
      if (!current?.deliveries.some((delivery) => isOf(delivery, batch))) {
        return { result: undefined };
      }
      const leases = { ...current.leases, [batch]: new Date().toISOString() };
      return { result: undefined, write: { ...current, leases } };
    });
  }
  return await remaining(context);
}

/**
 * Changes the deliveries of a sheet and, in the same decision, what the campaign counts of them; its key, or null when
 * there is no such sheet.
 */
async function changeSheet(
  { documents }: KvContext,
  key: string,
  change: (delivery: StoredDelivery, sheet: SheetDocument, now: string) => StoredDelivery,
  campaignFields: Partial<CampaignDocument> = {},
): Promise<string | null> {
  return await documents.change<SheetDocument, string | null>(key, (sheet) => {
    if (!sheet) return { result: null };
    const now = new Date().toISOString();
    const deliveries = sheet.deliveries.map((delivery) => change(delivery, sheet, now));
    const isSame = deliveries.every((delivery, index) => delivery === sheet.deliveries[index]);
    if (isSame) return { result: sheet.campaign_key };
    const processed = throughOf(deliveries) - throughOf(sheet.deliveries);
    const emails_sent = sentOf(deliveries) - sentOf(sheet.deliveries);
    return {
      result: sheet.campaign_key,
      write: { ...sheet, deliveries },
      followUps: [{
        key: sheet.campaign_key,
        set: campaignFields,
        add: { processed, emails_sent },
      }],
    };
  });
}

/** Ends a campaign that is being sent and has nobody left to mail. */
async function finishCampaign(context: KvContext, key: string): Promise<void> {
  await context.documents.change<CampaignDocument, void>(key, async (campaign) => {
    const isThrough = campaign?.status === "sending" &&
      campaign.processed >= campaign.recipient_count;
    if (!isThrough) return { result: undefined };
    const now = new Date().toISOString();
    const isSent = campaign.emails_sent > 0;
    return {
      result: undefined,
      write: {
        ...campaign,
        status: isSent ? "sent" : "failed",
        sent_at: isSent ? now : null,
        delivery_completed_at: now,
        error_message: isSent ? null : await firstFailure(context, campaign),
        updated_at: now,
      },
    };
  });
}

async function firstFailure({ table }: KvContext, campaign: CampaignDocument): Promise<string> {
  for (const key of sheetKeys(campaign)) {
    const sheet = (await table.get(key))?.value as SheetDocument | undefined;
    const failed = sheet?.deliveries.find(({ error_message }) => error_message !== null);
    if (failed?.error_message) return failed.error_message;
  }
  return campaignNotes.nothingSent;
}

async function remaining({ campaigns }: KvContext): Promise<Remaining> {
  const sending = (await campaigns.all()).map(({ document }) => document)
    .filter(({ status }) => status === "sending");
  return {
    remaining: sending.reduce(
      (sum, { recipient_count, processed }) => sum + recipient_count - processed,
      0,
    ),
  };
}

/** Whether the worker that claimed the message has not said in time what became of it. */
function isLeftBehind(
  { status, batch }: StoredDelivery,
  { leases }: SheetDocument,
  now: string,
): boolean {
  return status === "sending" && (leases[String(batch)] ?? "") <= now;
}

/** The first batch that its worker has left behind; null when there is none. */
function batchLeftBehind(sheet: SheetDocument, now: string): number | null {
  return sheet.deliveries.find((delivery) => isLeftBehind(delivery, sheet, now))?.batch ?? null;
}

function isQueued({ deliveries }: SheetDocument): boolean {
  return deliveries.some(({ status }) => status === "queued");
}

function throughOf(deliveries: StoredDelivery[]): number {
  return deliveries.filter(({ status }) => status !== "queued" && status !== "sending").length;
}

function sentOf(deliveries: StoredDelivery[]): number {
  return deliveries.filter(({ status }) => status === "sent").length;
}

function partsOfBatch(batchId: string): { key: string; batch: number } {
  const colon = batchId.lastIndexOf(":");
  return { key: batchId.slice(0, colon), batch: Number(batchId.slice(colon + 1)) };
}

/** How a message's events name it: `{campaign}_{sheet}_{place}`. */
function referenceOf(key: string, index: number): string {
  return `${key.split(":").slice(1).join("_")}_${index}`;
}

/** The sheet and the place that a message's events name; null when they are no campaign's of this store. */
export function placeOf(reference: string): { key: string; index: number } | null {
  const parts = /^([0-9a-f-]{36})_(\d{1,9})_(\d{1,9})$/.exec(reference);
  return parts && { key: sheetKey(parts[1], Number(parts[2])), index: Number(parts[3]) };
}
