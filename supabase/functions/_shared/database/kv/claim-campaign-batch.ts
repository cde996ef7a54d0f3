import { chunk } from "deno-std/collections/chunk.js";
import { campaignNotes } from "../../domain/campaign.ts";
import type { Claim, ClaimedBatch } from "../campaign-repository.ts";
import { suppressionKey } from "./campaign-audience.ts";
import {
  type CampaignDocument,
  type SheetDocument,
  sheetKeys,
  type StoredCampaign,
  type StoredDelivery,
} from "./campaign-documents.ts";
import {
  batchIdOf,
  batchLeftBehind,
  isInBatch,
  isLeftBehind,
  isWaiting,
  leasesUnderWay,
  referenceOf,
} from "./campaign-sheets.ts";
import { changeSheet } from "./change-sheet.ts";
import { finishCampaign, remainingMessages } from "./finish-campaign.ts";
import type { KvContext } from "./kv-context.ts";
import type { Row } from "./kv-table.ts";
import { mustDispatch } from "./must-dispatch.ts";
import { startCampaign } from "./start-campaign.ts";

export async function claimBatch(
  context: KvContext,
  size: number,
  leaseSeconds: number,
): Promise<Claim> {
  mustDispatch(context);
  const now = new Date().toISOString();
  let campaigns = await context.campaigns.all();
  const due = campaigns.filter(({ document }) => isDue(document, now));
  for (const { key } of due) await startDue(context, key);
  // For what has only just begun it may be too late already.
  if (due.length > 0) campaigns = await context.campaigns.all();
  for (const { key, document } of campaigns) {
    if (isTooLate(document, now)) await endTooLate(context, key);
  }
  const waiting = campaigns.filter(({ document }) => isToBeSent(document, now))
    .sort((one, other) => turnOf(one) < turnOf(other) ? -1 : 1);
  for (const campaign of waiting) {
    const batch = await claimOf(context, campaign, size, leaseSeconds);
    if (batch) return { batch };
    await finishCampaign(context, campaign.key);
  }
  return { batch: null, ...await remainingMessages(context) };
}

function isDue({ status, scheduled_for: due }: CampaignDocument, now: string): boolean {
  return status === "scheduled" && due !== null && due <= now;
}

function isTooLate({ status, send_before: end }: CampaignDocument, now: string): boolean {
  return status === "sending" && end !== null && end <= now;
}

function isToBeSent(campaign: CampaignDocument, now: string): boolean {
  return campaign.status === "sending" && !isTooLate(campaign, now) &&
    (campaign.retry_at ?? "") <= now;
}

function turnOf({ document: { last_claimed_at, id } }: StoredCampaign): string {
  return `${last_claimed_at ?? ""} ${id}`;
}

async function startDue(context: KvContext, key: string): Promise<void> {
  await context.documents.change<CampaignDocument, void>(key, async (campaign) => {
    const now = new Date().toISOString();
    if (!campaign || !isDue(campaign, now)) return { result: undefined };
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
      return isLeftBehind(delivery, document, now.toISOString())
        ? { ...delivery, status: "failed", error_message: campaignNotes.interrupted }
        : delivery;
    });
  }
  await finishCampaign(context, key);
}

/** Claims messages of one campaign: what a worker left behind, under the id it had, before anything new. */
async function claimOf(
  context: KvContext,
  { key, document: campaign }: StoredCampaign,
  size: number,
  leaseSeconds: number,
): Promise<ClaimedBatch | null> {
  const rows = await openSheets(context, campaign);
  const now = new Date().toISOString();
  const leftBehind = rows.filter(({ value }) =>
    batchLeftBehind(value as SheetDocument, now) !== null
  );
  for (const { key: sheet } of [...leftBehind, ...rows]) {
    const claimed = await claimSheet(context, sheet, size, leaseSeconds);
    if (claimed === null) continue;
    const ofToday = await context.documents.change<CampaignDocument, CampaignDocument>(
      key,
      (current) => {
        if (!current) return { result: campaign };
        return {
          result: current,
          write: { ...current, last_claimed_at: new Date().toISOString() },
        };
      },
    );
    return { ...claimed, material: await context.campaigns.material(ofToday) };
  }
  return null;
}

