import { chunk } from "deno-std/collections/chunk.js";
import { type Buyer, campaignAudience } from "./campaign-audience.ts";
import {
  type CampaignDocument,
  deliveriesOnSheet,
  type SheetDocument,
  sheetKey,
  type StoredDelivery,
} from "./campaign-documents.ts";
import type { FollowUp } from "./documents.ts";
import type { KvContext } from "./kv-context.ts";

/**
 * The campaign as it begins to be sent, and the rows of its deliveries: the recipients are who they are at this
 * moment. Null when there is none.
 *
 * @param key the campaign's
 */
export async function startCampaign(
  context: KvContext,
  campaign: CampaignDocument,
  key: string,
  now: string,
): Promise<{ write: CampaignDocument; followUps: FollowUp[] } | null> {
  const buyers = await campaignAudience(context, campaign);
  if (buyers.length === 0) return null;
  const sheets = chunk(buyers.map(deliveryTo), deliveriesOnSheet);
  return {
    write: {
      ...campaign,
      status: "sending",
      recipient_count: buyers.length,
      sheets: sheets.length,
      processed: 0,
      delivery_started_at: now,
      error_message: null,
      provider_errors: 0,
      retry_at: null,
      updated_at: now,
    },
    followUps: sheets.map((deliveries, sheet) => {
      const insert: Omit<SheetDocument, "rev"> = {
        campaign_id: campaign.id,
        campaign_key: key,
        batches: 0,
        leases: {},
        deliveries,
        legacy: null,
      };
      return { key: sheetKey(campaign.id, sheet), insert };
    }),
  };
}

function deliveryTo({ address, name }: Buyer, index: number): StoredDelivery {
  return {
    id: crypto.randomUUID(),
    position: index + 1,
    address,
    name,
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
  };
}
