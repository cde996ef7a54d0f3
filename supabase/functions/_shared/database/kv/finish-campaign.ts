import { campaignNotes } from "../../domain/campaign.ts";
import type { Remaining } from "../campaign-repository.ts";
import { type CampaignDocument, type SheetDocument, sheetKeys } from "./campaign-documents.ts";
import type { KvContext } from "./kv-context.ts";

/** Ends a campaign that is being sent and has nobody left to mail. */
export async function finishCampaign(context: KvContext, key: string): Promise<void> {
  await context.documents.change<CampaignDocument, void>(key, async (campaign) => {
    if (campaign?.status !== "sending") return { result: undefined };
    const now = new Date().toISOString();
    const finished = await finishedCampaign(context, campaign, now);
    if (finished === campaign) return { result: undefined };
    return { result: undefined, write: { ...finished, updated_at: now } };
  });
}

/** A campaign that is being sent, as it is at its end when nobody is left to mail, else as it was. */
export async function finishedCampaign(
  context: KvContext,
  campaign: CampaignDocument,
  now: string,
): Promise<CampaignDocument> {
  if (campaign.processed < (campaign.recipient_count ?? 0)) return campaign;
  const isSent = campaign.emails_sent > 0;
  return {
    ...campaign,
    status: isSent ? "sent" : "failed",
    sent_at: isSent ? now : null,
    delivery_completed_at: now,
    error_message: isSent ? null : await firstFailure(context, campaign),
  };
}

async function firstFailure({ table }: KvContext, campaign: CampaignDocument): Promise<string> {
  for (const key of sheetKeys(campaign)) {
    const sheet = (await table.get(key))?.value as SheetDocument | undefined;
    const failed = sheet?.deliveries.find(({ error_message }) => error_message !== null);
    if (failed?.error_message) return failed.error_message;
  }
  return campaignNotes.nothingSent;
}

/** The messages of campaigns being sent that are still to go. */
export async function remainingMessages({ campaigns }: KvContext): Promise<Remaining> {
  const sending = (await campaigns.all()).map(({ document }) => document)
    .filter(({ status }) => status === "sending");
  return {
    remaining: sending.reduce(
      (sum, { recipient_count, processed }) => sum + (recipient_count ?? 0) - processed,
      0,
    ),
  };
}
