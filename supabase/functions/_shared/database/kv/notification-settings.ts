import {
  defaultNotificationSettings,
  type NotificationSettings,
  type NotificationSettingsChanges,
} from "../../domain/notification-settings.ts";
import { artistIdOf } from "../legacy/ids.ts";
import { prefixes } from "../legacy/keys.ts";
import { keepsakeOf, type NoObject } from "../legacy/reading.ts";
import {
  readNotificationSettings,
  type SettingsRepair,
} from "../legacy/read-notification-settings.ts";
import { hasShape } from "./document-shapes.ts";
import { isDocument, type StoredDocument } from "./documents.ts";
import type { KvContext } from "./kv-context.ts";
import type { KvTable, Row } from "./kv-table.ts";

/** A person's settings as they are stored. */
export interface SettingsDocument extends NotificationSettings, StoredDocument {
  user_id: string;
  /** Whose they were in the old store, where an account has taken them over since; else the key says it. */
  legacy_id?: string | null;
}

export function settingsKey(userId: string): string {
  return prefixes.notificationSettings + userId;
}

/** A row of settings in the shape of today; null when it cannot be read, which leaves the defaults. */
export async function openSettings(row: Row): Promise<SettingsDocument | null> {
  const reading = await readSettingsRow(row);
  return "document" in reading ? reading.document : null;
}

/** The same with what had to be repaired, or why it cannot be read. */
export async function readSettingsRow({ key, value }: Row): Promise<
  | { document: SettingsDocument; repairs: SettingsRepair[] }
  | { unreadable: NoObject | "broken_document" }
> {
  if (isDocument(value)) {
    return hasShape("settings", value)
      ? { document: value as SettingsDocument, repairs: [] }
      : { unreadable: "broken_document" };
  }
  const reading = await readNotificationSettings(key, value);
  if ("unreadable" in reading) return reading;
  return {
    document: { ...reading.record, rev: 0, legacy: keepsakeOf(value) },
    repairs: reading.repairs,
  };
}

/** Everybody's settings, by the person's id. */
export async function settingsByUser(table: KvTable): Promise<Map<string, SettingsDocument>> {
  const settings = new Map<string, SettingsDocument>();
  for (const row of await table.scan(prefixes.notificationSettings)) {
    const document = await openSettings(row);
    if (document === null) continue;
    // An old key may hold the id in capitals; the one written as today is the one in use.
    const isExact = row.key === settingsKey(document.user_id);
    if (isExact || !settings.has(document.user_id)) settings.set(document.user_id, document);
  }
  return settings;
}

export async function ownSettings(context: KvContext): Promise<NotificationSettings> {
  const row = await context.table.get(await keyOfUser(context, context.user().id));
  const document = row && await openSettings(row);
  return settingsOf(document ?? defaultNotificationSettings);
}

export async function updateSettings(
  context: KvContext,
  changes: NotificationSettingsChanges,
): Promise<NotificationSettings> {
  const { id: user_id } = context.user();
  return await context.documents.change<SettingsDocument, NotificationSettings>(
    await keyOfUser(context, user_id),
    (current) => {
      const changed = { ...defaultNotificationSettings, ...current, ...changes, user_id };
      return { result: settingsOf(changed), write: changed };
    },
  );
}

/** The settings as the contract has them. */
export function settingsOf(settings: NotificationSettings): NotificationSettings {
  return {
    email_enabled: settings.email_enabled,
    push_enabled: settings.push_enabled,
    reminder_days_before: settings.reminder_days_before,
    announcements_enabled: settings.announcements_enabled,
    promotions_enabled: settings.promotions_enabled,
    ticket_updates_enabled: settings.ticket_updates_enabled,
  };
}

/** Where the person's settings are, or would be. */
export async function keyOfUser({ table }: KvContext, userId: string): Promise<string> {
  const key = settingsKey(userId);
  if (await table.get(key)) return key;
  for (const other of await table.scanKeys(prefixes.notificationSettings)) {
    if (await artistIdOf(other.slice(prefixes.notificationSettings.length)) === userId) {
      return other;
    }
  }
  return key;
}
