import type { Row } from "../kv/kv-table.ts";
import { artistRows } from "./artists.ts";
import { campaignRow } from "./campaigns.ts";
import { canonicalRow } from "./columns.ts";
import { movementRow } from "./coins.ts";
import { concertRow } from "./concerts.ts";
import { classify, type Family } from "./families.ts";
import { suppressionRow } from "./mail-suppressions.ts";
import { settingsRow } from "./notification-settings.ts";
import { notificationRow } from "./notifications.ts";
import { subscriptionRow } from "./push-subscriptions.ts";
import type { Entity, ExportedRecord } from "./record.ts";
import { connectionRow } from "./ticket-connections.ts";
import { eventRow } from "./ticket-events.ts";
import { refundRow, saleRows } from "./ticket-sales.ts";

/** What the way back needs to know of other records. */
export interface ReturnLookups {
  /** The owner's id in the keys of the artist's records: `ownerOfArtist` of the artist's row. */
  ownerOf(artistId: string): Promise<string>;
}

/** A record as the key-value store has it. */
export interface ReturnedRecord {
  /** To be written; the first is the record's own. */
  rows: Row[];
  /** The key the record came from, where it goes to another one: to be removed. */
  obsolete: string | null;
}

/** The entities of which each record has rows of its own: deliveries share those that `sheetRow` makes. */
export type ReturnedEntity = Exclude<Entity, "campaign_deliveries">;

/** The family of the row that holds a record of each entity. */
const familyOf: Record<ReturnedEntity, Family> = {
  artists: "profile",
  concerts: "concert",
  coin_transactions: "coinsTransaction",
  artist_ticket_providers: "ticketProvider",
  ticket_sales: "ticketSale",
  ticket_refunds: "ticketRefund",
  ticket_events: "ticketEvent",
  notification_settings: "notificationSettings",
  notifications: "notification",
  push_subscriptions: "pushSubscription",
  email_campaigns: "campaign",
  mail_suppressions: "mailSuppression",
};

/**
 * The way back: the documents of today's shape that hold a record, under the keys kv mode looks for them. Transferred
 * again, they give the same record.
 */
export async function rowsOf(
  entity: ReturnedEntity,
  exported: ExportedRecord,
  lookups: ReturnLookups,
): Promise<ReturnedRecord> {
  const record = { ...exported, row: canonicalRow(entity, exported.row) };
  const rows = await returned(entity, record, lookups);
  const { key } = exported;
  const known = key === null ? null : classify(key);
  // Records made by a rule have the key of what they were made of, which stays.
  const isOwn = known !== null && "family" in known && known.family === familyOf[entity];
  const isObsolete = isOwn && rows.every((row) => row.key !== key);
  // A profile under another key was taken over, and is the mark that says so.
  return { rows, obsolete: isObsolete && entity !== "artists" ? key : null };
}

async function returned(
  entity: ReturnedEntity,
  record: ExportedRecord,
  lookups: ReturnLookups,
): Promise<Row[]> {
  const owner = () => lookups.ownerOf(String(record.row.artist_id));
  switch (entity) {
    case "artists":
      return await artistRows(record);
    case "concerts":
      return [concertRow(record, await owner())];
    case "coin_transactions":
      return [movementRow(record, await owner())];
    case "artist_ticket_providers":
      return [connectionRow(record, await owner())];
    case "ticket_sales":
      return saleRows(record);
    case "ticket_refunds":
      return [refundRow(record)];
    case "ticket_events":
      return [eventRow(record)];
    case "notification_settings":
      return [await settingsRow(record)];
    case "notifications":
      return [notificationRow(record)];
    case "push_subscriptions":
      return [await subscriptionRow(record)];
    case "email_campaigns":
      return [campaignRow(record, await owner())];
    case "mail_suppressions":
      return [suppressionRow(record)];
  }
}
