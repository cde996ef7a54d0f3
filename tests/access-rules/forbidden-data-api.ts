import assert from "node:assert/strict";
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import type { Persona } from "../../supabase/functions/_shared/auth/access-rules.ts";
import { completeConcert, pendingConcert, publicConcert } from "../conformance/concert-making.ts";
import type {
  ConformanceContext,
  ConformanceTest,
  Somebody,
} from "../conformance/conformance-context.ts";
import { hadEffect } from "./data-api-attempts.ts";
import { wayOf } from "./personas.ts";

// The schema's types would refuse some of these at compile time; whoever attacks has no types.
type UntypedClient = SupabaseClient;

interface Victim {
  owner: Somebody;
  draft: string;
  shown: string;
}

interface Attack {
  name: string;
  by: Persona[];
  run(api: UntypedClient, victim: Victim): PromiseLike<Parameters<typeof hadEffect>[0]>;
}

const people: Persona[] = ["anonymous", "user", "owner", "moderator"];
const strangers: Persona[] = ["anonymous", "user", "moderator"];

/** Columns an artist may write; each of the others is tried. */
const writableConcertColumns = [
  ...Object.keys(completeConcert()),
  "is_hidden",
];
const writableArtistColumns = ["username", "full_name", "bio", "avatar_url", "city", "phone"];

const attacks: Attack[] = [
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
    name: "writes to the key-value store",
    by: people,
    run: (api) =>
      api.from("kv_store_84730125").insert({ key: `x:${crypto.randomUUID()}`, value: {} }).select(),
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
    name: "exports everybody's records",
    by: people,
    run: (api) => api.rpc("export_records", { entity: "ticket_sales", after: null, page_size: 1 }),
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
    name: "reads what everybody changes",
    by: people,
    run: (api) => api.rpc("take_changes", { page_size: 1 }),
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
    name: "reads with which keys browsers are written to",
    by: people,
    run: (api) => api.from("push_subscriptions").select("p256dh,auth"),
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
    run: (api) => api.rpc("record_deliveries", { claim_id: crypto.randomUUID(), outcomes: [] }),
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
    name: "reads the refunds of somebody else",
    by: strangers,
    run: (api, { owner }) => api.from("ticket_refunds").select("id").eq("artist_id", owner.id),
  },
  {
    name: "books a refund past the rules",
    by: people,
    run: (api, { owner }) =>
      api.from("ticket_refunds").insert({ artist_id: owner.id, amount: 1 }).select("id"),
  },
  {
    name: "lists the sales of somebody else's concert",
    by: strangers,
    run: (api, { shown }) => api.rpc("list_ticket_sales", { concert_id: shown }),
  },
  {
    name: "speaks for a ticket provider",
    by: people,
    run: (api, { shown }) =>
      api.rpc("apply_ticket_event", { provider: "kassir", event: { concert_id: shown } }),
  },
  {
    name: "asks for a webhook secret",
    by: people,
    run: (api, { shown }) =>
      api.rpc("find_webhook_secret", { provider: "kassir", concert_id: shown }),
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

/** What nobody may do, whatever they send to the Data API. */
export function forbiddenDataApiTests(test: ConformanceTest): void {
  for (const { name, by, run } of attacks) {
    test(`nobody ${name}: ${by.join(", ")}`, async (context) => {
      const victim = await makeVictim(context);
      const before = await context.fixtures.everythingOf(victim.owner.id);
      for (const persona of by) {
        const { dataApi } = await wayOf(persona, context, victim.owner);
        const answer = await run(dataApi as UntypedClient, victim);
        assert.equal(hadEffect(answer), false, `${persona}: ${JSON.stringify(answer.data)}`);
        assert.equal(await context.fixtures.everythingOf(victim.owner.id), before, persona);
      }
    });
  }

  for (
    const { table, writable } of [
      { table: "concerts", writable: writableConcertColumns },
      { table: "artists", writable: writableArtistColumns },
    ]
  ) {
    test(`an owner writes no column of ${table} but their own words`, async (context) => {
      const victim = await makeVictim(context);
      const { dataApi } = await wayOf("owner", context, victim.owner);
      const id = table === "concerts" ? victim.shown : victim.owner.id;
      const before = await context.fixtures.everythingOf(victim.owner.id);
      const columns = await columnsOf(context, table);
      assert.deepEqual(writable.filter((column) => !columns.includes(column)), [], "they exist");
      for (const column of columns.filter((name) => !writable.includes(name))) {
        const answer = await (dataApi as UntypedClient).from(table).update({ [column]: null })
          .eq("id", id).select("id");
        assert.equal(hadEffect(answer), false, column);
      }
      assert.equal(await context.fixtures.everythingOf(victim.owner.id), before);
    });
  }

  test("the schema for internals is not served", async (context) => {
    const { stack } = context;
    for (const key of [stack.publishableKey, stack.secretKey]) {
      const api = createClient(stack.url, key, {
        db: { schema: "private" },
        auth: { persistSession: false, autoRefreshToken: false },
      });
      for (
        const answer of [
          await api.from("idempotency_keys").select("*"),
          await api.rpc("remember_answer", { request_key: "k", request_answer: {} }),
        ]
      ) {
        assert.ok(answer.error, JSON.stringify(answer.data));
      }
    }
  });
}

/** An artist with something of everything. */
async function makeVictim(context: ConformanceContext): Promise<Victim> {
  const { fixtures, stack } = context;
  const owner = await context.makeArtist();
  await owner.database.artists.updateOwn({ full_name: "Владелец", phone: "+79000000000" });
  await fixtures.giveCoins(owner.id, [{
    amount: 500,
    type: "reward",
    description: "Подарок",
    created_at: new Date().toISOString(),
  }]);
  const draft = await owner.database.concerts.create(completeConcert());
  await pendingConcert(owner);
  const shown = await publicConcert(context, owner);
  await fixtures.sellTickets({
    artistId: owner.id,
    concertId: shown.id,
    quantity: 1,
    unitPrice: 100,
    commission: 5,
  });
  await stack.sql(
    `insert into public.artist_ticket_providers (artist_id, provider_id, api_key_encrypted, api_key_last4)
     values ($1::uuid, 'kassir', 'cipher', '1234')`,
    [owner.id],
  );
  return { owner, draft: draft.id, shown: shown.id };
}

async function columnsOf({ stack }: ConformanceContext, table: string): Promise<string[]> {
  const rows = await stack.sql(
    `select attname::text as name from pg_attribute
     where attrelid = ('public.' || $1::text)::regclass and attnum > 0 and not attisdropped
       and attgenerated = ''`,
    [table],
  );
  return rows.map(({ name }) => String(name));
}
