import { accessRules, isAllowed } from "../../auth/access-rules.ts";
import type { Concert, ModerationDecision } from "../../domain/concert.ts";
import { Refusal } from "../../domain/refusal.ts";
import { type ConcertDocument, concertOf } from "./concert-documents.ts";
import type { KvContext } from "./kv-context.ts";
import { systemNotification } from "./system-notification.ts";

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
    return {
      result: concertOf(decided, now),
      write: decided,
      followUps: [systemNotification(decided, noticeOf(decided), now)],
    };
  });
}

/** What the artist is told. */
function noticeOf(concert: ConcertDocument) {
  const { title, moderation_status: decision, moderation_comment: comment } = concert;
  const approved = decision === "approved";
  return {
    title: approved ? "Концерт одобрен" : "Концерт отклонён",
    message: approved
      ? `Концерт «${title}» прошёл модерацию и опубликован.`
      : `Концерт «${title}» отклонён: ${comment}`,
    metadata: { decision },
  };
}