/** As many sheets are read at once as one request gives. */
const sheetsAtOnce = 20;

/** The first sheets with something to be sent, in their order. What a dead worker left to be counted is counted. */
async function openSheets(
  { table, documents }: KvContext,
  campaign: CampaignDocument,
): Promise<Row[]> {
  const now = new Date().toISOString();
  for (const keys of chunk(sheetKeys(campaign), sheetsAtOnce)) {
    const rows = await table.getMany(keys);
    // Of a sheet that is through nobody will write anything any more, and the campaign would never be.
    for (const { key, value } of rows) {
      if ((value as SheetDocument).pending) await documents.settled(key);
    }
    const open = rows.filter(({ value }) => {
      const sheet = value as SheetDocument;
      return sheet.deliveries.some((delivery) => isWaiting(delivery, now)) ||
        batchLeftBehind(sheet, now) !== null;
    }).sort((one, other) => keys.indexOf(one.key) - keys.indexOf(other.key));
    if (open.length > 0) return open;
  }
  return [];
}

type ClaimedMessages = Omit<ClaimedBatch, "material">;

/**
 * Claims what is to be sent of a sheet, less whoever has left the list since; null when another worker was faster or
 * nothing is left.
 */
async function claimSheet(
  context: KvContext,
  key: string,
  size: number,
  leaseSeconds: number,
): Promise<ClaimedMessages | null> {
  const suppressed = await suppressedOn(context, key);
  if (suppressed === null) return null;
  return await context.documents.change<SheetDocument, ClaimedMessages | null>(key, (sheet) => {
    if (!sheet) return { result: null };
    const now = new Date();
    const again = batchLeftBehind(sheet, now.toISOString());
    const batch = again ?? sheet.batches + 1;
    let left = size;
    let skipped = 0;
    const deliveries = sheet.deliveries.map((delivery): StoredDelivery => {
      const isMeant = again === null
        ? isWaiting(delivery, now.toISOString())
        : isInBatch(delivery, again);
      if (!isMeant) return delivery;
      if (suppressed.has(delivery.address)) {
        skipped++;
        const error_message = campaignNotes.unsubscribed;
        return { ...delivery, status: "skipped", batch: null, error_message };
      }
      return again !== null || left-- > 0 ? { ...delivery, status: "sending", batch } : delivery;
    });
    const claimed = deliveries.flatMap((delivery, index) =>
      isInBatch(delivery, batch) ? [{ delivery, index }] : []
    );
    if (claimed.length === 0 && skipped === 0) return { result: null };
    const leased_until = new Date(now.getTime() + leaseSeconds * 1000).toISOString();
    return {
      result: claimed.length === 0 ? null : {
        id: batchIdOf(key, batch),
        mayBeTaken: again !== null,
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
  });
}

/**
 * Those who are still to be mailed and have left the list; null when the campaign is gone. Whoever claims the artist's
 * profile takes over the campaign first and then empties the old list: one that was read while the campaign was still
 * the old artist's is whole.
 */
async function suppressedOn({ table }: KvContext, key: string): Promise<Set<string> | null> {
  const sheet = (await table.get(key))?.value as SheetDocument | undefined;
  if (!sheet) return null;
  const addresses = sheet.deliveries
    .filter(({ status }) => status === "queued" || status === "sending")
    .map(({ address }) => address);
  const artistOfToday = async () => {
    const campaign = (await table.get(sheet.campaign_key))?.value as CampaignDocument | undefined;
    return campaign?.artist_id ?? null;
  };
  let artistId = await artistOfToday();
  while (artistId !== null) {
    const keys = addresses.map((address) => suppressionKey(artistId ?? "", address));
    const found = new Set((await table.getMany(keys)).map((row) => row.key));
    const before = artistId;
    artistId = await artistOfToday();
    if (artistId === before) return new Set(addresses.filter((_, index) => found.has(keys[index])));
  }
  return null;
}
