import { accessRules } from "../../auth/access-rules.ts";
import { campaignNotes } from "../../domain/campaign.ts";
import { Refusal } from "../../domain/refusal.ts";
import type { CampaignRepository } from "../campaign-repository.ts";
import { campaignAudience } from "./campaign-audience.ts";
import {
  type CampaignDocument,
  campaignOf,
  deliveryOf,
  type SheetDocument,
  sheetKeys,
  type StoredDelivery,
} from "./campaign-documents.ts";
import { recordEvent, suppressAddress } from "./campaign-events.ts";
import {
  cancelCampaign,
  createCampaign,
  deleteCampaign,
  ownCampaign,
  pauseCampaign,
  resumeCampaign,
  scheduleCampaign,
  sendCampaign,
  updateCampaign,
} from "./change-campaign.ts";
import { claimBatch } from "./claim-campaign-batch.ts";
import { isLeftBehind } from "./campaign-sheets.ts";
import type { KvContext } from "./kv-context.ts";
import { pageOf } from "./page-of.ts";
import { postponeBatch, recordBatch } from "./record-campaign-batch.ts";

export function createCampaignRepository(context: KvContext): CampaignRepository {
  const { campaigns, documents } = context;
  const { read, read_recipients } = accessRules.campaigns;

  /** The caller's campaign with nothing pending. Throws `not_found`. */
  async function settled(id: string, rule: typeof read | typeof read_recipients) {
    const { key } = await ownCampaign(context, id, rule);
    const campaign = await documents.settled<CampaignDocument>(key);
    if (!campaign) throw new Refusal("not_found");
    return campaign;
  }

  return {
    async listOwn({ status }, page) {
      const { id: artistId } = context.user();
      const own = (await campaigns.all()).map(({ document }) => document).filter((campaign) =>
        campaign.artist_id === artistId && (status === null || campaign.status === status)
      );
      const positionOf = ({ created_at, id }: CampaignDocument) => ({ value: created_at, id });
      const { items, next } = pageOf(own, page, positionOf, "descending");
      return { items: (await campaigns.withConcerts(items)).map(campaignOf), next };
    },

    async find(id) {
      return campaignOf(await settled(id, read));
    },

    create: (fields) => createCampaign(context, fields),
    update: (id, changes) => updateCampaign(context, id, changes),
    delete: (id) => deleteCampaign(context, id),

    async material(id) {
      const campaign = await settled(id, read_recipients);
      return await campaigns.material(campaign);
    },

    async audience(id, sampleSize) {
      const buyers = await campaignAudience(context, await settled(id, read_recipients));
      const sample = buyers.slice(0, sampleSize).map(({ address }) => address);
      return { count: buyers.length, sample };
    },

    schedule: (id, scheduledFor) => scheduleCampaign(context, id, scheduledFor),
    send: (id, idempotency) => sendCampaign(context, id, idempotency),
    pause: (id) => pauseCampaign(context, id),
    resume: (id) => resumeCampaign(context, id),
    cancel: (id) => cancelCampaign(context, id),

    async listDeliveries(id, { status }, page) {
      const campaign = await settled(id, read_recipients);
      const deliveries = (await deliveriesOf(context, campaign))
        .filter((delivery) => status === null || delivery.status === status);
      const positionOf = ({ position, id }: StoredDelivery) => ({ value: position, id });
      const { items, next } = pageOf(deliveries, page, positionOf, "ascending");
      return { items: items.map(deliveryOf), next };
    },

    claimBatch: (size, leaseSeconds) => claimBatch(context, size, leaseSeconds),
    recordBatch: (batchId, results) => recordBatch(context, batchId, results),
    postponeBatch: (batchId, postponement) => postponeBatch(context, batchId, postponement),
    recordEvent: (event) => recordEvent(context, event),
    suppress: (artistId, address, reason) => suppressAddress(context, artistId, address, reason),
  };
}

async function deliveriesOf(
  { table }: KvContext,
  campaign: CampaignDocument,
): Promise<StoredDelivery[]> {
  const deliveries: StoredDelivery[] = [];
  for (const key of sheetKeys(campaign)) {
    const sheet = (await table.get(key))?.value as SheetDocument | undefined;
    if (sheet) {
      deliveries.push(...campaign.status === "cancelled" ? ended(sheet) : sheet.deliveries);
    }
  }
  return deliveries;
}

/** Who is queued in a cancelled campaign will not be mailed, and what a worker has left behind nobody asks about. */
function ended(sheet: SheetDocument): StoredDelivery[] {
  const now = new Date().toISOString();
  return sheet.deliveries.map((delivery) => {
    if (delivery.status === "queued") {
      return { ...delivery, status: "skipped", error_message: campaignNotes.cancelled };
    }
    return isLeftBehind(delivery, sheet, now)
      ? { ...delivery, status: "failed", error_message: campaignNotes.interrupted }
      : delivery;
  });
}
