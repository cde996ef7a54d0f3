import assert from "node:assert/strict";
import type { LocalStack } from "../../local/stack.ts";
import { artistIdOf, legacyOwner } from "../../supabase/functions/_shared/database/legacy/ids.ts";
import { sqlNotificationFixtures } from "../support/notification-fixtures.ts";
import type { Fixtures, NotificationRow } from "./scenario-context.ts";

/** Writes rows into the tables, past the access rules. */
export function createSqlFixtures(stack: LocalStack): Fixtures {
  async function writeCoins(
    artistId: string,
    movements: { amount: number; type: string; description: string; created_at: string }[],
  ) {
    await stack.sql(
      "insert into public.artists (id, claimed_at) values ($1::uuid, now()) on conflict do nothing",
      [artistId],
    );
    for (const { amount, type, description, created_at } of movements) {
      await stack.sql(
        `insert into public.coin_transactions (artist_id, amount, type, description, created_at)
         values ($1::uuid, $2::int, $3::text, $4::text, $5::timestamptz)`,
        [artistId, amount, type, description, created_at],
      );
    }
  }

  return {
    giveCoins: writeCoins,
    notifications: sqlNotificationFixtures(stack),

    async forgetEventTime(concertId) {
      await stack.sql("update public.concerts set event_time = null where id = $1::uuid", [
        concertId,
      ]);
    },

    async sellTickets({ artistId, concertId, quantity, unitPrice, commission }) {
      await stack.sql(
        `insert into public.ticket_sales
           (concert_id, artist_id, quantity, unit_price, total_amount, commission_amount, net_amount, status)
         values ($1::uuid, $2::uuid, $3::int, $4::numeric, $3::int * $4::numeric, $5::numeric,
           $3::int * $4::numeric - $5::numeric, 'confirmed')`,
        [concertId, artistId, quantity, unitPrice, commission],
      );
      await stack.sql(
        "update public.concerts set tickets_sold = tickets_sold + $2::int where id = $1::uuid",
        [concertId, quantity],
      );
    },

    async leaveProfile({ ownerId, email, fullName, concertId, concertTitle, coins }) {
      const id = await artistIdOf(ownerId);
      await stack.sql(
        `insert into public.artists (id, legacy_id, email, full_name)
         values ($1::uuid, $2::text, $3::text, $4::text)`,
        [id, legacyOwner(ownerId), email, fullName],
      );
      await stack.sql(
        `insert into public.concerts (artist_id, legacy_id, title, venue_name, city, event_date)
         values ($1::uuid, $2::text, $3::text, 'Главклуб', 'Уфа', '2027-05-01')`,
        [id, concertId, concertTitle],
      );
      await stack.sql(
        `insert into public.coin_transactions (artist_id, amount, type, description)
         values ($1::uuid, $2::int, 'reward', 'Приветственный бонус')`,
        [id, coins],
      );
    },

    async leaveCampaign({ ownerId, subject }) {
      await stack.sql(
        `insert into public.email_campaigns (legacy_id, artist_id, subject, content)
         select 'campaign_' || gen_random_uuid(), id, $2::text, 'Приходите!'
         from public.artists where legacy_id = $1::text`,
        [ownerId, subject],
      );
    },

    async endRetryWait(campaignId) {
      for (
        const statement of [
          "update public.email_campaigns set retry_at = null where id = $1::uuid",
          "update public.campaign_deliveries set retry_at = null where campaign_id = $1::uuid",
        ]
      ) await stack.sql(statement, [campaignId]);
    },

    async notificationsOf(userId) {
      const rows = await stack.sql(
        "select * from public.notifications where user_id = $1::uuid order by created_at, id",
        [userId],
      );
      return rows as unknown as NotificationRow[];
    },

    async scheduleReminder({ userId, concertId }) {
      await stack.sql(
        `insert into public.notifications
           (user_id, concert_id, notification_type, title, channel, scheduled_for)
         values ($1::uuid, $2::uuid, 'reminder', 'Концерт через 7 дней', 'both', '2027-01-08T12:00:00Z')`,
        [userId, concertId],
      );
    },

    remindersOf: (concertId) =>
      stack.sql(
        `select id from public.notifications
         where concert_id = $1::uuid and notification_type = 'reminder' and status = 'pending'`,
        [concertId],
      ),

    async everythingOf(artist) {
      const rows = await stack.sql(
        `with known (id) as (
           select $1::text union select id::text from public.artists where legacy_id = $1::text
         )
         select 'artist' as kind, to_jsonb(a) as content from public.artists a
           where id::text in (select id from known)
         union all
         select 'concert', to_jsonb(c) from public.concerts c
           where artist_id::text in (select id from known)
         union all
         select 'coins', to_jsonb(t) from public.coin_transactions t
           where artist_id::text in (select id from known)
         union all
         select 'sale', to_jsonb(s) from public.ticket_sales s
           where artist_id::text in (select id from known)
         union all
         select 'refund', to_jsonb(r) from public.ticket_refunds r
           where artist_id::text in (select id from known)
         union all
         select 'connection', to_jsonb(k) from public.artist_ticket_providers k
           where artist_id::text in (select id from known)
         union all
         select 'campaign', to_jsonb(e) from public.email_campaigns e
           where artist_id::text in (select id from known)
         union all
         select 'suppression', to_jsonb(m) from public.mail_suppressions m
           where artist_id::text in (select id from known)
         union all
         select 'notification', to_jsonb(n) from public.notifications n
           where user_id::text in (select id from known)
         union all
         select 'settings', to_jsonb(s) from public.notification_settings s
           where user_id::text in (select id from known)
         union all
         select 'browser', to_jsonb(p) from public.push_subscriptions p
           where user_id::text in (select id from known)
         order by 1, 2`,
        [artist],
      );
      assert.ok(rows.length > 0, `nothing is stored of ${artist}`);
      return JSON.stringify(rows, null, 1);
    },
  };
}
