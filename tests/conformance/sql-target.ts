import { createSqlFixtures } from "../scenarios/sql-fixtures.ts";
import type { ConformanceTarget } from "./conformance-context.ts";

/** The tables, past the access rules. */
export const sqlTarget: ConformanceTarget = {
  mode: "sql",
  capabilities: { wordForms: true },
  createFixtures: (stack) => ({
    ...createSqlFixtures(stack),

    async addSale({ artistId, concertId, quantity, unitPrice, commission, status }) {
      await stack.sql(
        `insert into public.ticket_sales
           (concert_id, artist_id, quantity, unit_price, total_amount, commission_amount, net_amount, status)
         values ($1::uuid, $2::uuid, $3::int, $4::numeric, $3::int * $4::numeric, $5::numeric,
           $3::int * $4::numeric - $5::numeric, $6::text)`,
        [concertId, artistId, quantity, unitPrice, commission, status],
      );
    },

    async giveLegacyId(concertId, legacyId) {
      await stack.sql("update public.concerts set legacy_id = $2::text where id = $1::uuid", [
        concertId,
        legacyId,
      ]);
    },

    async setCounters(concertId, { views_count, clicks_count, shares_count }) {
      await stack.sql(
        `update public.concerts set views_count = $2::int, clicks_count = $3::int, shares_count = $4::int
         where id = $1::uuid`,
        [concertId, views_count, clicks_count, shares_count],
      );
    },

    async endPromotion(concertId) {
      await stack.sql(
        `update public.concerts
         set promotion_starts_at = now() - interval '2 seconds', promotion_ends_at = now() - interval '1 second'
         where id = $1::uuid`,
        [concertId],
      );
    },

    async refundsOf(saleId) {
      const rows = await stack.sql(
        `select amount::float8 as amount, reason from public.ticket_refunds
         where sale_id = $1::uuid order by created_at, amount`,
        [saleId],
      );
      return rows as { amount: number; reason: string | null }[];
    },

    async spoilCampaign(campaignId) {
      const setCreation = (created_at: string) =>
        stack.sql(
          "update public.email_campaigns set created_at = $2::text::timestamptz where id = $1::uuid",
          [campaignId, created_at],
        );
      await setCreation("infinity");
      return {
        outcome: {
          status: "paused",
          error_message: "Письма этой рассылки не удалось составить: проверьте её данные",
        },
        restore: async () => {
          await setCreation(new Date().toISOString());
        },
      };
    },

    async stateOfCampaign(campaignId) {
      const [row] = await stack.sql(
        "select status, error_message from public.email_campaigns where id = $1::uuid",
        [campaignId],
      );
      return row as { status: string; error_message: string | null };
    },

    async ageIdempotencyKeys(artistId) {
      const rows = await stack.sql(
        `update private.idempotency_keys set created_at = now() - interval '25 hours'
         where user_id = $1::uuid returning key`,
        [artistId],
      );
      if (rows.length === 0) throw new Error("no key is remembered");
    },
  }),
};
