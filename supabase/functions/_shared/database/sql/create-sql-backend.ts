import type { PostgrestClient } from "@supabase/postgrest-js";
import type { Caller } from "../../auth/caller.ts";
import type { StorageBackend } from "../types.ts";
import { createArtistRepository } from "./artists.ts";
import { createCoinRepository } from "./coins.ts";
import { createConcertRepository } from "./concerts.ts";
import { createCampaignRepository } from "./campaigns.ts";
import { createNotificationRepository } from "./notifications.ts";
import { createSaleRepository } from "./sales.ts";
import { createTicketConnectionRepository } from "./ticket-connections.ts";
import type { Database as Schema } from "./database.types.ts";
import { DataApi } from "./data-api.ts";

/** The two ways into the project: as its visitors, and as the backend itself. */
export interface SqlClients {
  publishable: PostgrestClient<Schema>;
  secret: PostgrestClient<Schema>;
}

/**
 * The store as PostgreSQL tables behind the Data API.
 *
 * Every request carries the caller's own token, so that row level security decides what they see and change; what
 * changes several rows, or must not be decided by the client, is one SQL function.
 */
export function createSqlBackend(clients: SqlClients): StorageBackend {
  return {
    mode: "sql",
    capabilities: { wordForms: true },
    open(caller: Caller) {
      const api = new DataApi(clients, caller);
      return {
        concerts: createConcertRepository(api),
        artists: createArtistRepository(api),
        coins: createCoinRepository(api),
        notifications: createNotificationRepository(api),
        campaigns: createCampaignRepository(api),
        sales: createSaleRepository(api),
        ticketConnections: createTicketConnectionRepository(api),
        async health() {
          await api.send(api.asVisitor().from("concerts").select("id").limit(1));
          return { unreadable: [] };
        },
      };
    },
  };
}
