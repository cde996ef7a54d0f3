import type { PostgrestClient } from "@supabase/postgrest-js";
import type { Accounts } from "../../auth/accounts.ts";
import type { StorageBackend } from "../types.ts";
import { createArtistRepository } from "./artists.ts";
import { createCoinRepository } from "./coins.ts";
import { createConcertRepository } from "./concerts.ts";
import { contextFor, createKvStore } from "./kv-context.ts";
import { createCampaignRepository } from "./campaigns.ts";
import type { OnKvWrite } from "./kv-table.ts";
import { createNotificationRepository } from "./notifications.ts";
import { createTicketConnectionRepository } from "./ticket-connections.ts";
import { createSaleRepository } from "./ticket-sales.ts";
import { storeHealth } from "./store-health.ts";

/**
 * The store as one key-value table behind the Data API, the old records included.
 *
 * The table knows no callers: the client holds a secret key, and what a caller may do is decided here, by the rules of
 * `auth/access-rules.ts`.
 *
 * @param onWrite is told every key that is written
 */
export function createKvBackend(
  client: PostgrestClient,
  accounts: Accounts,
  onWrite?: OnKvWrite,
): StorageBackend {
  const store = createKvStore(client, accounts, onWrite);
  return {
    mode: "kv",
    capabilities: { wordForms: false },
    open(caller) {
      const context = contextFor(store, caller);
      return {
        concerts: createConcertRepository(context),
        artists: createArtistRepository(context),
        coins: createCoinRepository(context),
        notifications: createNotificationRepository(context),
        campaigns: createCampaignRepository(context),
        sales: createSaleRepository(context),
        ticketConnections: createTicketConnectionRepository(context),
        health: () => storeHealth(store.table),
      };
    },
  };
}
