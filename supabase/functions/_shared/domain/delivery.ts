import { type Notification, notificationNotes } from "./notification.ts";
import { defaultNotificationSettings, type NotificationSettings } from "./notification-settings.ts";
import type { PushSubscription } from "./push-subscription.ts";

/** After so many attempts a notification is given up. */
const maximumAttempts = 5;

/** How long a dispatcher may keep what it claimed, in seconds: longer than it ever runs. */
export const leaseSeconds = 150;

/** At most so many are claimed together. */
export const largestClaim = 100;

/** A notification whose time has come, with all that decides what becomes of it. */
export interface DueNotification extends
  Pick<
    Notification,
    "id" | "user_id" | "notification_type" | "title" | "message" | "link" | "channel"
  > {
  /** This one included. */
  attempts: number;
  /** Null: nothing was chosen. */
  settings: NotificationSettings | null;
  /** The account's verified address. */
  email: string | null;
  subscriptions: PushSubscription[];
  /** Why there is no use in it any more, for the person it is for. */
  pointless: string | null;
}

/** What is done about a due notification: nothing but to say so, or to send it. */
export type DeliveryPlan =
  | { outcome: DeliveryOutcome }
  | { email: string | null; subscriptions: PushSubscription[] };

/**
 * What became of a due notification. `released`: not tried after all, to be claimed again. `unknown`: it may have been
 * sent; it stays in its claim, to be tried again under the same id. `apart`: it leaves the others of its claim and goes
 * on as one of its own, under `claimId`, for the time that was left.
 */
export type DeliveryOutcome =
  | { status: "sent" }
  | { status: "cancelled" | "failed"; reason: string }
  | { status: "retry"; reason: string; inSeconds: number }
  | { status: "released" | "unknown"; reason: string | null; inSeconds: number }
  | { status: "apart"; claimId: string };

/** By which ways `notification` is to go, as its channel, its owner's settings and their addresses allow. */
export function planDelivery(notification: DueNotification): DeliveryPlan {
  const { channel, pointless, attempts } = notification;
  const settings = notification.settings ?? defaultNotificationSettings;
  if (pointless !== null) return { outcome: { status: "cancelled", reason: pointless } };
  if (!isWanted(notification, settings)) return disabled;
  if (channel === "in_app") return { outcome: { status: "sent" } };
  // Claimed again and again without an outcome: whoever tried did not live to tell.
  if (attempts > maximumAttempts) {
    return { outcome: { status: "failed", reason: notificationNotes.interrupted } };
  }

  const byEmail = channel !== "push" && settings.email_enabled;
  const byPush = channel !== "email" && settings.push_enabled;
  if (!byEmail && !byPush) return disabled;
  const email = byEmail ? notification.email : null;
  const subscriptions = byPush ? notification.subscriptions : [];
  if (email !== null || subscriptions.length > 0) return { email, subscriptions };
  const missing = [
    byEmail ? notificationNotes.noAddress : null,
    byPush ? notificationNotes.noBrowser : null,
  ];
  const reason = missing.filter((text) => text !== null).join(", ");
  return { outcome: { status: "failed", reason } };
}

const disabled: DeliveryPlan = {
  outcome: { status: "cancelled", reason: notificationNotes.disabled },
};

/** Reminders are asked for one by one and system notices are always told; the others can be switched off. */
function isWanted(
  { notification_type: type }: DueNotification,
  settings: NotificationSettings,
): boolean {
  if (type === "announcement") return settings.announcements_enabled;
  if (type === "promotion") return settings.promotions_enabled;
  if (type === "ticket_update") return settings.ticket_updates_enabled;
  return true;
}

const retryMinutes = [1, 5, 15, 60];

/**
 * What follows a failed attempt: another one after 1, 5, 15, 60 minutes, or the end.
 *
 * @param random from 0 to 1: moves the time by up to a fifth either way, so that what failed together does not come
 *   back together
 */
export function afterFailure(attempts: number, reason: string, random: number): DeliveryOutcome {
  if (attempts >= maximumAttempts) return { status: "failed", reason };
  const minutes = retryMinutes[attempts - 1] ?? retryMinutes[retryMinutes.length - 1];
  return { status: "retry", reason, inSeconds: Math.round(minutes * 60 * (0.8 + 0.4 * random)) };
}
