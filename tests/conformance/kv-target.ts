import { createKvFixtures } from "../scenarios/kv-fixtures.ts";
import type { ConformanceTarget } from "./conformance-context.ts";

const twentyFiveHours = 25 * 60 * 60 * 1000;

/** The key-value table. Values are changed a revision later, so that no writer takes them for what they have read. */
export const kvTarget: ConformanceTarget = {
  mode: "kv",
  capabilities: { wordForms: false },
  createFixtures(stack) {
    const mergeIntoConcert = (concertId: string, fields: Record<string, unknown>) =>
      stack.sql(
        `update public.kv_store_84730125
         set value = value || $2::text::jsonb || jsonb_build_object('rev', (value ->> 'rev')::int + 1)
         where key like 'concert:%' and value ->> 'id' = $1::text and value ? 'rev'`,
        [concertId, JSON.stringify(fields)],
      );
    return {
      ...createKvFixtures(stack),

      async addSale({ artistId, concertId, quantity, unitPrice, commission, status }) {
        const id = `sale_${crypto.randomUUID()}`;
        const totalAmount = quantity * unitPrice;
        const sale = {
          id,
          concertId,
          artistId,
          provider: "manual",
          quantity,
          price: unitPrice,
          totalAmount,
          commission,
          netAmount: totalAmount - commission,
          status,
          purchasedAt: new Date().toISOString(),
          metadata: {},
        };
        await stack.sql(
          "insert into public.kv_store_84730125 (key, value) values ($1::text, $2::text::jsonb)",
          [`ticket_sale:${concertId}:${id}`, JSON.stringify(sale)],
        );
      },

      async giveLegacyId(concertId, legacy_id) {
        await mergeIntoConcert(concertId, { legacy_id });
      },

      async setCounters(concertId, counters) {
        await mergeIntoConcert(concertId, counters);
      },

      async endPromotion(concertId) {
        await mergeIntoConcert(concertId, {
          promotion_starts_at: new Date(Date.now() - 2000).toISOString(),
          promotion_ends_at: new Date(Date.now() - 1000).toISOString(),
        });
      },

      async refundsOf(saleId) {
        const rows = await stack.sql(
          `select (value ->> 'amount')::float8 as amount, value ->> 'reason' as reason
           from public.kv_store_84730125 where starts_with(key, 'ticket_refund:' || $1::text || ':')
           order by value ->> 'created_at', amount`,
          [saleId],
        );
        return rows as { amount: number; reason: string | null }[];
      },

      async spoilCampaign(campaignId) {
        // By another name its content is missing, and the document is none.
        const rename = (from: string, to: string) =>
          stack.sql(
            `update public.kv_store_84730125
             set value = (value - $2::text)
               || jsonb_build_object($3::text, value -> $2::text, 'rev', (value ->> 'rev')::int + 1)
             where key like 'campaign:%' and value ->> 'id' = $1::text`,
            [campaignId, from, to],
          );
        await rename("content", "spoiled");
        return {
          outcome: { status: "sending", error_message: null },
          restore: async () => {
            await rename("spoiled", "content");
          },
        };
      },

      async stateOfCampaign(campaignId) {
        const [row] = await stack.sql(
          `select value ->> 'status' as status, value ->> 'error_message' as error_message
           from public.kv_store_84730125 where key like 'campaign:%' and value ->> 'id' = $1::text`,
          [campaignId],
        );
        return row as { status: string; error_message: string | null };
      },

      async ageIdempotencyKeys(artistId) {
        const longAgo = new Date(Date.now() - twentyFiveHours).toISOString();
        const taken = await stack.sql(
          `update public.kv_store_84730125
           set value = value || jsonb_build_object('rev', (value ->> 'rev')::int + 1, 'at', $2::text)
           where starts_with(key, 'idempotency:' || $1::text || ':')
           returning key`,
          [artistId, longAgo],
        );
        if (taken.length === 0) throw new Error("no key is taken");
      },
    };
  },
};
