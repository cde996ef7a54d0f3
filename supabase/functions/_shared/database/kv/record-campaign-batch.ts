import {
  deliveryRetryMinutes,
  type DeliveryStatus,
  maximumDeliveryAttempts,
  toleratedProviderErrors,
} from "../../domain/campaign.ts";
import type { DeliveryResult, Postponement, Remaining } from "../campaign-repository.ts";
import type { CampaignDocument, SheetDocument, StoredDelivery } from "./campaign-documents.ts";
import { isInBatch, partsOfBatch } from "./campaign-sheets.ts";
import { changeSheet } from "./change-sheet.ts";
import { finishCampaign, remainingMessages } from "./finish-campaign.ts";
import type { KvContext } from "./kv-context.ts";
import { mustDispatch } from "./must-dispatch.ts";

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
    return result && isInBatch(delivery, batch) ? afterAttempt(delivery, result, now) : delivery;
  }, { provider_errors: 0, retry_at: null });
  if (campaignKey !== null) await finishCampaign(context, campaignKey);
  return await remainingMessages(context);
}

function afterAttempt(delivery: StoredDelivery, result: DeliveryResult, now: Date): StoredDelivery {
  const attempts = delivery.attempts + 1;
  const status = statusAfter(result, attempts);
  return {
    ...delivery,
    status,
    attempts,
    retry_at: status === "queued" ? retryTime(attempts, now) : null,
    provider_message_id: result.provider_message_id,
    error_message: result.reason,
    sent_at: result.accepted ? now.toISOString() : null,
  };
}

function statusAfter({ accepted, permanent }: DeliveryResult, attempts: number): DeliveryStatus {
  if (accepted) return "sent";
  return permanent || attempts >= maximumDeliveryAttempts ? "failed" : "queued";
}

/** A server that puts strangers off for a while, as many do, takes their mail some minutes later. */
function retryTime(attempts: number, now: Date): string {
  const minutes = deliveryRetryMinutes[attempts - 1] ?? 0;
  return new Date(now.getTime() + minutes * 60_000).toISOString();
}

export async function postponeBatch(
  context: KvContext,
  batchId: string,
  postponement: Postponement,
): Promise<Remaining> {
  mustDispatch(context);
  const { key, batch } = partsOfBatch(batchId);
  const sheet = await context.documents.settled<SheetDocument>(key);
  if (sheet) {
    await context.documents.change<CampaignDocument, void>(sheet.campaign_key, (campaign) => ({
      result: undefined,
      ...(campaign ? { write: afterFailure(campaign, postponement) } : {}),
    }));
    await giveBack(context, key, batch, postponement.mayBeTaken);
  }
  return await remainingMessages(context);
}

function afterFailure(
  campaign: CampaignDocument,
  { reason, retrySeconds }: Postponement,
): CampaignDocument {
  const now = new Date();
  const provider_errors = campaign.provider_errors + 1;
  const retry_at = new Date(now.getTime() + (retrySeconds ?? 0) * 1000).toISOString();
  const failed = { ...campaign, provider_errors, retry_at };
  const isTolerated = retrySeconds !== null && provider_errors < toleratedProviderErrors;
  if (campaign.status !== "sending" || isTolerated) return failed;
  return { ...failed, status: "paused", error_message: reason, updated_at: now.toISOString() };
}

/** Ends the lease of a batch that may have been taken; of another one the messages are queued again. */
async function giveBack(
  context: KvContext,
  key: string,
  batch: number,
  mayBeTaken: boolean,
): Promise<void> {
  await context.documents.change<SheetDocument, void>(key, (sheet) => {
    if (!sheet?.deliveries.some((delivery) => isInBatch(delivery, batch))) {
      return { result: undefined };
    }
    const write: SheetDocument = mayBeTaken
      ? { ...sheet, leases: { ...sheet.leases, [batch]: new Date().toISOString() } }
      : {
        ...sheet,
        deliveries: sheet.deliveries.map((delivery) =>
          isInBatch(delivery, batch) ? { ...delivery, status: "queued", batch: null } : delivery
        ),
      };
    return { result: undefined, write };
  });
}
