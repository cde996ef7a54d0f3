import { prefixes } from "../legacy/keys.ts";
import type { DatabaseHealth, UnreadableRecords } from "../types.ts";
import { whyNoProfile } from "./artist-profiles.ts";
import { openConcert } from "./concert-documents.ts";
import type { KvTable, Row } from "./kv-table.ts";
import { openCampaign } from "./campaign-documents.ts";
import { openNotification } from "./notification-documents.ts";
import { openSettings } from "./notification-settings.ts";
import { whyNoSale } from "./sale-documents.ts";
import { openConnection } from "./ticket-connections.ts";

/** Counts the records that cannot be read, by kind and reason. */
export async function storeHealth(table: KvTable): Promise<DatabaseHealth> {
  const counts = await Promise.all([
    countReasons("concert", await table.scan(prefixes.concert), async (row) => {
      const opened = await openConcert(row);
      return "unreadable" in opened ? opened.unreadable : null;
    }),
    countReasons("profile", await table.scan(prefixes.profile), whyNoProfile),
    countReasons("notification", await table.scan(prefixes.notification), async (row) => {
      const opened = await openNotification(row);
      return "unreadable" in opened ? opened.unreadable : null;
    }),
    countReasons(
      "notification_settings",
      await table.scan(prefixes.notificationSettings),
      async (row) => await openSettings(row) === null ? "not_an_object" : null,
    ),
    countReasons("ticket_sale", await table.scan(prefixes.ticketSale), whyNoSale),
    countReasons("ticket_provider", await table.scan(prefixes.ticketProvider), (row) => {
      const opened = openConnection(row);
      return Promise.resolve("unreadable" in opened ? opened.unreadable : null);
    }),
    countReasons("campaign", await table.scan(prefixes.campaign), async (row) => {
      const opened = await openCampaign(row);
      return "unreadable" in opened ? opened.unreadable : null;
    }),
  ]);
  return { unreadable: counts.flat() };
}

async function countReasons(
  entity: string,
  rows: Row[],
  reasonOf: (row: Row) => Promise<string | null>,
): Promise<UnreadableRecords[]> {
  const counts = new Map<string, number>();
  for (const row of rows) {
    const reason = await reasonOf(row);
    if (reason !== null) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return [...counts].map(([reason, count]) => ({ entity, reason, count }));
}
