import { accessRules, isAllowed } from "../../auth/access-rules.ts";
import {
  dateMissingDetail,
  reminderMessage,
  reminderTime,
  reminderTitle,
} from "../../domain/concert-reminder.ts";
import { nearestInstant } from "../../domain/instant.ts";
import { notificationNotes } from "../../domain/notification.ts";
import { Refusal } from "../../domain/refusal.ts";
import { idOfKey } from "../legacy/ids.ts";
import type { ConcertReminders } from "../notification-repository.ts";
import { automaticReminders } from "./automatic-reminders.ts";
import { type ConcertDocument, namesOf } from "./concert-documents.ts";
import type { FollowUp } from "./documents.ts";
import type { KvContext } from "./kv-context.ts";
import {
  newNotification,
  type NotificationDocument,
  notificationOf,
  type StoredNotification,
} from "./notification-documents.ts";
import { ownSettings } from "./notification-settings.ts";
import { notificationKey, type StoredNotifications } from "./stored-notifications.ts";

/**
 * Reminds the owner of their concert on the days they have chosen. The concert decides, so that two who ask at once go
 * one after the other, and so does whoever moves it meanwhile.
 */
export async function createConcertReminders(
  context: KvContext,
  concertId: string,
): Promise<ConcertReminders> {
  const { id: userId } = context.user();
  const key = await context.finder.keyOf(concertId);
  if (key === null) throw new Refusal("not_found");
  const { reminder_days_before: daysWanted } = await ownSettings(context);
  return await context.documents.change<ConcertDocument, ConcertReminders>(
    key,
    async (concert) => {
      const isOwn = concert !== null &&
        isAllowed(accessRules.notifications.create, context.caller, concert.artist_id);
      if (!isOwn) throw new Refusal("not_found");
      if (concert.is_cancelled) throw new Refusal("invalid_transition");
      if (concert.event_date === null) throw new Refusal("validation_failed", [dateMissingDetail]);

      const now = new Date();
      const known = automaticReminders(
        (await context.notifications.ofConcert(namesOf(concert)))
          .filter(({ document }) => document.user_id === userId),
      );
      const created: { document: NotificationDocument; followUp: FollowUp }[] = [];
      for (const days of daysWanted) {
        const due = reminderTime(concert, days);
        const existing = known.get(days);
        const isCancelled = existing?.document.status === "cancelled";
        if (due === null || due <= now || (existing && !isCancelled)) continue;
        created.push(
          existing
            ? revived(existing, concert, due, now)
            : await newReminder(concert, userId, days, due, now),
        );
      }
      const kept = [...known.values()].map(({ document }) => document)
        .filter(({ status }) => status !== "cancelled");
      const reminders = await context.notifications.withConcerts(
        [...kept, ...created.map(({ document }) => document)],
      );
      const result = {
        created: created.length,
        reminders: reminders.map(notificationOf).sort((one, other) =>
          `${one.scheduled_for} ${one.id}` < `${other.scheduled_for} ${other.id}` ? -1 : 1
        ),
      };
      if (created.length === 0) return { result };
      return { result, write: concert, followUps: created.map(({ followUp }) => followUp) };
    },
  );
}

async function newReminder(
  concert: ConcertDocument,
  user_id: string,
  days_before: number,
  due: Date,
  now: Date,
) {
  // The id follows from what the reminder is for: written twice, it is there once.
  const id = await idOfKey(`reminder:${concert.id}:${user_id}:${days_before}`);
  const document: Omit<NotificationDocument, "rev"> = {
    ...newNotification(now),
    id,
    user_id,
    concert_id: concert.id,
    notification_type: "reminder",
    title: reminderTitle(days_before),
    message: reminderMessage(concert),
    link: `/concerts/${concert.id}`,
    channel: "both",
    scheduled_for: due.toISOString(),
    status: "pending",
    metadata: { days_before },
    days_before,
  };
  return {
    document: { ...document, rev: 1 },
    followUp: { key: notificationKey(user_id, id), insert: document },
  };
}

