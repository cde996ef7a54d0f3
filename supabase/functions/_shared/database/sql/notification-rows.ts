import type { ClaimedNotifications } from "../notification-repository.ts";
import type { Notification } from "../../domain/notification.ts";
import { instant } from "./rows.ts";

/** As the Data API and the SQL functions give it: instants as PostgreSQL writes them. */
export type NotificationRow = Notification;

export const notificationColumns = [
  "id",
  "legacy_id",
  "user_id",
  "concert_id",
  "notification_type",
  "title",
  "message",
  "link",
  "channel",
  "scheduled_for",
  "status",
  "sent_at",
  "attempts",
  "error_message",
  "is_read",
  "read_at",
  "is_archived",
  "metadata",
  "created_at",
  "updated_at",
] as const satisfies readonly (keyof Notification)[];

export function notificationFrom(row: NotificationRow): Notification {
  return {
    id: row.id,
    legacy_id: row.legacy_id,
    user_id: row.user_id,
    concert_id: row.concert_id,
    notification_type: row.notification_type,
    title: row.title,
    message: row.message,
    link: row.link,
    channel: row.channel,
    scheduled_for: instantOrNull(row.scheduled_for),
    status: row.status,
    sent_at: instantOrNull(row.sent_at),
    attempts: row.attempts,
    error_message: row.error_message,
    is_read: row.is_read,
    read_at: instantOrNull(row.read_at),
    is_archived: row.is_archived,
    metadata: row.metadata,
    created_at: instant(row.created_at),
    updated_at: instant(row.updated_at),
  };
}

/** What `claim_notifications` answers. */
export interface ClaimRow extends Omit<ClaimedNotifications, "mayBeTaken"> {
  may_be_taken: boolean;
}

function instantOrNull(value: string | null): string | null {
  return value === null ? null : instant(value);
}
