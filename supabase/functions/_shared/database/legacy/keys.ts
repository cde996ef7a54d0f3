/** Where the old store keeps what, and the new shape still does: the beginnings of the keys. */
export const prefixes = {
  concert: "concert:",
  profile: "profile:",
  coinsBalance: "coins:balance:",
  coinsTransaction: "coins:tx:",
  notification: "notification:",
  notificationSettings: "notification_settings:",
  campaign: "campaign:",
  /** Who gets a campaign, and addresses an artist mails no more; the old store has none. */
  campaignDelivery: "campaign_delivery:",
  mailSuppression: "mail_suppression:",
  ticketSale: "ticket_sale:",
  ticketProvider: "ticket_provider:",
  /** Refunds of sales, provider sales by their id there, events applied; the old store has none. */
  ticketRefund: "ticket_refund:",
  ticketExternal: "ticket_external:",
  ticketEvent: "ticket_event:",
  /** Idempotency keys; the old store has none. */
  idempotency: "idempotency:",
  /** Reservations of user names; the old store has none. */
  username: "username:",
  /** Browsers that receive Web Push; the old store has none. */
  pushSubscription: "push_subscription:",
} as const;

/** What a key says after its prefix. */
export interface KeyParts {
  /** What stands between the prefix and the last colon; null when there is no such colon. */
  owner: string | null;
  /** What follows the last colon. */
  id: string;
}

/**
 * Splits `key` behind `prefix`, at its last colon.
 *
 * Owner ids were never validated, so a colon in one is possible; the ids of records never had any.
 */
export function partsOf(key: string, prefix: string): KeyParts {
  const rest = key.slice(prefix.length);
  const colon = rest.lastIndexOf(":");
  return colon < 0
    ? { owner: null, id: rest }
    : { owner: rest.slice(0, colon), id: rest.slice(colon + 1) };
}
