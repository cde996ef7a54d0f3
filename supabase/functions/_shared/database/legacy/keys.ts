/** Where the old store keeps what, and the new shape still does: the beginnings of the keys. */
export const prefixes = {
  concert: "concert:",
  profile: "profile:",
  coinsBalance: "coins:balance:",
  coinsTransaction: "coins:tx:",
  notification: "notification:",
  ticketSale: "ticket_sale:",
  /** Reservations of user names; the old store has none. */
  username: "username:",
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
