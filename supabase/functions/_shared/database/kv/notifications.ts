import { pooledMap } from "deno-std/async/pool.js";
import { accessRules, isAllowed } from "../../auth/access-rules.ts";
import { isPublic } from "../../domain/concert.ts";
import { pastInstantDetail } from "../../domain/instant.ts";
import {
  countNotifications,
  type NewReminder,
  type Notification,
  type NotificationChanges,
} from "../../domain/notification.ts";
import { Refusal } from "../../domain/refusal.ts";
import type { NotificationRepository } from "../notification-repository.ts";
import { concertOf } from "./concert-documents.ts";
import { claimDue, recordDeliveries } from "./due-notifications.ts";
import type { Decision } from "./documents.ts";
import type { KvContext } from "./kv-context.ts";
import {
  newNotification,
  type NotificationDocument,
  notificationOf,
  type StoredNotification,
} from "./notification-documents.ts";
import { ownSettings, updateSettings } from "./notification-settings.ts";
import { pageOf } from "./page-of.ts";
import { subscribe, unsubscribe } from "./push-subscriptions.ts";
import { createConcertReminders } from "./reminders.ts";
import { notificationKey } from "./stored-notifications.ts";

/** Writes at once; each is a request. */
const parallelWrites = 10;

export function createNotificationRepository(context: KvContext): NotificationRepository {
  const { notifications, documents } = context;

  return {
    async list({ type, status, unread, archived }, page) {
      const own = (await notifications.ofUser(context.user().id)).map(({ document }) => document)
        .filter((notification) =>
          (type === null || notification.notification_type === type) &&
          (status === null || notification.status === status) &&
          (unread === null || notification.is_read === !unread) &&
          (archived === null || notification.is_archived === archived)
        );
      const positionOf = ({ created_at, id }: NotificationDocument) => ({ value: created_at, id });
      const { items, next } = pageOf(own, page, positionOf, "descending");
      return { items: (await notifications.withConcerts(items)).map(notificationOf), next };
    },

    async counts() {
      const own = await notifications.ofUser(context.user().id);
      return countNotifications(own.map(({ document }) => document));
    },

    create: (reminder) => createReminder(context, reminder),
    createReminders: (concertId) => createConcertReminders(context, concertId),

    update: (id, changes) =>
      changeOwn(context, id, (current, now) => ({
        result: notificationOf(marked(current, changes, now)),
        write: marked(current, changes, now),
      })),

    async markAllRead() {
      const { id } = context.user();
      const unread = (await notifications.ofUser(id)).filter(({ document }) => !document.is_read);
      const counts = await Array.fromAsync(pooledMap(
        parallelWrites,
        unread,
        ({ row: { key } }: StoredNotification) =>
          documents.change<NotificationDocument, number>(key, (current) => {
            if (!current || current.is_read || current.user_id !== id) return { result: 0 };
            return { result: 1, write: marked(current, { is_read: true }, new Date()) };
          }),
      )) as number[];
      return counts.reduce((sum, count) => sum + count, 0);
    },

    delete: (id) =>
      changeOwn(context, id, async (current) => ({
        result: undefined,
        remove: true,
        // Otherwise the next of them would take its place.
        followUps: (await notifications.repeatsOf(current))
          .map(({ row: { key } }) => ({ key, remove: true })),
      })),

    settings: () => ownSettings(context),
    updateSettings: (changes) => updateSettings(context, changes),
    subscribe: (subscription) => subscribe(context, subscription),
    unsubscribe: (endpoint) => unsubscribe(context, endpoint),
    claimDue: (limit) => claimDue(context, limit),
    recordDeliveries: (claimIds, record) => recordDeliveries(context, claimIds, record),
  };
}

async function createReminder(
  context: KvContext,
  { concert_id, title, message, scheduled_for, channel }: NewReminder,
): Promise<Notification> {
  const { id: user_id } = context.user();
  const now = new Date();
  if (Date.parse(scheduled_for) <= now.getTime()) {
    throw new Refusal("validation_failed", [pastInstantDetail]);
  }
  const concertId = concert_id === undefined || concert_id === null
    ? null
    : await visibleConcertId(context, concert_id, now);
  const id = crypto.randomUUID();
  const document: Omit<NotificationDocument, "rev"> = {
    ...newNotification(now),
    id,
    user_id,
    concert_id: concertId,
    notification_type: "reminder",
    title,
    message,
    link: concertId === null ? null : `/concerts/${concertId}`,
    channel,
    scheduled_for,
    status: "pending",
    metadata: {},
  };
  return await context.documents.change<NotificationDocument, Notification>(
    notificationKey(user_id, id),
    () => ({ result: notificationOf({ ...document, rev: 1 }), write: document }),
  );
}

/** Throws `not_found` for a concert the caller may not see. */
async function visibleConcertId(
  { finder, caller }: KvContext,
  id: string,
  now: Date,
): Promise<string> {
  const concert = (await finder.find(id))?.document;
  const isVisible = concert !== undefined &&
    (isAllowed(accessRules.concerts.read_full, caller, concert.artist_id) ||
      isPublic(concertOf(concert, now)));
  if (!isVisible) throw new Refusal("not_found");
  return concert.id;
}

/** Changes a notification of the caller's. Throws `not_found`, also for somebody else's. */
async function changeOwn<Result>(
  context: KvContext,
  id: string,
  decide: (
    current: NotificationDocument,
    now: Date,
  ) => Promise<Decision<Result>> | Decision<Result>,
): Promise<Result> {
  const { id: userId } = context.user();
  const key = await context.notifications.keyOf(userId, id);
  if (key === null) throw new Refusal("not_found");
  return await context.documents.change<NotificationDocument, Result>(key, (current) => {
    if (current?.user_id !== userId) throw new Refusal("not_found");
    return decide(current, new Date());
  });
}

/** What was read is read since the first time; what is not read was never. */
function marked(
  current: NotificationDocument,
  { is_read = current.is_read, is_archived = current.is_archived }: NotificationChanges,
  now: Date,
): NotificationDocument {
  const readAt = current.is_read ? current.read_at : now.toISOString();
  return {
    ...current,
    is_read,
    read_at: is_read ? readAt : null,
    is_archived,
    updated_at: now.toISOString(),
  };
}
