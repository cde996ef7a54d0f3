import * as z from "zod/mini";
import { futureInstant } from "./instant.ts";
import { line, multilineText } from "./text.ts";

export const notificationTypes = [
  "reminder",
  "announcement",
  "ticket_update",
  "promotion",
  "system",
] as const;
export type NotificationType = typeof notificationTypes[number];

export const notificationChannels = ["email", "push", "both", "in_app"] as const;
/** Where a notification goes beside the list in the application. */
export type NotificationChannel = typeof notificationChannels[number];

export const notificationStatuses = [
  "pending",
  "sending",
  "sent",
  "failed",
  "cancelled",
] as const;
export type NotificationStatus = typeof notificationStatuses[number];

/** Something a person is told, or is to be told at `scheduled_for`. Instants in ISO 8601 UTC. */
export interface Notification {
  id: string;
  /** The record's id in the old store, null for records made since. */
  legacy_id: string | null;
  /** The account that is told. */
  user_id: string;
  concert_id: string | null;
  notification_type: NotificationType;
  title: string;
  message: string;
  link: string | null;
  channel: NotificationChannel;
  /** Null: never sent by the clock. */
  scheduled_for: string | null;
  status: NotificationStatus;
  sent_at: string | null;
  /** How often sending was tried. */
  attempts: number;
  /** Why it was not sent, or not yet. */
  error_message: string | null;
  is_read: boolean;
  read_at: string | null;
  is_archived: boolean;
  metadata: Record<string, unknown>;
  created_at: string;
  updated_at: string;
}

/** Why a notification was not sent, for the person it is for; the SQL functions say the same. */
export const notificationNotes = {
  concertCancelled: "Концерт отменён",
  concertDeleted: "Концерт удалён",
  concertMoved: "Концерт перенесён",
  concertBegun: "Концерт уже начался",
  tooLate: "Напоминать поздно",
  repeated: "Повторяет другое напоминание",
  disabled: "Отключено в настройках",
  interrupted: "Каждая попытка отправки прервалась",
  noAddress: "нет подтверждённого адреса почты",
  noBrowser: "нет браузера, подписанного на уведомления",
  badAddress: "На этот адрес нельзя отправить письмо",
} as const;

/** Which of a person's notifications are wanted; null means any. */
export interface NotificationFilter {
  type: NotificationType | null;
  status: NotificationStatus | null;
  unread: boolean | null;
  archived: boolean | null;
}

/** Counted from the rows, archived ones included. */
export interface NotificationCounts {
  total: number;
  unread: number;
  by_status: Record<NotificationStatus, number>;
  by_type: Record<NotificationType, number>;
}

/** A reminder to oneself. */
export const newReminderSchema = z.strictObject({
  concert_id: z.optional(z.nullable(line(1, 255))),
  title: line(1, 200),
  message: multilineText(2000),
  scheduled_for: futureInstant,
  channel: z.enum(notificationChannels),
});
export type NewReminder = z.infer<typeof newReminderSchema>;

export const notificationChangesSchema = z.partial(z.strictObject({
  is_read: z.boolean(),
  is_archived: z.boolean(),
})).check(z.refine((changes) => Object.keys(changes).length > 0, { error: "Нечего менять" }));
export type NotificationChanges = z.infer<typeof notificationChangesSchema>;

/** The counts of `notifications`. */
export function countNotifications(
  notifications: readonly Pick<Notification, "status" | "notification_type" | "is_read">[],
): NotificationCounts {
  const counts: NotificationCounts = {
    total: notifications.length,
    unread: 0,
    by_status: { pending: 0, sending: 0, sent: 0, failed: 0, cancelled: 0 },
    by_type: { reminder: 0, announcement: 0, ticket_update: 0, promotion: 0, system: 0 },
  };
  for (const { status, notification_type, is_read } of notifications) {
    if (!is_read) counts.unread++;
    counts.by_status[status]++;
    counts.by_type[notification_type]++;
  }
  return counts;
}
