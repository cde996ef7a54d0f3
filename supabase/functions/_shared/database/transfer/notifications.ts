import { isAutomatic } from "../kv/automatic-reminders.ts";
import type { Row } from "../kv/kv-table.ts";
import { openNotification } from "../kv/notification-documents.ts";
import { notificationKey } from "../kv/stored-notifications.ts";
import type { Lookups } from "./lookups.ts";
import type { Repair } from "./outcome-codes.ts";
import type { ExportedRecord } from "./record.ts";
import { isAtHome, merged, migrated, recordOf, rejected, type Transferred } from "./transferred.ts";

/** `notification:{owner}:{id}`, `notification:{id}` */
export async function transferNotification(row: Row, lookups: Lookups): Promise<Transferred> {
  const opened = await openNotification(row);
  if ("unreadable" in opened) return rejected(opened.unreadable);
  const { document } = opened;
  const repairs: Repair[] = [...opened.repairs];
  if (!await isAtHome(row.key, document.id)) return rejected("broken_document");
  const user_id = await lookups.artistIdOf(document.user_id);
  const name = document.concert_id ?? document.concert_name ?? null;
  const concert = name === null ? null : await lookups.concertNamed(name);
  if (name !== null && concert === null) repairs.push("concert_gone");
  const days_before = isAutomatic(document) ? document.days_before ?? null : null;
  if (days_before !== null && name !== null) {
    const place = { concert: concert?.id ?? name, user_id, days_before };
    const first = await lookups.reminderThatCounts(place);
    if (first !== null && first !== row.key) return merged(first, repairs);
  }
  const record = recordOf("notifications", row.key, document.rev, {
    ...document,
    user_id,
    concert_id: concert?.id ?? null,
    days_before,
  });
  return migrated([record], repairs);
}

/** The way back. */
export function notificationRow({ key, version, row }: ExportedRecord): Row {
  return {
    key: key ?? notificationKey(String(row.user_id), String(row.id)),
    value: { ...row, rev: Math.max(version, 1) },
  };
}