/** One that was cancelled, because the concert had been moved too near, comes back. */
function revived(
  { row, document }: StoredNotification,
  concert: ConcertDocument,
  due: Date,
  now: Date,
) {
  const set = {
    message: reminderMessage(concert),
    scheduled_for: due.toISOString(),
    retry_at: null,
    status: "pending" as const,
    attempts: 0,
    error_message: null,
    is_read: false,
    read_at: null,
    updated_at: now.toISOString(),
  };
  return { document: { ...document, ...set }, followUp: { key: row.key, set } };
}

/** The writes that cancel the pending reminders of a concert that is cancelled. */
export async function cancelledReminders(
  notifications: StoredNotifications,
  concert: ConcertDocument,
): Promise<FollowUp[]> {
  const updated_at = new Date().toISOString();
  return (await pendingReminders(notifications, concert)).map(({ row: { key } }) => ({
    key,
    set: { status: "cancelled", error_message: notificationNotes.concertCancelled, updated_at },
  }));
}

/** The writes that let go of a concert that is deleted: pending reminders of it are cancelled, and nothing names it. */
export async function releasedNotifications(
  notifications: StoredNotifications,
  concert: ConcertDocument,
): Promise<FollowUp[]> {
  const updated_at = new Date().toISOString();
  return (await notifications.ofConcert(namesOf(concert))).map(({ row: { key }, document }) => ({
    key,
    set: {
      concert_id: null,
      concert_name: null,
      ...(isPendingReminder(document)
        ? { status: "cancelled", error_message: notificationNotes.concertDeleted, updated_at }
        : {}),
    },
  }));
}

/**
 * The writes that let pending reminders follow their concert from `before` to `after`, and those that are being sent,
 * which may come back. An automatic one says how many days are left, so that it is cancelled when its day has gone by;
 * one for a time of the person's own moves by as much as the concert does.
 */
export async function movedReminders(
  notifications: StoredNotifications,
  before: ConcertDocument,
  after: ConcertDocument,
): Promise<FollowUp[]> {
  const [wasAt, isAt] = [reminderTime(before, 0), reminderTime(after, 0)];
  const isMoved = wasAt?.getTime() !== isAt?.getTime();
  if (!isMoved && reminderMessage(before) === reminderMessage(after)) return [];
  const now = new Date();
  const updated_at = now.toISOString();
  const followUps: FollowUp[] = [];
  const following = (await notifications.ofConcert(namesOf(before))).filter(({ document }) =>
    isPendingReminder(document) || isBeingSent(document)
  );
  for (const { row: { key }, document } of following) {
    const { days_before: days, scheduled_for } = document;
    if (days !== undefined && days !== null) {
      const due = reminderTime(after, days);
      followUps.push({
        key,
        set: isMoved && (due === null || due <= now)
          ? {
            status: "cancelled",
            error_message: notificationNotes.concertMoved,
            claim_id: null,
            lease_until: null,
            updated_at,
          }
          : {
            message: reminderMessage(after),
            ...(isMoved ? { scheduled_for: due?.toISOString(), retry_at: null } : {}),
            updated_at,
          },
      });
    } else if (isMoved && wasAt && isAt && scheduled_for !== null) {
      const moved = Date.parse(scheduled_for) + isAt.getTime() - wasAt.getTime();
      followUps.push({
        key,
        set: { scheduled_for: nearestInstant(moved), retry_at: null, updated_at },
      });
    }
  }
  return followUps;
}

async function pendingReminders(
  notifications: StoredNotifications,
  concert: ConcertDocument,
): Promise<StoredNotification[]> {
  return (await notifications.ofConcert(namesOf(concert)))
    .filter(({ document }) => isPendingReminder(document));
}

function isPendingReminder({ status, notification_type }: NotificationDocument): boolean {
  return status === "pending" && notification_type === "reminder";
}

function isBeingSent({ status, notification_type }: NotificationDocument): boolean {
  return status === "sending" && notification_type === "reminder";
}
