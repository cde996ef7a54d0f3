import type { KvTable } from "../kv/kv-table.ts";
import { pushSubscriptionKey } from "../kv/push-subscriptions.ts";
import { prefixes } from "../legacy/keys.ts";
import type { TargetChange } from "../transfer/migration-target.ts";
import type { TableFacts } from "./table-facts.ts";

/**
 * The key of a row that is gone and was never acknowledged with one. It may have come to the key-value table all the
 * same: an answer can be lost on its way. Null where there is nothing of it.
 */
export async function keyOfGone(
  { entity, id }: Pick<TargetChange, "entity" | "id">,
  facts: TableFacts,
  table: KvTable,
): Promise<string | null> {
  switch (entity) {
    case "concerts":
      return prefixes.concert + id;
    case "notifications":
      return await table.findKey(prefixes.notification, `:${id}`);
    case "email_campaigns":
      return await table.findKey(prefixes.campaign, `:${id}`);
    case "push_subscriptions":
      return await pushSubscriptionKey(id);
    case "artist_ticket_providers": {
      const [artistId, providerId] = id.split(" ");
      return `${prefixes.ticketProvider}${await facts.ownerOf(artistId)}:${providerId}`;
    }
    default:
      // Nobody deletes these by themselves.
      return null;
  }
}
