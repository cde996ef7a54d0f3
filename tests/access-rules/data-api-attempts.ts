import type { PostgrestError, SupabaseClient } from "@supabase/supabase-js";
import type { Persona } from "../../supabase/functions/_shared/auth/access-rules.ts";
import type { Database as Schema } from "../../supabase/functions/_shared/database/sql/database.types.ts";
import { eventOf, saleOf } from "../conformance/sale-making.ts";
import type { Attempt, Attempts, Scene } from "./rule-matrix.ts";

const isBackend = {
  service: "service_role is the backend itself: no policy holds it, and it needs the table",
};

/**
 * The rules as row level security, grants and SQL functions let people try them past our functions: with the keys and
 * tokens they hold, straight at the Data API.
 */
export const dataApiAttempts: Attempts = {
  concerts: {
    read_public: directly((api, { shown }) => api.rpc("get_concert", { concert_id: shown.id })),
    read_full: directly((api, { draft }) => api.from("concerts").select("*").eq("id", draft.id)),
    create: directly(
      (api, { owner }) =>
        api.from("concerts").insert({ artist_id: owner.id, title: "Новый концерт" }).select("id"),
      isBackend,
    ),
    update: directly(
      (api, { draft }) =>
        api.from("concerts").update({ title: "Другой" }).eq("id", draft.id).select("id"),
      isBackend,
    ),
    delete: directly(
      (api, { draft }) => api.from("concerts").delete().eq("id", draft.id).select("id"),
      isBackend,
    ),
    submit: directly((api, { draft }) => api.rpc("submit_concert", { concert_id: draft.id })),
    moderate: directly((api, { pending }) =>
      api.rpc("moderate_concert", { concert_id: pending.id, decision: "approved" })
    ),
    promote: directly((api, { shown }) =>
      api.rpc("promote_concert", { concert_id: shown.id, days: 7 })
    ),
    cancel: directly((api, { shown }) => api.rpc("cancel_concert", { concert_id: shown.id })),
    hide: directly((api, { shown }) =>
      api.rpc("set_concert_hidden", { concert_id: shown.id, hidden: true })
    ),
    read_analytics: directly(
      (api, { shown }) => api.from("concert_analytics").select("*").eq("concert_id", shown.id),
      isBackend,
    ),
  },
  artists: {
    read_public: directly(
      (api, { owner }) => api.from("artists").select("id,full_name,city").eq("id", owner.id),
      {
        user: "whoever is signed in reads public profiles as a visitor: the answer is the same",
        moderator: "as any other user",
      },
    ),
    read_full: directly((api, { owner }) =>
      api.from("artists").select("email,phone,coins_balance").eq("id", owner.id)
    ),
    create: directly(
      (api, { newcomer }) =>
        api.from("artists").insert({ id: newcomer.id, full_name: "Новый" }).select("id"),
      isBackend,
    ),
    update: directly(
      (api, { owner }) =>
        api.from("artists").update({ full_name: "Другой" }).eq("id", owner.id).select("id"),
      isBackend,
    ),
  },
  coin_transactions: {
    read: directly((api, { owner }) =>
      api.from("coin_transactions").select("amount").eq("artist_id", owner.id)
    ),
    create: directly((api, { owner }) =>
      api.from("coin_transactions")
        .insert({ artist_id: owner.id, amount: 1_000_000, type: "reward" }).select("id")
    ),
  },
  notifications: {
    read: directly(
      (api, { owner }) => api.from("notifications").select("title").eq("user_id", owner.id),
      isBackend,
    ),
    create: directly((api, { shown }) =>
      api.rpc("create_concert_reminders", { concert_id: shown.id })
    ),
    update: directly(
      (api, { notification }) =>
        api.from("notifications").update({ is_read: true }).eq("id", notification.id).select("id"),
      isBackend,
    ),
    delete: directly(
      (api, { notification }) =>
        api.from("notifications").delete().eq("id", notification.id).select("id"),
      isBackend,
    ),
    dispatch: directly((api) => api.rpc("claim_notifications", { batch_size: 100 })),
  },
  notification_settings: {
    read: directly(
      (api, { owner }) =>
        api.from("notification_settings").select("email_enabled").eq("user_id", owner.id),
      isBackend,
    ),
    update: directly(
      (api, { owner }) =>
        api.from("notification_settings").update({ push_enabled: false }).eq("user_id", owner.id)
          .select("user_id"),
      isBackend,
    ),
  },
  push_subscriptions: {
    read: directly((api, { owner }) =>
      api.from("push_subscriptions").select("endpoint").eq("user_id", owner.id)
    ),
    delete: directly(
      (api, { endpoint }) =>
        api.from("push_subscriptions").delete().eq("endpoint", endpoint).select("endpoint"),
      isBackend,
    ),
  },
  ticket_providers: {
    read: directly((api) => api.from("ticket_providers").select("id")),
  },
  ticket_connections: {
    read: directly((api) => api.rpc("list_ticket_connections")),
    save: directly(
      (api, { owner }) =>
        api.rpc("save_ticket_connection", {
          artist: owner.id,
          artist_email: owner.email,
          provider: "kassir",
          api_key_encrypted: "plain",
          api_key_last4: "9999",
          webhook_secret_encrypted: "plain",
        }),
      { owner: "keys are stored by the backend alone, which encrypts them", ...isBackend },
    ),
    remove: directly(
      (api, { owner }) =>
        api.from("artist_ticket_providers").delete().eq("artist_id", owner.id)
          .select("provider_id"),
      isBackend,
    ),
    read_secret: directly((api, { shown }) =>
      api.rpc("find_webhook_secret", { provider: "kassir", concert_id: shown.id })
    ),
  },
  campaigns: {
    read: directly((api, { campaign }) =>
      api.from("email_campaigns").select("subject").eq("id", campaign.id)
    ),
    create: directly(
      (api, { owner }) =>
        api.from("email_campaigns").insert({ artist_id: owner.id, subject: "Тема" }).select("id"),
      isBackend,
    ),
    update: directly((api, { campaign }) =>
      api.rpc("update_campaign", { campaign_id: campaign.id, changes: { subject: "Другая" } })
    ),
    delete: directly(
      (api, { campaign }) =>
        api.from("email_campaigns").delete().eq("id", campaign.id).select("id"),
      isBackend,
    ),
    change_status: directly((api, { mailing }) =>
      api.rpc("cancel_campaign", { campaign_id: mailing.id })
    ),
    read_recipients: directly(
      (api, { mailing }) =>
        api.from("campaign_deliveries").select("address").eq("campaign_id", mailing.id),
      isBackend,
    ),
    dispatch: directly((api) =>
      api.rpc("claim_campaign_batch", { batch_size: 1, lease_seconds: 600 })
    ),
  },
  ticket_sales: {
    read: directly((api, { sale }) => api.from("ticket_sales").select("id").eq("id", sale.id)),
    create: directly((api, { shown }) =>
      api.rpc("create_ticket_sale", { sale: { ...saleOf(shown.id) } })
    ),
    cancel: directly((api, { sale }) => api.rpc("cancel_ticket_sale", { sale_id: sale.id })),
    refund: directly((api, { sale }) =>
      api.rpc("refund_ticket_sale", { sale_id: sale.id, reason: "Возврат" })
    ),
    read_figures: directly((api, { shown }) =>
      api.rpc("get_ticket_stats", { concert_id: shown.id })
    ),
    apply_event: directly((api, { shown }) =>
      api.rpc("apply_ticket_event", { provider: "kassir", event: { ...eventOf(shown.id) } })
    ),
  },
};

interface Answer {
  data: unknown;
  error: PostgrestError | null;
  status: number;
}

function directly(
  query: (api: SupabaseClient<Schema>, scene: Scene) => PromiseLike<Answer>,
  exceptions?: Partial<Record<Persona, string>>,
): Attempt {
  return {
    exceptions,
    attempt: async ({ dataApi }, scene) => hadEffect(await query(dataApi, scene)),
  };
}

/** Whether the Data API did or showed something; throws for a failure that is no refusal. */
export function hadEffect({ data, error, status }: Answer): boolean {
  if (!error) return Array.isArray(data) ? data.length > 0 : data !== null;
  // insufficient_privilege (policies and grants), or a rule of ours: PT401, PT403, PT404, ...
  if (error.code === "42501" || /^PT4\d\d$/.test(error.code)) return false;
  throw new Error(`${status} ${error.code} ${error.message}`, { cause: error });
}
