import {
  defaultNotificationSettings,
  type NotificationSettings,
  offeredReminderDays,
  sortedDays,
} from "../../domain/notification-settings.ts";
import { artistIdOf } from "./ids.ts";
import { prefixes } from "./keys.ts";
import { flagIn } from "./old-fields.ts";
import { fieldsOf, type NoObject, type Reading } from "./reading.ts";

/** Old settings in the shape of today. */
export interface OldNotificationSettings extends NotificationSettings {
  user_id: string;
}

export type SettingsRepair =
  | "flag_from_text"
  | "flag_unreadable"
  | "days_not_offered"
  | "days_unreadable";

/** Reads `notification_settings:{userId}`. What is not said, or is no yes or no, has its default. */
export async function readNotificationSettings(
  key: string,
  value: unknown,
): Promise<Reading<OldNotificationSettings, SettingsRepair, NoObject>> {
  const content = fieldsOf(value);
  if (typeof content === "string") return { unreadable: content };
  const repairs = new Set<SettingsRepair>();
  const defaults = defaultNotificationSettings;

  const flag = (name: string, otherwise: boolean): boolean => {
    const stated = Object.hasOwn(content, name) ? content[name] : undefined;
    if (typeof stated === "boolean") return stated;
    if (stated === undefined) return otherwise;
    const flag = flagIn(stated);
    repairs.add(flag === null ? "flag_unreadable" : "flag_from_text");
    return flag ?? otherwise;
  };

  const record: OldNotificationSettings = {
    user_id: await artistIdOf(key.slice(prefixes.notificationSettings.length)),
    email_enabled: flag("emailEnabled", defaults.email_enabled),
    push_enabled: flag("pushEnabled", defaults.push_enabled),
    reminder_days_before: readDays(content.reminderDaysBefore, repairs),
    announcements_enabled: flag("announcements", defaults.announcements_enabled),
    promotions_enabled: flag("promotions", defaults.promotions_enabled),
    ticket_updates_enabled: flag("ticketUpdates", defaults.ticket_updates_enabled),
  };
  return { record, repairs: [...repairs] };
}

function readDays(stated: unknown, repairs: Set<SettingsRepair>): number[] {
  if (stated === undefined) return defaultNotificationSettings.reminder_days_before;
  if (!Array.isArray(stated)) {
    repairs.add("days_unreadable");
    return defaultNotificationSettings.reminder_days_before;
  }
  const days = offeredReminderDays.filter((offered) => stated.includes(offered));
  if (days.length < new Set(stated).size) repairs.add("days_not_offered");
  return sortedDays(days);
}
