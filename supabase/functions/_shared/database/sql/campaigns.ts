import { type Campaign, type CampaignDelivery, suppressionReason } from "../../domain/campaign.ts";
import type { CampaignMaterial } from "../../domain/campaign-mail.ts";
import { cutPage } from "../../domain/paging.ts";
import { Refusal } from "../../domain/refusal.ts";
import { isUuid } from "../../domain/uuid.ts";
import type {
  CampaignAudience,
  CampaignRepository,
  ClaimedDelivery,
  Remaining,
} from "../campaign-repository.ts";
import { firstOf } from "./artists.ts";
import type { DataApi } from "./data-api.ts";
import type { Json } from "./database.types.ts";
import {
  campaignColumns,
  campaignFrom,
  type CampaignRow,
  deliveryFrom,
  materialFrom,
  type MaterialRow,
} from "./campaign-rows.ts";
import { behind } from "./keyset.ts";
import { literally } from "./literally.ts";
import { suppressForClaimant } from "./suppress-for-claimant.ts";

const columns = campaignColumns.join(",");

export function createCampaignRepository(api: DataApi): CampaignRepository {
  const caller = () => api.asCaller();

  /** Sends the call of a SQL function that answers the campaign it changed. */
  async function changed(call: Parameters<typeof api.sendAsCaller>[0]): Promise<Campaign> {
    return campaignFrom(await api.sendAsCaller(call) as CampaignRow);
  }

  return {
    async listOwn({ status }, page) {
      let query = caller().from("email_campaigns").select(columns).eq("artist_id", api.user().id);
      if (status !== null) query = query.eq("status", status);
      query = behind(query, page.after, { column: "created_at", descending: true });
      const rows = await api.sendAsCaller(
        query.order("created_at", { ascending: false }).order("id", { ascending: false })
          .limit(page.limit + 1)
          .overrideTypes<CampaignRow[], { merge: false }>(),
      );
      return cutPage(
        rows.map(campaignFrom),
        page.limit,
        ({ created_at, id }) => ({ value: created_at, id }),
      );
    },

    async find(id) {
      const query = caller().from("email_campaigns").select(columns);
      const rows = await api.sendAsCaller(
        // A UUID cannot break out of the filter; anything else is passed as a value.
        (isUuid(id)
          ? query.or(`id.eq.${id},legacy_id.eq.${id}`)
          : query.filter("legacy_id", "in", literally(id)))
          .order("id").limit(1)
          .overrideTypes<CampaignRow[], { merge: false }>(),
      );
      return campaignFrom(firstOf(rows));
    },

    create: (fields) => changed(caller().rpc("create_campaign", { fields })),

    update: (campaign_id, changes) =>
      changed(caller().rpc("update_campaign", { campaign_id, changes })),

    async delete(campaign_id) {
      await api.sendAsCaller(caller().rpc("delete_campaign", { campaign_id }));
    },

    async material(campaign_id) {
      const row = await api.sendAsCaller(caller().rpc("get_campaign_material", { campaign_id }));
      return materialFrom(found(row as unknown as MaterialRow | null));
    },

    async audience(campaign_id, sample_size) {
      const row = await api.sendAsCaller(
        caller().rpc("get_campaign_audience", { campaign_id, sample_size }),
      );
      return found(row as unknown as CampaignAudience | null);
    },

    schedule: (campaign_id, scheduled_for) =>
      changed(caller().rpc("schedule_campaign", { campaign_id, scheduled_for })),

    async send(campaign_id, idempotency) {
      const outcome = await api.sendAsCaller(
        caller().rpc("send_campaign", {
          campaign_id,
          idempotency_key: idempotency?.key,
          request_fingerprint: idempotency?.fingerprint,
        }),
      ) as unknown as { replayed: boolean; campaign: CampaignRow };
      return { value: campaignFrom(outcome.campaign), replayed: outcome.replayed };
    },

    pause: (campaign_id) => changed(caller().rpc("pause_campaign", { campaign_id })),
    resume: (campaign_id) => changed(caller().rpc("resume_campaign", { campaign_id })),
    cancel: (campaign_id) => changed(caller().rpc("cancel_campaign", { campaign_id })),

    async listDeliveries(campaign_id, { status }, { limit, after }) {
      const rows = await api.sendAsCaller(
        caller().rpc("list_campaign_deliveries", {
          campaign_id,
          delivery_status: status ?? undefined,
          after_position: after?.value as number | undefined,
          page_size: limit + 1,
        }),
      ) as unknown as CampaignDelivery[];
      return cutPage(
        rows.map(deliveryFrom),
        limit,
        ({ position, id }) => ({ value: position, id }),
      );
    },

    async claimBatch(batch_size, lease_seconds) {
      const claimed = await api.sendAsCaller(
        caller().rpc("claim_campaign_batch", { batch_size, lease_seconds }),
      ) as unknown as ClaimRow;
      if (claimed.batch_id === null) return { batch: null, remaining: claimed.remaining };
      const deliveries = claimed.deliveries
        .map((delivery) => ({ ...delivery, reference: delivery.id }));
      const { batch_id: id, may_be_taken: mayBeTaken } = claimed;
      return { batch: { id, mayBeTaken, material: readableMaterial(claimed), deliveries } };
    },

    async recordBatch(batch_id, results) {
      const outcomes = results as unknown as Json;
      return await api.sendAsCaller(
        caller().rpc("record_campaign_batch", { batch_id, outcomes }),
      ) as unknown as Remaining;
    },

    async postponeBatch(batch_id, { reason, retrySeconds, mayBeTaken: may_be_taken }) {
      // The function takes null as well; the generated types know no null arguments.
      const retry_seconds = retrySeconds as number;
      return await api.sendAsCaller(
        caller().rpc("postpone_campaign_batch", { batch_id, reason, retry_seconds, may_be_taken }),
      ) as unknown as Remaining;
    },

    async recordEvent(event) {
      const { reference, provider_message_id, recipient, kind, happened_at, is_permanent } = event;
      const isKnown = await api.sendAsCaller(
        caller().rpc("record_mail_event", {
          // The function takes null for either; the generated types know no null arguments.
          reference: reference as string,
          message_id: provider_message_id as string,
          event: kind,
          happened_at,
          is_permanent,
          ...recipient,
        }),
      );
      const reason = suppressionReason(event);
      if (isKnown || recipient === null || reason === null) return;
      await suppressForClaimant(api, recipient.artist_id, recipient.address, reason);
    },

    async suppress(artist_id, address, reason) {
      const isKnown = await api.sendAsCaller(
        caller().rpc("suppress_address", { artist_id, address, reason }),
      );
      if (!isKnown) await suppressForClaimant(api, artist_id, address, reason);
    },
  };
}

type ClaimRow =
  | MaterialRow & {
    batch_id: string;
    may_be_taken: boolean;
    deliveries: Omit<ClaimedDelivery, "reference">[];
  }
  | { batch_id: null; remaining: number };

/** Null for what the database can hold and the API cannot, such as the instant `infinity`. */
function readableMaterial(row: MaterialRow): CampaignMaterial | null {
  try {
    return materialFrom(row);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** Throws `not_found` for null. */
function found<Row>(row: Row | null): Row {
  if (row === null) throw new Refusal("not_found");
  return row;
}
