import type { Row } from "../kv/kv-table.ts";
import { readSettingsRow, settingsKey } from "../kv/notification-settings.ts";
import { artistIdOf, legacyOwner } from "../legacy/ids.ts";
import { prefixes } from "../legacy/keys.ts";
import type { Lookups } from "./lookups.ts";
import type { ExportedRecord } from "./record.ts";
import { merged, migrated, recordOf, rejected, type Transferred } from "./transferred.ts";

/** Settings say nothing of when they were chosen. */
const beginningOfTime = new Date(0).toISOString();

/** `notification_settings:{owner}` */
export async function transferSettings(row: Row, lookups: Lookups): Promise<Transferred> {
  const reading = await readSettingsRow(row);
  if ("unreadable" in reading) return rejected(reading.unreadable);
  const { document, repairs } = reading;
  const owner = row.key.slice(prefixes.notificationSettings.length);
  const userId = await lookups.artistIdOf(owner);
  const inUse = await settingsInUse(userId, lookups);
  if (inUse !== null && inUse !== row.key) return merged(inUse, repairs);
  const record = recordOf("notification_settings", row.key, document.rev, {
    ...document,
    user_id: userId,
    // A claim moves settings under the account's key, which says nothing of the old owner any more.
    legacy_id: document.legacy_id ?? legacyOwner(owner),
    created_at: Reflect.get(document, "created_at") ?? beginningOfTime,
    updated_at: Reflect.get(document, "updated_at") ?? beginningOfTime,
  });
  return migrated([record], repairs);
}

/** The key of the settings that count: the account's own, else the first under another id of theirs. */
async function settingsInUse(userId: string, lookups: Lookups): Promise<string | null> {
  const owners = await lookups.ownersOf(userId);
  for (const owner of [userId, ...owners.filter((other) => other !== userId)]) {
    const row = await lookups.row(settingsKey(owner));
    if (row && "document" in await readSettingsRow(row)) return row.key;
  }
  return null;
}

/** The way back. */
export async function settingsRow({ key, version, row }: ExportedRecord): Promise<Row> {
  const userId = String(row.user_id);
  const owner = key?.slice(prefixes.notificationSettings.length) ?? row.legacy_id;
  const isTheirs = typeof owner === "string" && await artistIdOf(owner) === userId;
  return {
    key: settingsKey(isTheirs ? owner : userId),
    value: { ...row, rev: Math.max(version, 1) },
  };
}
