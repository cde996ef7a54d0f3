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

/** Why a row is no record that can be read; null when it is one. */
type ReasonOf = (row: Row) => Promise<string | null> | string | null;

const kinds: [entity: string, prefix: string, reasonOf: ReasonOf][] = [
  ["concert", prefixes.concert, async (row) => reasonIn(await openConcert(row))],
  ["profile", prefixes.profile, whyNoProfile],
  ["notification", prefixes.notification, async (row) => reasonIn(await openNotification(row))],
  [
    "notification_settings",
    prefixes.notificationSettings,
    async (row) => await openSettings(row) === null ? "not_an_object" : null,
  ],
  ["ticket_sale", prefixes.ticketSale, whyNoSale],
  ["ticket_provider", prefixes.ticketProvider, (row) => reasonIn(openConnection(row))],
  ["campaign", prefixes.campaign, async (row) => reasonIn(await openCampaign(row))],
];

function reasonIn(opened: { unreadable: string } | object): string | null {
  return "unreadable" in opened ? opened.unreadable : null;
}

/** Counts the records that cannot be read, by kind and reason. */
export async function storeHealth(table: KvTable): Promise<DatabaseHealth> {
  const unreadable: UnreadableRecords[] = [];
  for (const [entity, prefix, reasonOf] of kinds) {
    const counts = new Map<string, number>();
    for (const row of await table.scan(prefix)) {
      const reason = await reasonOf(row);
      if (reason !== null) counts.set(reason, (counts.get(reason) ?? 0) + 1);
    }
    for (const [reason, count] of counts) unreadable.push({ entity, reason, count });
  }
  return { unreadable };
}
