import assert from "node:assert/strict";
import type { LocalStack } from "../../local/stack.ts";
import { kvNotificationFixtures } from "../support/notification-fixtures.ts";
import type { Fixtures, NotificationRow } from "./scenario-context.ts";

/** Writes rows as the old store held them: what kv mode finds where no route has written yet. */
export function createKvFixtures(stack: LocalStack): Fixtures {
  const put = (key: string, value: unknown) =>
    stack.sql(
      `insert into public.kv_store_84730125 (key, value) values ($1::text, $2::text::jsonb)
       on conflict (key) do update set value = excluded.value`,
      [key, JSON.stringify(value)],
    );
  /** JSON text inside a JSON string, the old product's way. */
  const putText = (key: string, value: unknown) => put(key, JSON.stringify(value));
  let written = 0;
  const oldId = () => `${Date.now()}-${(++written).toString(36).padStart(9, "0")}`;

  async function writeCoins(
    owner: string,
    movements: { amount: number; type: string; description: string; created_at: string }[],
  ) {
    for (const { created_at: createdAt, ...movement } of movements) {
      const id = oldId();
      await putText(`coins:tx:${owner}:${id}`, { id, userId: owner, ...movement, createdAt });
    }
    const balance = movements.reduce((sum, { amount }) => sum + amount, 0);
    await put(`coins:balance:${owner}`, String(balance));
  }

  return {
    giveCoins: writeCoins,
    notifications: kvNotificationFixtures(stack),

    async forgetEventTime(concertId) {
      await stack.sql(
        `update public.kv_store_84730125
         set value = value || jsonb_build_object('event_time', null, 'rev', (value ->> 'rev')::int + 1)
         where key like 'concert:%' and value ->> 'id' = $1::text and value ? 'rev'`,
        [concertId],
      );
    },

    async sellTickets({ artistId, concertId, quantity, unitPrice, commission }) {
      const id = `sale_${oldId()}`;
      const totalAmount = quantity * unitPrice;
      await put(`ticket_sale:${concertId}:${id}`, {
        id,
        concertId,
        artistId,
        provider: "manual",
        quantity,
        price: unitPrice,
        totalAmount,
        commission,
        netAmount: totalAmount - commission,
        status: "confirmed",
        purchasedAt: new Date().toISOString(),
        metadata: {},
      });
      // A concert in the new shape carries the number itself; a revision later, so that nobody overwrites it.
      await stack.sql(
        `update public.kv_store_84730125
         set value = value || jsonb_build_object(
           'tickets_sold', (value ->> 'tickets_sold')::int + $2::int,
           'rev', (value ->> 'rev')::int + 1
         )
         where key like 'concert:%' and value ->> 'id' = $1::text and value ? 'rev'`,
        [concertId, quantity],
      );
    },

    async leaveProfile({ ownerId, email, fullName, concertId, concertTitle, coins }) {
      const at = "2025-04-09T13:30:00.000Z";
      await put(`profile:${ownerId}`, {
        id: ownerId,
        email,
        full_name: fullName,
        created_at: at,
        updated_at: at,
      });
      await putText(`concert:${ownerId}:${concertId}`, {
        id: concertId,
        userId: ownerId,
        title: concertTitle,
        venue: "Главклуб",
        city: "Уфа",
        date: "2027-05-01",
        createdAt: at,
        updatedAt: at,
      });
      await writeCoins(ownerId, [{
        amount: coins,
        type: "reward",
        description: "Приветственный бонус",
        created_at: at,
      }]);
    },

    async leaveCampaign({ ownerId, subject }) {
      const id = `campaign_${oldId().replace("-", "_")}`;
      await put(`campaign:${ownerId}:${id}`, {
        id,
        subject,
        artistId: ownerId,
        concertId: "",
        content: "Приходите!",
        recipientCount: 4856,
        status: "draft",
        scheduledFor: "",
        createdAt: "2025-04-09T13:30:00.000Z",
      });
    },

    async endRetryWait(campaignId) {
      await stack.sql(
        `update public.kv_store_84730125
         set value = value || jsonb_build_object('retry_at', null, 'rev', (value ->> 'rev')::int + 1)
         where key like 'campaign:%' and value ->> 'id' = $1::text`,
        [campaignId],
      );
      await stack.sql(
        `update public.kv_store_84730125
         set value = value || jsonb_build_object(
           'deliveries', (
             select jsonb_agg(delivery || '{"retry_at":null}' order by place)
             from jsonb_array_elements(value -> 'deliveries') with ordinality as sheet (delivery, place)
           ),
           'rev', (value ->> 'rev')::int + 1
         )
         where starts_with(key, 'campaign_delivery:' || $1::text || ':')`,
        [campaignId],
      );
    },

    async notificationsOf(userId) {
      const rows = await stack.sql(
        `select value from public.kv_store_84730125
         where key like 'notification:%' and value ->> 'user_id' = $1::text
         order by value ->> 'created_at', key`,
        [userId],
      );
      return rows.map(({ value }) => value as NotificationRow);
    },

    async scheduleReminder({ userId, concertId }) {
      const id = `notif_${oldId()}`;
      await put(`notification:${userId}:${id}`, {
        id,
        userId,
        concertId,
        type: "reminder",
        title: "Концерт через 7 дней",
        message: "",
        scheduledFor: "2027-01-08T12:00:00.000Z",
        status: "pending",
        channel: "both",
        createdAt: new Date().toISOString(),
        metadata: {},
      });
    },

    remindersOf: (concertId) =>
      stack.sql(
        `select key from public.kv_store_84730125
         where key like 'notification:%' and position($1::text in value::text) > 0
           and coalesce(value ->> 'notification_type', value ->> 'type') = 'reminder'
           and value ->> 'status' = 'pending'`,
        [concertId],
      ),

    async everythingOf(artist) {
      const rows = await stack.sql(
        `select key, value from public.kv_store_84730125
         where position($1::text in key) > 0 or position($1::text in value::text) > 0
         order by key`,
        [artist],
      );
      assert.ok(rows.length > 0, `nothing is stored of ${artist}`);
      return JSON.stringify(rows, null, 1);
    },
  };
}
