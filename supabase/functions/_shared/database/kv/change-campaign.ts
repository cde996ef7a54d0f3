import { accessRules, isAllowed, type Persona } from "../../auth/access-rules.ts";
import {
  type Campaign,
  type CampaignAction,
  type CampaignChanges,
  campaignTransitions,
  editableStatuses,
  emptyAudienceDetail,
  foreignConcertDetail,
  type NewCampaign,
  resolvedAudienceDetail,
  tooLateDetail,
} from "../../domain/campaign.ts";
import type { Idempotency, Outcome } from "../../domain/idempotency.ts";
import { pastInstantDetail } from "../../domain/instant.ts";
import { Refusal, type RefusalDetail } from "../../domain/refusal.ts";
import { prefixes } from "../legacy/keys.ts";
import { newProfile } from "./artist-profiles.ts";
import {
  type CampaignDocument,
  campaignOf,
  neverSent,
  type SheetDocument,
  sheetKeys,
  type StoredCampaign,
} from "./campaign-documents.ts";
import type { FollowUp } from "./documents.ts";
import { changeOnce } from "./change-once.ts";
import { finishedCampaign } from "./finish-campaign.ts";
import type { HandOver } from "./hand-over-rows.ts";
import type { KvContext } from "./kv-context.ts";
import { ownProfileToBe } from "./own-profile.ts";
import { startCampaign } from "./start-campaign.ts";

/** Creates a draft and, with an artist's first record, their profile. */
export async function createCampaign(context: KvContext, fields: NewCampaign): Promise<Campaign> {
  const { id: artistId, email } = context.user();
  const now = new Date().toISOString();
  const concert_id = await ownConcertId(context, fields.concert_id ?? null);
  const profile = await ownProfileToBe(context);
  const owner = profile?.owner ?? artistId;
  const document: CampaignDocument = {
    ...emptyCampaign,
    ...fields,
    concert_id,
    html_content: fields.html_content ?? null,
    recipient_filter: fields.recipient_filter ?? {},
    send_before: fields.send_before ?? null,
    id: crypto.randomUUID(),
    artist_id: artistId,
    owner,
    created_at: now,
    updated_at: now,
  };
  const profileToBe = await newProfile(owner, email, now);
  return await context.documents.change<CampaignDocument, Campaign>(
    `${prefixes.campaign}${owner}:${document.id}`,
    () => ({
      result: campaignOf(document),
      write: document,
      followUps: profile ? [] : [{ key: prefixes.profile + owner, insert: profileToBe }],
    }),
  );
}

const emptyCampaign = {
  ...neverSent,
  legacy_id: null,
  recipient_count: 0,
  status: "draft",
  scheduled_for: null,
  sent_at: null,
  delivery_started_at: null,
  delivery_completed_at: null,
  emails_sent: 0,
  emails_delivered: 0,
  emails_opened: 0,
  emails_clicked: 0,
  emails_bounced: 0,
  emails_complained: 0,
  error_message: null,
  rev: 0,
  legacy: null,
} as const;

export async function updateCampaign(
  context: KvContext,
  id: string,
  { concert_id, ...changes }: CampaignChanges,
): Promise<Campaign> {
  const { key } = await ownCampaign(context, id, accessRules.campaigns.update);
  return await changeOwn(context, key, async (campaign) => {
    if (!editableStatuses.includes(campaign.status)) throw new Refusal("invalid_transition");
    const concert = concert_id === undefined
      ? {}
      : { concert_id: await ownConcertId(context, concert_id) };
    if (changes.recipient_filter && campaign.delivery_started_at !== null) {
      throw refusal(resolvedAudienceDetail);
    }
    const edited: CampaignDocument = { ...campaign, ...changes, ...concert };
    if (edited.status === "scheduled" && isOverBy(edited, edited.scheduled_for ?? "")) {
      throw refusal(tooLateDetail);
    }
    return { write: edited };
  });
}

