import { prefixes } from "../legacy/keys.ts";
import { type ConcertDocument, namesOf } from "./concert-documents.ts";
import type { FollowUp } from "./documents.ts";
import type { KvTable } from "./kv-table.ts";

/**
 * The writes that cancel the reminders of `concert` which are still to be sent, in the shape they have: the old one
 * says `concertId` and `type`, today's `concert_id` and `notification_type`.
 */
export async function cancelledReminders(
  table: KvTable,
  concert: ConcertDocument,
): Promise<FollowUp[]> {
  const names = new Set<unknown>(namesOf(concert));
  const followUps: FollowUp[] = [];
  for (const { key, value } of await table.scan(prefixes.notification)) {
    if (typeof value !== "object" || value === null) continue;
    const fields = new Map(Object.entries(value));
    const isReminder = (fields.get("notification_type") ?? fields.get("type")) === "reminder" &&
      names.has(fields.get("concert_id") ?? fields.get("concertId"));
    if (isReminder && fields.get("status") === "pending") {
      followUps.push({ key, set: { status: "cancelled" } });
    }
  }
  return followUps;
}
