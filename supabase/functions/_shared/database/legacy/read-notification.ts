import { instantOf, isCalendarDate } from "../../domain/calendar.ts";
import { defaultTimeZone } from "../../domain/concert.ts";
import {
  type Notification,
  notificationChannels,
  type NotificationType,
  notificationTypes,
} from "../../domain/notification.ts";
import { offeredReminderDays } from "../../domain/notification-settings.ts";
import { artistIdOf, idOfKey } from "./ids.ts";
import { partsOf, prefixes } from "./keys.ts";
import { type FieldRepair, OldFields } from "./old-fields.ts";
import { fieldsOf, isStorable, type NoObject, type Reading } from "./reading.ts";

/** An old notification in the shape of today; its concert is to be looked up yet. */
export interface OldNotification extends Omit<Notification, "concert_id"> {
  /** The id by which it names its concert. */
  concert_name: string | null;
  /** Of a reminder the old code made by itself: so many days before the concert. */
  days_before: number | null;
}

export type NotificationRepair =
  | FieldRepair
  | "type_mapped"
  | "type_unknown"
  | "channel_unknown"
  | "status_unknown"
  | "status_meant_read"
  | "time_of_day_assumed"
  | "link_left_out"
  | "metadata_unreadable"
  | "created_at_from_id"
  | "created_at_unknown";

export type NotificationReason = NoObject | "missing_user";

type Fields = OldFields<NotificationRepair>;

/** What the in-app notices of the old product were about, in today's types. */
const mappedTypes = new Map<unknown, NotificationType>([
  ["concert_approved", "system"],
  ["concert_rejected", "system"],
  ["payment_success", "system"],
  ["new_message", "system"],
  ["marketing_started", "promotion"],
]);

/** The hour at which one is reminded on a day that was given without one. */
const assumedHour = "10:00";

/**
 * Reads `notification:{userId}:{id}` (a reminder to be sent) and `notification:{id}` (a notice in the application).
 *
 * A reminder's `sent` was written by «mark as read»: nothing of the old store was ever delivered, so that such a
 * reminder is still pending, and read.
 */
export async function readNotification(
  key: string,
  value: unknown,
): Promise<Reading<OldNotification, NotificationRepair, NotificationReason>> {
  const content = fieldsOf(value);
  if (typeof content === "string") return { unreadable: content };
  const fields: Fields = new OldFields<NotificationRepair>(content);
  const { owner: keyOwner, id } = partsOf(key, prefixes.notification);
  const owner = keyOwner ?? fields.text("user_id", "userId");
  if (!owner) return { unreadable: "missing_user" };

  const metadata = readMetadata(fields);
  const notification_type = readType(fields, keyOwner !== null, metadata);
  const shared = {
    id: await idOfKey(key),
    legacy_id: id,
    user_id: await artistIdOf(owner),
    notification_type,
    title: fields.shortText(500, "title") ?? "",
    message: fields.shortText(5000, "message") ?? "",
    link: readLink(fields),
    metadata,
    attempts: 0,
    error_message: null,
  };
  const created_at = readCreation(fields, id);
  const record: OldNotification = keyOwner === null
    ? { ...shared, ...readNotice(fields, metadata, created_at) }
    : { ...shared, ...readReminder(fields, shared.title, metadata, created_at) };
  return { record, repairs: [...fields.repairs] };
}

function readReminder(
  fields: Fields,
  title: string,
  metadata: Record<string, unknown>,
  created_at: string,
) {
  const status = fields.raw("status");
  const isCancelled = status === "cancelled";
  if (status !== "pending" && status !== "sent" && !isCancelled) {
    fields.repairs.add("status_unknown");
  }
  const isRead = status === "sent";
  if (isRead) fields.repairs.add("status_meant_read");
  const read_at = isRead ? fields.instant("sentAt", "sent_at") : null;
  return {
    concert_name: fields.text("concertId", "concert_id"),
    days_before: readDaysBefore(title, metadata),
    channel: readChannel(fields),
    scheduled_for: readSchedule(fields),
    status: isCancelled ? "cancelled" as const : "pending" as const,
    sent_at: null,
    is_read: isRead,
    read_at,
    is_archived: false,
    created_at,
    updated_at: read_at ?? created_at,
  };
}

