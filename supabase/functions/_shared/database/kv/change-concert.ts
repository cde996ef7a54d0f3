import { accessRules, isAllowed, type Persona } from "../../auth/access-rules.ts";
import {
  checkConcert,
  type Concert,
  type ConcertChanges,
  defaultTimeZone,
  needsModerationAgain,
  type NewConcert,
  problemsToEdit,
  problemsToSubmit,
} from "../../domain/concert.ts";
import { Refusal } from "../../domain/refusal.ts";
import { prefixes } from "../legacy/keys.ts";
import { newProfile } from "./artist-profiles.ts";
import { releasedCampaigns } from "./change-campaign.ts";
import { type ConcertDocument, concertOf } from "./concert-documents.ts";
import type { KvContext } from "./kv-context.ts";
import type { FollowUp } from "./documents.ts";
import { ownProfileToBe } from "./own-profile.ts";
import { cancelledReminders, movedReminders, releasedNotifications } from "./reminders.ts";

/** Creates a draft and, with an artist's first record, their profile. */
export async function createConcert(context: KvContext, fields: NewConcert): Promise<Concert> {
  const { id: artistId, email } = context.user();
  checkConcert({ ...emptyConcert, ...fields });
  const now = new Date();
  const profile = await ownProfileToBe(context);
  const owner = profile?.owner ?? artistId;
  const id = crypto.randomUUID();
  const document: ConcertDocument = {
    ...emptyConcert,
    ...fields,
    id,
    artist_id: artistId,
    owner,
    created_at: now.toISOString(),
    updated_at: now.toISOString(),
  };
  const profileToBe = await newProfile(owner, email, now.toISOString());
  return await context.documents.change<ConcertDocument, Concert>(
    prefixes.concert + id,
    () => ({
      result: concertOf(document, now),
      write: document,
      followUps: profile ? [] : [{ key: prefixes.profile + owner, insert: profileToBe }],
    }),
  );
}

const emptyConcert: Omit<
  ConcertDocument,
  "id" | "artist_id" | "owner" | "title" | "created_at" | "updated_at"
> = {
  legacy_id: null,
  inner_id: null,
  description: null,
  city: null,
  venue_name: null,
  venue_address: null,
  event_date: null,
  event_time: null,
  time_zone: defaultTimeZone,
  event_type: null,
  banner_image_url: null,
  ticket_price_min: null,
  ticket_price_max: null,
  ticket_link: null,
  ticket_capacity: null,
  tickets_sold: 0,
  moderation_status: "draft",
  moderation_comment: null,
  submitted_at: null,
  moderated_at: null,
  is_promoted: false,
  promotion_starts_at: null,
  promotion_ends_at: null,
  promotion_cost: null,
  is_hidden: false,
  is_cancelled: false,
  views_count: 0,
  clicks_count: 0,
  shares_count: 0,
  rev: 0,
  legacy: null,
};

export function updateConcert(
  context: KvContext,
  id: string,
  changes: ConcertChanges,
): Promise<Concert> {
  return changeOwn(context, id, accessRules.concerts.update, (concert, now) => {
    if (concert.is_cancelled) throw new Refusal("invalid_transition");
    const edited: ConcertDocument = { ...concert, ...changes };
    checkConcert(edited);
    const problems = problemsToEdit(concert, edited);
    if (problems.length > 0) throw new Refusal("validation_failed", problems);
    return needsModerationAgain(concert, changes) ? { ...edited, ...waiting(now) } : edited;
  }, (edited, concert) => movedReminders(context.notifications, concert, edited));
}

export function submitConcert(context: KvContext, id: string): Promise<Concert> {
  return changeOwn(context, id, accessRules.concerts.submit, (concert, now) => {
    const canBeSubmitted = concert.moderation_status === "draft" ||
      concert.moderation_status === "rejected";
    if (concert.is_cancelled || !canBeSubmitted) throw new Refusal("invalid_transition");
    const problems = problemsToSubmit(concert, now);
    if (problems.length > 0) throw new Refusal("validation_failed", problems);
    return { ...concert, ...waiting(now) };
  });
}

export function cancelConcert(context: KvContext, id: string): Promise<Concert> {
  return changeOwn(
    context,
    id,
    accessRules.concerts.cancel,
    (concert) => {
      if (concert.is_cancelled) throw new Refusal("invalid_transition");
      return { ...concert, is_cancelled: true };
    },
    (concert) => cancelledReminders(context.notifications, concert),
  );
}

export function hideConcert(context: KvContext, id: string, hidden: boolean): Promise<Concert> {
  return changeOwn(
    context,
    id,
    accessRules.concerts.hide,
    (concert) => concert.is_hidden === hidden ? null : { ...concert, is_hidden: hidden },
  );
}

export async function deleteConcert(context: KvContext, id: string): Promise<void> {
  const key = await context.finder.keyOf(id);
  if (key === null) throw new Refusal("not_found");
  await context.documents.change<ConcertDocument, void>(key, async (concert) => {
    mustAllow(context, accessRules.concerts.delete, concert);
    if ((await context.sales.ofConcert(concert)).length > 0) throw new Refusal("conflict");
    return {
      result: undefined,
      remove: true,
      followUps: [
        ...await releasedNotifications(context.notifications, concert),
        ...await releasedCampaigns(context, concert.id),
      ],
    };
  });
}

/**
 * Changes a concert of the caller's; null leaves it as it is. Throws `not_found`, also for somebody else's.
 *
 * @param followUpsOf what else the change brings about
 */
async function changeOwn(
  context: KvContext,
  id: string,
  rule: readonly Persona[],
  change: (concert: ConcertDocument, now: Date) => ConcertDocument | null,
  followUpsOf?: (changed: ConcertDocument, before: ConcertDocument) => Promise<FollowUp[]>,
): Promise<Concert> {
  const key = await context.finder.keyOf(id);
  if (key === null) throw new Refusal("not_found");
  return await context.documents.change<ConcertDocument, Concert>(key, async (concert) => {
    mustAllow(context, rule, concert);
    const now = new Date();
    const changed = change(concert, now);
    if (changed === null) return { result: concertOf(concert, now) };
    changed.updated_at = now.toISOString();
    return {
      result: concertOf(changed, now),
      write: changed,
      followUps: await followUpsOf?.(changed, concert),
    };
  });
}

/** What is not the caller's does not exist for them, even where they may look at it. */
function mustAllow(
  { caller }: KvContext,
  rule: readonly Persona[],
  concert: ConcertDocument | null,
): asserts concert is ConcertDocument {
  if (!concert || !isAllowed(rule, caller, concert.artist_id)) throw new Refusal("not_found");
}

/** The fields of a concert that waits for moderation from `now` on. */
function waiting(now: Date) {
  return {
    moderation_status: "pending",
    submitted_at: now.toISOString(),
    moderated_at: null,
    moderation_comment: null,
  } as const;
}
