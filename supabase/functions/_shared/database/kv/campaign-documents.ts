import { type Campaign, type CampaignDelivery, ratesOf } from "../../domain/campaign.ts";
import { prefixes } from "../legacy/keys.ts";
import { type CampaignReason, type CampaignRepair, readCampaign } from "../legacy/read-campaign.ts";
import { keepsakeOf } from "../legacy/reading.ts";
import { hasShape } from "./document-shapes.ts";
import { isDocument, type StoredDocument } from "./documents.ts";
import type { Row } from "./kv-table.ts";

/** A campaign as it is stored. Its rates follow from its counts. */
export interface CampaignDocument
  extends Omit<Campaign, "open_rate" | "click_rate" | "bounce_rate">, StoredDocument {
  /** The owner's id as the keys have it. */
  owner: string;
  /** Of an old one: the id by which it names its concert, which is to be looked up yet. */
  concert_name?: string | null;
  /** How many rows of deliveries there are, and how many of the deliveries are through. */
  sheets: number;
  processed: number;
  /** Failures of the provider in a row, and not before when it is tried again. */
  provider_errors: number;
  retry_at: string | null;
  /** So that several campaigns being sent take turns. */
  last_claimed_at: string | null;
}

/** A campaign and where it is. */
export interface StoredCampaign {
  key: string;
  document: CampaignDocument;
}

/** A delivery as it is stored. */
export interface StoredDelivery extends CampaignDelivery {
  provider_message_id: string | null;
  /** The number of the batch it is in while it is being sent. */
  batch: number | null;
  /** Not before when it is tried again. */
  retry_at: string | null;
}

/** Deliveries that share a row, so that a claim and what became of it are one write each. */
export interface SheetDocument extends StoredDocument {
  /** When its deliveries were made, and the ids of its batches, where they are known from the tables. */
  created_at?: string;
  batch_ids?: Record<string, string>;
  campaign_id: string;
  campaign_key: string;
  /** How many batches there have been: with the campaign and the sheet, a number names one. */
  batches: number;
  /** Until when the worker of a batch may keep it, by the batch's number. */
  leases: Record<string, string>;
  deliveries: StoredDelivery[];
}

/** As many messages as a provider takes at once. */
export const deliveriesOnSheet = 100;

/** Where a campaign's deliveries are, sheet by sheet from 0 on. */
export function sheetKey(campaignId: string, sheet: number): string {
  return `${prefixes.campaignDelivery}${campaignId}:${sheet}`;
}

export function sheetKeys({ id, sheets }: CampaignDocument): string[] {
  return Array.from({ length: sheets }, (_, sheet) => sheetKey(id, sheet));
}

/** A campaign's row in the shape of today, or why it is none. The concerts of old ones are to be looked up yet. */
export async function openCampaign(
  row: Row,
): Promise<
  | { document: CampaignDocument; repairs: CampaignRepair[] }
  | { unreadable: CampaignReason | "broken_document" }
> {
  if (isDocument(row.value)) {
    return hasShape("campaign", row.value)
      ? { document: row.value as CampaignDocument, repairs: [] }
      : { unreadable: "broken_document" };
  }
  const reading = await readCampaign(row.key, row.value);
  if ("unreadable" in reading) return reading;
  const { open_rate: _o, click_rate: _c, bounce_rate: _b, ...record } = reading.record;
  return {
    document: {
      ...record,
      ...neverSent,
      concert_id: null,
      rev: 0,
      legacy: keepsakeOf(row.value),
    },
    repairs: reading.repairs,
  };
}

/** What a campaign keeps of its sending before there is any. */
export const neverSent = {
  sheets: 0,
  processed: 0,
  provider_errors: 0,
  retry_at: null,
  last_claimed_at: null,
};

/** The campaign as the contract has it. */
export function campaignOf(document: CampaignDocument): Campaign {
  return {
    id: document.id,
    legacy_id: document.legacy_id,
    artist_id: document.artist_id,
    concert_id: document.concert_id,
    subject: document.subject,
    content: document.content,
    html_content: document.html_content,
    recipient_filter: document.recipient_filter,
    recipient_count: document.recipient_count,
    status: document.status,
    scheduled_for: document.scheduled_for,
    send_before: document.send_before,
    sent_at: document.sent_at,
    delivery_started_at: document.delivery_started_at,
    delivery_completed_at: document.delivery_completed_at,
    emails_sent: document.emails_sent,
    emails_delivered: document.emails_delivered,
    emails_opened: document.emails_opened,
    emails_clicked: document.emails_clicked,
    emails_bounced: document.emails_bounced,
    emails_complained: document.emails_complained,
    ...ratesOf(document),
    error_message: document.error_message,
    created_at: document.created_at,
    updated_at: document.updated_at,
  };
}

/** The delivery as the contract has it. */
export function deliveryOf(
  { provider_message_id: _m, batch: _b, retry_at: _r, ...delivery }: StoredDelivery,
) {
  return delivery satisfies CampaignDelivery;
}
