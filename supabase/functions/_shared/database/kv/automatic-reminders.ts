import type { NotificationDocument, StoredNotification } from "./notification-documents.ts";

/** Whether the old code or this one made the reminder by itself: so many days before the concert. */
export function isAutomatic(
  { notification_type, days_before }: NotificationDocument,
): boolean {
  return notification_type === "reminder" && days_before !== undefined && days_before !== null;
}

/** The automatic reminders of one person and concert by their days; of the old store's repeats the first. */
export function automaticReminders(
  reminders: readonly StoredNotification[],
): Map<number, StoredNotification> {
  const byDays = new Map<number, StoredNotification>();
  for (const reminder of reminders) {
    const { days_before: days } = reminder.document;
    if (!isAutomatic(reminder.document) || typeof days !== "number") continue;
    const known = byDays.get(days);
    if (!known || isBefore(reminder.document, known.document)) byDays.set(days, reminder);
  }
  return byDays;
}

/** The ids of today of concerts, by the names that old reminders have for them. */
export type ConcertIds = ReadonlyMap<string, string>;

/** The names of concerts by which alone some of `all` might repeat others; without looking them up nobody can tell. */
export function namesInRepeats(all: readonly StoredNotification[]): string[] {
  const alike = Map.groupBy(
    all.map(({ document }) => document).filter(isAutomatic),
    ({ user_id, days_before }) => `${user_id} ${days_before}`,
  );
  return [...alike.values()].filter(({ length }) => length > 1).flat()
    .map(({ concert_id, concert_name }) => concert_id === null ? concert_name ?? null : null)
    .filter((name) => name !== null);
}

/** The others of the same person, concert and days as `document`: the old code made some several times over. */
export function repeatsOf(
  document: NotificationDocument,
  all: readonly StoredNotification[],
  concertIds: ConcertIds,
): StoredNotification[] {
  const place = placeOf(document, concertIds);
  if (place === null) return [];
  return all.filter((other) =>
    other.document.id !== document.id && placeOf(other.document, concertIds) === place
  );
}

/** Without the repeats of automatic reminders: one is reminded once, by the first. */
export function withoutRepeats(
  all: readonly StoredNotification[],
  concertIds: ConcertIds,
): StoredNotification[] {
  const firsts = new Map<string, StoredNotification>();
  for (const notification of all) {
    const place = placeOf(notification.document, concertIds);
    if (place === null) continue;
    const known = firsts.get(place);
    if (!known || isBefore(notification.document, known.document)) firsts.set(place, notification);
  }
  return all.filter((notification) => {
    const place = placeOf(notification.document, concertIds);
    return place === null || firsts.get(place) === notification;
  });
}

/** Of what one is reminded by the clock; null for all else, and for a reminder that has lost its concert. */
function placeOf(document: NotificationDocument, concertIds: ConcertIds): string | null {
  const { concert_id, concert_name: name = null, user_id, days_before } = document;
  const concert = concert_id ?? (name === null ? null : concertIds.get(name) ?? name);
  if (!isAutomatic(document) || concert === null) return null;
  return JSON.stringify([user_id, days_before, concert]);
}

/** Whether one was made before the other: the same one always, whatever became of either. */
export function isBefore(
  one: Pick<NotificationDocument, "created_at" | "id">,
  other: Pick<NotificationDocument, "created_at" | "id">,
): boolean {
  if (one.created_at !== other.created_at) return one.created_at < other.created_at;
  return one.id < other.id;
}
