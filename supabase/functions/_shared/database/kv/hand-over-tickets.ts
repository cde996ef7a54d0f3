import { ticketProviders } from "../../domain/ticket-provider.ts";
import { prefixes } from "../legacy/keys.ts";
import { type HandOver, moveRows } from "./hand-over-rows.ts";
import type { KvContext } from "./kv-context.ts";
import type { RefundDocument } from "./sale-documents.ts";
import { type ConnectionDocument, connectionKey } from "./ticket-connections.ts";

/**
 * Hands over what ticket providers have told and whom they tell it, and refunds, once the concerts are: sales go by
 * their concert. A connection that the account has made itself stays. Each step can be repeated.
 */
export async function handOverTickets(
  context: KvContext,
  { oldOwner, ...handOver }: HandOver & { oldOwner: string },
): Promise<void> {
  const { table, documents } = context;
  const { oldId, newId, goesOn } = handOver;
  const connections = ticketProviders.map(({ id }) => connectionKey(oldOwner, id));
  for (const { key } of await table.getMany(connections)) {
    await documents.change<ConnectionDocument, void>(key, async (connection) => {
      if (!connection || !await goesOn()) return { result: undefined };
      const insert = { ...connection };
      const followUps = [{ key: connectionKey(newId, connection.provider_id), insert }];
      return { result: undefined, remove: true, followUps };
    });
  }
  await moveRows(table, prefixes.ticketEvent, handOver);
  await moveRows(table, prefixes.ticketExternal, handOver);
  for (const { key, value } of await table.scan(prefixes.ticketRefund)) {
    if ((value as RefundDocument).artist_id !== oldId) continue;
    await documents.change<RefundDocument, void>(key, async (refund) => {
      if (refund?.artist_id !== oldId || !await goesOn()) return { result: undefined };
      return { result: undefined, write: { ...refund, artist_id: newId } };
    });
  }
}
