import { prefixes } from "../legacy/keys.ts";
import type { Entity } from "./record.ts";

/**
 * By entity, the beginning of the keys that, merged into a record, go when it is written back. The record says by then
 * all that they did: coins would count once more, and a repeat would take the place that the record has left. Other
 * merged keys lead to their records, as names do and the marks of claimed profiles, and stay.
 */
export const mergedPrefixes: Partial<Record<Entity, string>> = {
  artists: prefixes.coinsBalance,
  artist_ticket_providers: prefixes.ticketProvider,
  notification_settings: prefixes.notificationSettings,
  notifications: prefixes.notification,
};
