import { accessRules, isAllowed } from "../../auth/access-rules.ts";
import type { Concert, ModerationDecision } from "../../domain/concert.ts";
import { Refusal } from "../../domain/refusal.ts";
import { prefixes } from "../legacy/keys.ts";
import { type ConcertDocument, concertOf } from "./concert-documents.ts";
import type { KvContext } from "./kv-context.ts";

/** Pending → approved or rejected; the decision on the concert brings the artist's notification with it. */
export async function moderateConcert(
  context: KvContext,
  id: string,
  { decision, comment }: ModerationDecision,
): Promise<Concert> {
  if (!isAllowed(accessRules.concerts.moderate, context.caller, null)) {
    throw new Refusal("forbidden");
  }
  const key = await context.finder.keyOf(id);
  if (key === null) throw new Refusal("not_found");
  return await context.documents.change<ConcertDocument, Concert>(key, (concert) => {
    if (!concert) throw new Refusal("not_found");
    if (concert.moderation_status !== "pending" || concert.is_cancelled) {
      throw new Refusal("invalid_transition");
    }
    const now = new Date();
    const decided: ConcertDocument = {
      ...concert,
      moderation_status: decision,
      moderation_comment: comment || null,
      moderated_at: now.toISOString(),
      updated_at: now.toISOString(),
    };
    const notification = notificationOf(decided, now);
    return {
      result: concertOf(decided, now),
      write: decided,
      followUps: [{
        key: `${prefixes.notification}${concert.owner}:${notification.id}`,
        insert: notification,
      }],
    };
  });
}

/** What the artist is told, in the shape of the contract's Notification. */
function notificationOf(concert: ConcertDocument, now: Date) {
  const { id, title, moderation_status: decision, moderation_comment: comment } = concert;
  const approved = decision === "approved";
  return {
    id: crypto.randomUUID(),
    legacy_id: null,
    user_id: concert.artist_id,
    concert_id: id,
    notification_type: "system",
    title: approved ? "Концерт одобрен" : "Концерт отклонён",
    message: approved
      ? `Концерт «${title}» прошёл модерацию и опубликован.`
      : `Концерт «${title}» отклонён: ${comment}`,
    link: `/concerts/${id}`,
    channel: "in_app",
    scheduled_for: null,
    status: "sent",
    sent_at: now.toISOString(),
    attempts: 0,
    error_message: null,
    is_read: false,
    read_at: null,
    is_archived: false,
    metadata: { concert_id: id, decision },
    created_at: now.toISOString(),
    updated_at: now.toISOString(),
  };
}