export async function deleteCampaign(context: KvContext, id: string): Promise<void> {
  const { key } = await ownCampaign(context, id, accessRules.campaigns.delete);
  await context.documents.change<CampaignDocument, void>(key, (campaign) => {
    if (!campaign) throw new Refusal("not_found");
    if (campaign.status === "sending") throw new Refusal("invalid_transition");
    return {
      result: undefined,
      remove: true,
      followUps: sheetKeys(campaign).map((sheet) => ({ key: sheet, remove: true })),
    };
  });
}

export async function scheduleCampaign(
  context: KvContext,
  id: string,
  scheduledFor: string,
): Promise<Campaign> {
  const { key } = await ownCampaign(context, id, accessRules.campaigns.change_status);
  return await changeOwn(context, key, (campaign, now) => {
    checkTransition(campaign, "schedule");
    const scheduled_for = new Date(scheduledFor).toISOString();
    if (scheduled_for <= now) throw refusal(pastInstantDetail);
    if (isOverBy(campaign, scheduled_for)) throw refusal(tooLateDetail);
    return { write: { ...campaign, status: "scheduled", scheduled_for } };
  });
}

export async function sendCampaign(
  context: KvContext,
  id: string,
  idempotency: Idempotency | null,
): Promise<Outcome<Campaign>> {
  const { key } = await ownCampaign(context, id, accessRules.campaigns.change_status);
  return await changeOnce<CampaignDocument, Campaign>(
    context,
    key,
    idempotency,
    async (campaign) => {
      if (!campaign) throw new Refusal("not_found");
      const now = new Date().toISOString();
      checkTransition(campaign, "send");
      if (isOverBy(campaign, now)) throw refusal(tooLateDetail);
      const { write, followUps } = await startOrRefuse(context, campaign, key, now);
      return { result: campaignOf(write), write, followUps };
    },
  );
}

export async function pauseCampaign(context: KvContext, id: string): Promise<Campaign> {
  const { key } = await ownCampaign(context, id, accessRules.campaigns.change_status);
  return await changeOwn(context, key, (campaign) => {
    checkTransition(campaign, "pause");
    return { write: { ...campaign, status: "paused", error_message: null } };
  });
}

export async function resumeCampaign(context: KvContext, id: string): Promise<Campaign> {
  const { key } = await ownCampaign(context, id, accessRules.campaigns.change_status);
  return await changeOwn(context, key, async (campaign, now) => {
    checkTransition(campaign, "resume");
    const { delivery_started_at: startedAt, scheduled_for: due } = campaign;
    if (startedAt === null && due !== null && due > now) {
      return { write: { ...campaign, status: "scheduled", error_message: null } };
    }
    if (isOverBy(campaign, now)) throw refusal(tooLateDetail);
    if (startedAt === null) return await startOrRefuse(context, campaign, key, now);
    const again = campaign.status === "failed"
      ? await failedAgain(context, campaign)
      : { count: 0, followUps: [] };
    const resumed: CampaignDocument = {
      ...campaign,
      status: "sending",
      processed: campaign.processed - again.count,
      error_message: null,
      provider_errors: 0,
      retry_at: null,
      delivery_completed_at: null,
    };
    const write = await finishedCampaign(context, resumed, now);
    return { write, followUps: again.followUps };
  });
}

export async function cancelCampaign(context: KvContext, id: string): Promise<Campaign> {
  const { key } = await ownCampaign(context, id, accessRules.campaigns.change_status);
  return await changeOwn(context, key, (campaign) => {
    checkTransition(campaign, "cancel");
    // Who is not mailed yet is shown as skipped; a batch under way is written down as it ends.
    return { write: { ...campaign, status: "cancelled" } };
  });
}

