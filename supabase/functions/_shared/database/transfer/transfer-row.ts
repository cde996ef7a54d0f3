import type { Row } from "../kv/kv-table.ts";
import { isDocument } from "../kv/documents.ts";
import { isStorable, isStorableText } from "../legacy/reading.ts";
import { transferBalance, transferProfile, transferReservation } from "./artists.ts";
import { transferSheet } from "./campaign-deliveries.ts";
import { transferCampaign } from "./campaigns.ts";
import { transferMovement } from "./coins.ts";
import { transferConcert } from "./concerts.ts";
import { classify, type Family } from "./families.ts";
import type { Lookups } from "./lookups.ts";
import { transferSuppression } from "./mail-suppressions.ts";
import { transferSettings } from "./notification-settings.ts";
import { transferNotification } from "./notifications.ts";
import { transferSubscription } from "./push-subscriptions.ts";
import { transferConnection } from "./ticket-connections.ts";
import { transferEvent } from "./ticket-events.ts";
import { transferExternalSale, transferRefund, transferSale } from "./ticket-sales.ts";
import { leftOut, rejected, type TransferOptions, type Transferred } from "./transferred.ts";

type TransferFamily = (
  row: Row,
  lookups: Lookups,
  options: TransferOptions,
) => Promise<Transferred> | Transferred;

const transfers: Record<Family, TransferFamily> = {
  concert: transferConcert,
  profile: transferProfile,
  coinsBalance: transferBalance,
  coinsTransaction: transferMovement,
  notification: transferNotification,
  notificationSettings: transferSettings,
  campaign: transferCampaign,
  campaignDelivery: transferSheet,
  mailSuppression: transferSuppression,
  ticketSale: transferSale,
  ticketProvider: transferConnection,
  ticketRefund: transferRefund,
  ticketExternal: transferExternalSale,
  ticketEvent: transferEvent,
  idempotency: () => leftOut("idempotency_memory"),
  username: transferReservation,
  pushSubscription: transferSubscription,
};

/** Bytes: an index of PostgreSQL takes keys little longer than this. */
const longestKey = 2000;

/**
 * What becomes of one row of the key-value store: the records made of it, and its key's outcome. Whatever the row
 * holds, there is one; faults of the lookups alone are thrown.
 *
 * An artist is one record of several rows (profile, balance): each of these brings the same record. Records refer to
 * artists that may have no row of their own: those are `artistRecords`.
 */
export async function transferRow(
  row: Row,
  lookups: Lookups,
  options: TransferOptions = {},
): Promise<Transferred> {
  if (!isStorableText(row.key)) return rejected("unstorable_key");
  if (isTooLong(row.key)) return rejected("key_too_long");
  const known = classify(row.key);
  if (known === null) return rejected("unknown_family");
  if ("rule" in known) return leftOut(known.rule);
  if (isDocument(row.value) && !isStorable(row.value)) return rejected("unstorable_document");
  return await transfers[known.family](row, lookups, options);
}

function isTooLong(key: string): boolean {
  // No UTF-16 unit takes more than three bytes: of ordinary keys they need not be counted.
  return key.length * 3 > longestKey && new TextEncoder().encode(key).length > longestKey;
}
