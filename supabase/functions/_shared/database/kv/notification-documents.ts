import type { Notification } from "../../domain/notification.ts";
import { keepsakeOf } from "../legacy/reading.ts";
import {
  type NotificationReason,
  type NotificationRepair,
  readNotification,
} from "../legacy/read-notification.ts";
import type { ConcertFinder } from "./concert-finder.ts";
import { hasShape } from "./document-shapes.ts";
import { isDocument, type StoredDocument } from "./documents.ts";
import type { Row } from "./kv-table.ts";

/** A notification as it is stored. */
export interface NotificationDocument extends Notification, StoredDocument {
  /** Of an old one: the id by which it names its concert, which is to be looked up yet. */
  concert_name?: string | null;
  /** Of an automatic reminder: so many days before its concert. */
  days_before?: number | null;
  /** After a failed attempt: when to try again. */
  retry_at?: string | null;
  /** Of what is being sent: the claim it was taken with, and until when whoever took it may keep it. */
  claim_id?: string | null;
  lease_until?: string | null;
}

/** A notification and where it is: the row as it was read, for a write that changes nothing else's. */
export interface StoredNotification {
  row: Row;
  document: NotificationDocument;
}

/** A notification's row in the shape of today, or why it is none. */
export async function openNotification(
  row: Row,
): Promise<
  | { document: NotificationDocument; repairs: NotificationRepair[] }
  | { unreadable: NotificationReason | "broken_document" }
> {
  if (isDocument(row.value)) {
    return hasShape("notification", row.value)
      ? { document: row.value as NotificationDocument, repairs: [] }
      : { unreadable: "broken_document" };
  }
  const reading = await readNotification(row.key, row.value);
  if ("unreadable" in reading) return reading;
  return {
    document: {
      ...reading.record,
      concert_id: null,
      rev: revisionOf(row.value),
      legacy: keepsakeOf(row.value),
    },
    repairs: reading.repairs,
  };
}

/** Looks up the concerts that old ones name by an id of the old store: null where there is none any more. */
export async function withConcerts(
  documents: readonly NotificationDocument[],
  finder: ConcertFinder,
): Promise<NotificationDocument[]> {
  const names = documents.map(({ concert_name }) => concert_name ?? null)
    .filter((name) => name !== null);
  if (names.length === 0) return [...documents];
  const ids = await finder.idsOf(names);
  return documents.map((document) => {
    const { concert_name: name } = document;
    if (name === undefined || name === null) return document;
    return { ...document, concert_name: null, concert_id: ids.get(name) ?? null };
  });
}

/** The notification as the contract has it. */
export function notificationOf(document: NotificationDocument): Notification {
  return {
    id: document.id,
    legacy_id: document.legacy_id,
    user_id: document.user_id,
    concert_id: document.concert_id,
    notification_type: document.notification_type,
    title: document.title,
    message: document.message,
    link: document.link,
    channel: document.channel,
    scheduled_for: document.scheduled_for,
    status: document.status,
    sent_at: document.sent_at,
    attempts: document.attempts,
    error_message: document.error_message,
    is_read: document.is_read,
    read_at: document.read_at,
    is_archived: document.is_archived,
    metadata: document.metadata,
    created_at: document.created_at,
    updated_at: document.updated_at,
  };
}

/** What a new notification has beside what it says. */
export function newNotification(now: Date) {
  return {
    legacy_id: null,
    sent_at: null,
    attempts: 0,
    error_message: null,
    is_read: false,
    read_at: null,
    is_archived: false,
    created_at: now.toISOString(),
    updated_at: now.toISOString(),
    legacy: null,
  };
}

/** A value that was written to before its kind had a shape of its own counts on. */
function revisionOf(value: unknown): number {
  const revision: unknown = Reflect.get(Object(value), "rev");
  return Number.isInteger(revision) ? Number(revision) : 0;
}
