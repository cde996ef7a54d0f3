import { prefixes } from "../legacy/keys.ts";
import type { ConcertDocument } from "./concert-documents.ts";
import type { FollowUp } from "./documents.ts";

/** What an artist is told about their concert in the application, in the shape of the contract's Notification. */
export function systemNotification(
  concert: ConcertDocument,
  { title, message, metadata }: {
    title: string;
    message: string;
    metadata: Record<string, unknown>;
  },
  now: Date,
): FollowUp & { insert: object } {
  const id = crypto.randomUUID();
  return {
    key: `${prefixes.notification}${concert.owner}:${id}`,
    insert: {
      id,
      legacy_id: null,
      user_id: concert.artist_id,
      concert_id: concert.id,
      notification_type: "system",
      title,
      message,
      link: `/concerts/${concert.id}`,
      channel: "in_app",
      scheduled_for: null,
      status: "sent",
      sent_at: now.toISOString(),
      attempts: 0,
      error_message: null,
      is_read: false,
      read_at: null,
      is_archived: false,
      metadata: { concert_id: concert.id, ...metadata },
      created_at: now.toISOString(),
      updated_at: now.toISOString(),
    },
  };
}
