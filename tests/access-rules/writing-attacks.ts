import { type Attack, people, strangers } from "./attack.ts";

/** Changes to what is not theirs to change. */
export const writingAttacks: Attack[] = [
  {
    name: "writes to the key-value store",
    by: people,
    run: (api) =>
      api.from("kv_store_84730125").insert({ key: `x:${crypto.randomUUID()}`, value: {} }).select(),
  },
  {
    name: "writes records past the rules, as a migration does",
    by: people,
    run: (api, { owner }) =>
      api.rpc("import_records", {
        entity: "artists",
        records: [{
          id: owner.id,
          key: "profile:x",
          version: 1,
          row: { id: owner.id, coins_balance: 1_000_000 },
        }],
        run_id: null,
        checkpoint: null,
        outcomes: [],
        dry_run: false,
      }),
  },
  {
    name: "takes a migration back",
    by: people,
    run: (api) =>
      api.rpc("rollback_records", {
        entity: "concerts",
        after: null,
        page_size: 1000,
        force: true,
        check_only: false,
      }),
  },
  {
    name: "creates a concert for somebody else",
    by: strangers,
    run: (api, { owner }) =>
      api.from("concerts").insert({ artist_id: owner.id, title: "Чужой" }).select("id"),
  },
  {
    name: "creates a concert that is approved already",
    by: people,
    run: (api, { owner }) =>
      api.from("concerts").insert({
        artist_id: owner.id,
        title: "Одобрен",
        moderation_status: "approved",
      }).select("id"),
  },
  {
    name: "edits a concert of somebody else",
    by: strangers,
    run: (api, { shown }) =>
      api.from("concerts").update({ title: "Чужой" }).eq("id", shown).select("id"),
  },
  {
    name: "deletes a concert of somebody else",
    by: strangers,
    run: (api, { shown }) => api.from("concerts").delete().eq("id", shown).select("id"),
  },
  {
    name: "gives away a concert",
    by: people,
    run: (api, { draft }) =>
      api.from("concerts").update({ artist_id: crypto.randomUUID() }).eq("id", draft).select("id"),
  },
  {
    name: "creates a profile with coins",
    by: people,
    run: (api) =>
      api.from("artists").insert({ id: crypto.randomUUID(), coins_balance: 1000 }).select("id"),
  },
  {
    name: "creates a profile for somebody else",
    by: people,
    run: (api) => api.from("artists").insert({ id: crypto.randomUUID() }).select("id"),
  },
  {
    name: "deletes a profile",
    by: people,
    run: (api, { owner }) => api.from("artists").delete().eq("id", owner.id).select("id"),
  },
  {
    name: "books coins",
    by: people,
    run: (api, { owner }) =>
      api.from("coin_transactions").insert({ artist_id: owner.id, amount: 1000, type: "reward" })
        .select("id"),
  },
  {
    name: "rewrites or deletes a movement of coins",
    by: people,
    run: (api, { owner }) =>
      api.from("coin_transactions").update({ amount: 1000 }).eq("artist_id", owner.id).select("id"),
  },
  {
    name: "deletes a movement of coins",
    by: people,
    run: (api, { owner }) =>
      api.from("coin_transactions").delete().eq("artist_id", owner.id).select("id"),
  },
  {
    name: "notifies somebody",
    by: people,
    run: (api, { owner }) =>
      api.from("notifications").insert({
        user_id: owner.id,
        notification_type: "system",
        title: "Вы выиграли",
      }).select("id"),
  },
  {
    name: "sends somebody's push messages to a browser of their own",
    by: people,
    run: (api, { owner }) =>
      api.from("push_subscriptions").insert({
        endpoint: `https://push.example.com/${crypto.randomUUID()}`,
        user_id: owner.id,
        p256dh: "key",
        auth: "key",
      }).select("endpoint"),
  },
  {
    name: "records what became of a notification",
    by: people,
    run: (api) => api.rpc("record_deliveries", { claim_ids: [crypto.randomUUID()], outcomes: [] }),
  },
  {
    name: "says when a notification is sent",
    by: people,
    run: (api, { owner }) =>
      api.from("notifications").update({ retry_at: new Date().toISOString() })
        .eq("user_id", owner.id).select("id"),
  },
  {
    name: "rewrites a notification",
    by: people,
    run: (api, { owner }) =>
      api.from("notifications").update({ title: "Вы выиграли" }).eq("user_id", owner.id)
        .select("id"),
  },
  {
    name: "marks a notification of somebody else",
    by: strangers,
    run: (api, { owner }) =>
      api.from("notifications").update({ is_read: true }).eq("user_id", owner.id).select("id"),
  },
  {
    name: "deletes a notification of somebody else",
    by: strangers,
    run: (api, { owner }) =>
      api.from("notifications").delete().eq("user_id", owner.id).select("id"),
  },
  {
    name: "books a sale",
    by: people,
    run: (api, { owner, shown }) =>
      api.from("ticket_sales").insert({
        concert_id: shown,
        artist_id: owner.id,
        quantity: 1,
        unit_price: 1,
        total_amount: 1,
        net_amount: 1,
        status: "confirmed",
      }).select("id"),
  },
  {
    name: "rewrites a sale",
    by: people,
    run: (api, { owner }) =>
      api.from("ticket_sales").update({ total_amount: 1_000_000 }).eq("artist_id", owner.id)
        .select("id"),
  },
  {
    name: "deletes a sale",
    by: people,
    run: (api, { owner }) =>
      api.from("ticket_sales").delete().eq("artist_id", owner.id).select("id"),
  },
  {
    name: "books a refund past the rules",
    by: people,
    run: (api, { owner }) =>
      api.from("ticket_refunds").insert({ artist_id: owner.id, amount: 1 }).select("id"),
  },
  {
    name: "speaks for a ticket provider",
    by: people,
    run: (api, { shown }) =>
      api.rpc("apply_ticket_event", { provider: "kassir", event: { concert_id: shown } }),
  },
  {
    name: "writes a campaign for somebody else",
    by: strangers,
    run: (api, { owner }) =>
      api.from("email_campaigns").insert({ artist_id: owner.id, subject: "Спам" }).select("id"),
  },
  {
    name: "creates a campaign as sent",
    by: people,
    run: (api, { owner }) =>
      api.from("email_campaigns").insert({
        artist_id: owner.id,
        subject: "Спам",
        status: "sent",
        emails_sent: 1000,
      }).select("id"),
  },
  {
    name: "starts a campaign past the rules",
    by: people,
    run: (api, { owner }) =>
      api.from("email_campaigns").update({ status: "sending", recipient_count: 1000 })
        .eq("artist_id", owner.id).select("id"),
  },
  {
    name: "plays the dispatcher",
    by: people,
    run: (api) => api.rpc("claim_campaign_batch", { batch_size: 1, lease_seconds: 1 }),
  },
  {
    name: "tells what became of mail",
    by: people,
    run: (api) =>
      api.rpc("record_mail_event", {
        reference: crypto.randomUUID(),
        message_id: "x",
        event: "opened",
        happened_at: new Date().toISOString(),
      }),
  },
  {
    name: "writes who got a campaign",
    by: people,
    run: (api) =>
      api.from("campaign_deliveries").update({ status: "sent" }).eq("status", "queued").select(
        "id",
      ),
  },
  {
    name: "unsubscribes somebody without a token",
    by: people,
    run: (api, { owner }) =>
      api.rpc("suppress_address", {
        artist_id: owner.id,
        address: "anna@example.com",
        reason: "unsubscribed",
      }),
  },
  {
    name: "reads or lifts suppressions",
    by: people,
    run: (api, { owner }) =>
      api.from("mail_suppressions").delete().eq("artist_id", owner.id).select("address"),
  },
  {
    name: "changes the settings of somebody else",
    by: strangers,
    run: (api, { owner }) =>
      api.from("notification_settings").insert({ user_id: owner.id, email_enabled: false })
        .select("user_id"),
  },
  {
    name: "changes a ticket provider's commission",
    by: people,
    run: (api) =>
      api.from("ticket_providers").update({ commission_percent: 0 }).eq("id", "kassir")
        .select("id"),
  },
  {
    name: "approves a concert without being a moderator",
    by: ["anonymous", "user", "owner"],
    run: (api, { draft }) =>
      api.rpc("moderate_concert", { concert_id: draft, decision: "approved" }),
  },
  {
    name: "counts views of a draft",
    by: people,
    run: (api, { draft }) => api.rpc("increment_concert_views", { concert_uuid: draft }),
  },
];
