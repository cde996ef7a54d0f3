import { type Attack, people, strangers } from "./attack.ts";

/** Looks at what is not theirs to see. */
export const readingAttacks: Attack[] = [
  {
    name: "reads a draft of somebody else",
    by: ["anonymous", "user"],
    run: (api, { draft }) => api.from("concerts").select("id,title").eq("id", draft),
  },
  {
    name: "reads the moderation of a public concert",
    by: ["anonymous", "user"],
    run: (api, { shown }) =>
      api.from("concerts").select("moderation_comment,tickets_sold").eq("id", shown),
  },
  {
    name: "reads e-mail addresses of artists",
    by: strangers,
    run: (api) => api.from("artists").select("email").not("email", "is", null).limit(1),
  },
  {
    name: "reads phone numbers of artists",
    by: strangers,
    run: (api, { owner }) => api.from("artists").select("phone").eq("id", owner.id),
  },
  {
    name: "finds an artist by e-mail without reading it",
    by: strangers,
    run: (api, { owner }) => api.from("artists").select("id").eq("email", owner.email),
  },
  {
    name: "reads an artist's private columns through an embedded concert",
    by: strangers,
    run: (api, { shown }) =>
      api.from("concerts").select(
        "id,artist:artists!concerts_artist_id_fkey!inner(email,coins_balance)",
      )
        .eq("id", shown).not("artist.email", "is", null),
  },
  {
    name: "reads the coins of somebody else",
    by: strangers,
    run: (api, { owner }) => api.from("coin_transactions").select("id").eq("artist_id", owner.id),
  },
  {
    name: "reads the sales of somebody else",
    by: strangers,
    run: (api, { owner }) =>
      api.from("ticket_sales").select("id,buyer_email").eq("artist_id", owner.id),
  },
  {
    name: "reads the revenue of somebody else",
    by: strangers,
    run: (api, { owner }) =>
      api.from("artist_statistics").select("total_revenue").eq("artist_id", owner.id),
  },
  {
    name: "reads the figures of somebody else's concerts",
    by: strangers,
    run: (api, { owner }) =>
      api.from("concert_analytics").select("total_revenue").eq("artist_id", owner.id),
  },
  {
    name: "reads the notifications of somebody else",
    by: strangers,
    run: (api, { owner }) => api.from("notifications").select("id").eq("user_id", owner.id),
  },
  {
    name: "reads encrypted keys of ticket providers",
    by: people,
    run: (api) => api.from("artist_ticket_providers").select("api_key_encrypted"),
  },
  {
    name: "reads webhook secrets of ticket providers",
    by: people,
    run: (api) => api.from("artist_ticket_providers").select("webhook_secret_encrypted"),
  },
  {
    name: "reads old records kept verbatim",
    by: people,
    run: (api) => api.from("artists").select("legacy"),
  },
  {
    name: "reads the key-value store",
    by: people,
    run: (api) => api.from("kv_store_84730125").select("key").limit(1),
  },
  {
    name: "reads what migrations know",
    by: people,
    run: (api) => api.from("migration_records").select("key,previous").limit(1),
  },
  {
    name: "reads what could not be migrated",
    by: people,
    run: (api) => api.from("migration_rejects").select("key,value").limit(1),
  },
  {
    name: "reads what everybody changes",
    by: people,
    run: (api) => api.rpc("take_changes", { page_size: 1 }),
  },
  {
    name: "reads with which keys browsers are written to",
    by: people,
    run: (api) => api.from("push_subscriptions").select("p256dh,auth"),
  },
  {
    name: "reads the refunds of somebody else",
    by: strangers,
    run: (api, { owner }) => api.from("ticket_refunds").select("id").eq("artist_id", owner.id),
  },
  {
    name: "exports everybody's records",
    by: people,
    run: (api) => api.rpc("export_records", { entity: "ticket_sales", after: null, page_size: 1 }),
  },
  {
    name: "lists the sales of somebody else's concert",
    by: strangers,
    run: (api, { shown }) => api.rpc("list_ticket_sales", { concert_id: shown }),
  },
  {
    name: "asks for a webhook secret",
    by: people,
    run: (api, { shown }) =>
      api.rpc("find_webhook_secret", { provider: "kassir", concert_id: shown }),
  },
];