/** The writes that let campaigns live on without the concert they were about. */
export async function releasedCampaigns(
  context: KvContext,
  concertId: string,
): Promise<FollowUp[]> {
  return (await context.campaigns.all())
    .filter(({ document }) => document.concert_id === concertId)
    .map(({ key }) => ({ key, set: { concert_id: null } }));
}

/** Makes the campaigns of an old owner those of the account that took over their profile. Can be repeated. */
export async function handOverCampaigns(
  context: KvContext,
  { oldId, newId, goesOn }: HandOver,
): Promise<void> {
  for (const { key, document } of await context.campaigns.all()) {
    if (document.artist_id !== oldId) continue;
    await context.documents.change<CampaignDocument, void>(key, async (campaign) => {
      if (campaign?.artist_id !== oldId || !await goesOn()) return { result: undefined };
      return { result: undefined, write: { ...campaign, artist_id: newId, owner: newId } };
    });
  }
}

/** The caller's campaign. Throws `not_found`, also for somebody else's. */
export async function ownCampaign(
  context: KvContext,
  id: string,
  rule: readonly Persona[],
): Promise<StoredCampaign> {
  const found = await context.campaigns.find(id);
  if (!found || !isAllowed(rule, context.caller, found.document.artist_id)) {
    throw new Refusal("not_found");
  }
  return found;
}

async function changeOwn(
  { documents }: KvContext,
  key: string,
  change: (
    campaign: CampaignDocument,
    now: string,
  ) => Promise<CampaignChange> | CampaignChange,
): Promise<Campaign> {
  return await documents.change<CampaignDocument, Campaign>(key, async (campaign) => {
    if (!campaign) throw new Refusal("not_found");
    const now = new Date().toISOString();
    const { write, followUps } = await change(campaign, now);
    const changed = { ...write, updated_at: now };
    return { result: campaignOf(changed), write: changed, followUps };
  });
}

interface CampaignChange {
  write: CampaignDocument;
  followUps?: FollowUp[];
}

async function startOrRefuse(
  context: KvContext,
  campaign: CampaignDocument,
  key: string,
  now: string,
): Promise<CampaignChange> {
  const started = await startCampaign(context, campaign, key, now);
  if (!started) throw refusal(emptyAudienceDetail);
  return started;
}

/** What failed for good, to be tried once more. Nobody was mailed, so that no event can change it meanwhile. */
async function failedAgain(
  { table }: KvContext,
  campaign: CampaignDocument,
): Promise<{ count: number; followUps: FollowUp[] }> {
  const followUps: FollowUp[] = [];
  let count = 0;
  for (const key of sheetKeys(campaign)) {
    const sheet = (await table.get(key))?.value as SheetDocument | undefined;
    const failed = sheet?.deliveries.filter(({ status }) => status === "failed") ?? [];
    if (!sheet || failed.length === 0) continue;
    count += failed.length;
    const deliveries = sheet.deliveries.map((delivery) =>
      delivery.status === "failed"
        ? {
          ...delivery,
          status: "queued",
          batch: null,
          attempts: 0,
          retry_at: null,
          error_message: null,
        }
        : delivery
    );
    followUps.push({ key, set: { deliveries } });
  }
  return { count, followUps };
}

function checkTransition({ status }: CampaignDocument, action: CampaignAction): void {
  if (!campaignTransitions[action].includes(status)) throw new Refusal("invalid_transition");
}

/** Whether it is too late to send the campaign at `instant`. */
function isOverBy({ send_before }: CampaignDocument, instant: string): boolean {
  return send_before !== null && send_before <= instant;
}

/** Throws `validation_failed` for what is no concert of the caller's. */
async function ownConcertId(context: KvContext, reference: string | null): Promise<string | null> {
  if (reference === null) return null;
  const found = await context.finder.find(reference);
  if (found?.document.artist_id !== context.user().id) throw refusal(foreignConcertDetail);
  return found.document.id;
}

function refusal(detail: RefusalDetail): Refusal {
  return new Refusal("validation_failed", [detail]);
}
