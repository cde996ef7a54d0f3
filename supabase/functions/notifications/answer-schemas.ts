import * as z from "zod/mini";
import {
  type Notification,
  notificationChannels,
  type NotificationCounts,
  notificationStatuses,
  notificationTypes,
} from "../_shared/domain/notification.ts";
import type { NotificationSettings } from "../_shared/domain/notification-settings.ts";
import type { DispatchReport } from "./dispatch-notifications.ts";

// What the routes answer. Each schema is bound to the domain's type, so that neither can change alone.

const text = z.nullable(z.string());
const count = z.int().check(z.gte(0));
const instant = z.iso.datetime();

const notification = z.strictObject({
  id: z.uuid(),
  legacy_id: text,
  user_id: z.uuid(),
  concert_id: z.nullable(z.uuid()),
  notification_type: z.enum(notificationTypes),
  title: z.string(),
  message: z.string(),
  link: text,
  channel: z.enum(notificationChannels),
  scheduled_for: z.nullable(instant),
  status: z.enum(notificationStatuses),
  sent_at: z.nullable(instant),
  attempts: count,
  error_message: text,
  is_read: z.boolean(),
  read_at: z.nullable(instant),
  is_archived: z.boolean(),
  metadata: z.record(z.string(), z.unknown()),
  created_at: instant,
  updated_at: instant,
}) satisfies z.ZodMiniType<Notification>;

const counts = z.strictObject({
  total: count,
  unread: count,
  by_status: z.strictObject({
    pending: count,
    sending: count,
    sent: count,
    failed: count,
    cancelled: count,
  }),
  by_type: z.strictObject({
    reminder: count,
    announcement: count,
    ticket_update: count,
    promotion: count,
    system: count,
  }),
}) satisfies z.ZodMiniType<NotificationCounts>;

const settings = z.strictObject({
  email_enabled: z.boolean(),
  push_enabled: z.boolean(),
  reminder_days_before: z.array(z.int()),
  announcements_enabled: z.boolean(),
  promotions_enabled: z.boolean(),
  ticket_updates_enabled: z.boolean(),
}) satisfies z.ZodMiniType<NotificationSettings>;

const dispatchReport = z.strictObject({
  claimed: count,
  sent: count,
  failed: count,
  skipped: count,
}) satisfies z.ZodMiniType<DispatchReport>;

/** The schemas of the answers' `data` by name. */
export const answerSchemas = {
  Notification: notification,
  NotificationCounts: counts,
  ConcertReminders: z.array(notification),
  MarkedAsRead: z.strictObject({ updated: count }),
  NotificationSettings: settings,
  PushSubscription: z.strictObject({ endpoint: z.string() }),
  DispatchReport: dispatchReport,
};