function readNotice(fields: Fields, metadata: Record<string, unknown>, created_at: string) {
  const concert = metadata.concert_id;
  if (fields.flag("starred")) metadata.starred = true;
  return {
    concert_name: typeof concert === "string" && concert !== "" ? concert : null,
    days_before: null,
    channel: "in_app" as const,
    scheduled_for: null,
    // It has been in its user's list since it was made.
    status: "sent" as const,
    sent_at: created_at,
    is_read: fields.flag("read"),
    read_at: null,
    is_archived: fields.flag("archived"),
    created_at,
    updated_at: created_at,
  };
}

function readType(
  fields: Fields,
  isReminder: boolean,
  metadata: Record<string, unknown>,
): NotificationType {
  const stated = fields.raw("type", "notification_type");
  const known = notificationTypes.find((type) => type === stated);
  if (known) return known;
  const mapped = mappedTypes.get(stated);
  fields.repairs.add(mapped ? "type_mapped" : "type_unknown");
  if (typeof stated === "string") {
    metadata.old_type = stated.replaceAll("\0", "").toWellFormed();
  }
  return mapped ?? (isReminder ? "reminder" : "system");
}

function readChannel(fields: Fields) {
  const stated = fields.raw("channel");
  const known = notificationChannels.find((channel) => channel === stated);
  if (!known) fields.repairs.add("channel_unknown");
  return known ?? "both";
}

/** When it is to be sent; by the clocks of Moscow where no zone is given, at ten where no hour is. */
function readSchedule(fields: Fields): string | null {
  const text = fields.text("scheduledFor", "scheduled_for");
  if (text === null || !isCalendarDate(text)) {
    return fields.instant("scheduledFor", "scheduled_for");
  }
  fields.repairs.add("time_of_day_assumed");
  return instantOf(text, assumedHour, defaultTimeZone).toISOString();
}

/** The old code made reminders by itself «через 7 дней», with the concert inside; people wrote theirs freely. */
function readDaysBefore(title: string, metadata: Record<string, unknown>): number | null {
  if (typeof metadata.concert !== "object" || metadata.concert === null) return null;
  const days = Number(/^Концерт через (\d{1,2}) (?:день|дня|дней)$/.exec(title)?.[1]);
  return offeredReminderDays.find((offered) => offered === days) ?? null;
}

/** A page of the application, or an http(s) address; anything else could run script where the link is shown. */
function readLink(fields: Fields): string | null {
  const text = fields.text("link");
  if (text === null) return null;
  const isWeb = /^https?:$/.test(URL.parse(text)?.protocol ?? "");
  if ((isWeb || /^\/(?![/\\])/.test(text)) && text.length <= 2000) return text;
  fields.repairs.add("link_left_out");
  return null;
}

function readMetadata(fields: Fields): Record<string, unknown> {
  const metadata = fields.raw("metadata");
  if (metadata === undefined) return {};
  if (typeof metadata === "object" && !Array.isArray(metadata) && isStorable(metadata)) {
    return { ...metadata };
  }
  fields.repairs.add("metadata_unreadable");
  return {};
}

function readCreation(fields: Fields, id: string): string {
  const stated = fields.instant("created_at", "createdAt");
  if (stated !== null) return stated;
  const milliseconds = /(?:^|_)(1\d{12})(?=[-_])/.exec(id)?.[1];
  fields.repairs.add(milliseconds ? "created_at_from_id" : "created_at_unknown");
  return new Date(Number(milliseconds ?? 0)).toISOString();
}
