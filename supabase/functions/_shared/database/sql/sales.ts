import type { Idempotency, Outcome } from "../../domain/idempotency.ts";
import { cutPage } from "../../domain/paging.ts";
import { Refusal } from "../../domain/refusal.ts";
import { averageTicketPrice, funnelOf } from "../../domain/ticket-figures.ts";
import type { EventOutcome } from "../../domain/ticket-event.ts";
import type { TicketSale } from "../../domain/ticket-sale.ts";
import { isUuid } from "../../domain/uuid.ts";
import type { SaleFilter, SaleRepository } from "../sale-repository.ts";
import { firstOf } from "./artists.ts";
import type { DataApi } from "./data-api.ts";
import { literally } from "./literally.ts";
import { saleColumns, saleFrom, type SaleRow, type StatsRow } from "./sale-rows.ts";

/** As many as make one answer of the Data API worth its request, and none too large to be held. */
const exportPortion = 1000;

export function createSaleRepository(api: DataApi): SaleRepository {
  /** Sends the call of a SQL function that answers `{"replayed", "sale"}`. */
  async function outcomeOf(
    call: Parameters<typeof api.sendAsCaller>[0],
  ): Promise<Outcome<TicketSale>> {
    const { replayed, sale } = await api.sendAsCaller(call) as {
      replayed: boolean;
      sale: SaleRow;
    };
    return { value: saleFrom(sale), replayed };
  }

  async function listSales(
    filter: SaleFilter,
    after: { value: string | number; id: string } | null,
    page_size: number,
  ): Promise<TicketSale[]> {
    api.user();
    const rows = await api.sendAsCaller(
      api.asCaller().rpc("list_ticket_sales", {
        concert_id: filter.concert_id ?? undefined,
        sale_status: filter.status ?? undefined,
        provider: filter.provider_id ?? undefined,
        purchased_from: filter.from ?? undefined,
        purchased_before: filter.before ?? undefined,
        ...(after ? { after_purchased_at: String(after.value), after_id: after.id } : {}),
        page_size,
      }),
    ) as unknown as SaleRow[];
    return rows.map(saleFrom);
  }

  return {
    create: ({ ...sale }, idempotency) =>
      outcomeOf(
        api.asCaller().rpc("create_ticket_sale", { sale, ...idempotencyOf(idempotency) }),
      ),

    async listOwn(filter, { limit, after }) {
      const sales = await listSales(filter, after, limit + 1);
      return cutPage(sales, limit, positionOf);
    },

    async *exportOwn(filter) {
      let after = null;
      while (true) {
        const sales: TicketSale[] = await listSales(filter, after, exportPortion);
        if (sales.length > 0) yield sales;
        if (sales.length < exportPortion) return;
        after = positionOf(sales[sales.length - 1]);
      }
    },

    async find(id) {
      const query = api.asCaller().from("ticket_sales").select(saleColumns.join(","))
        .eq("artist_id", api.user().id);
      const rows = await api.sendAsCaller(
        (isUuid(id)
          ? query.or(`id.eq.${id},legacy_id.eq.${id}`)
          : query.filter("legacy_id", "in", literally(id)))
          .order("id").limit(1)
          .overrideTypes<SaleRow[], { merge: false }>(),
      );
      return saleFrom(firstOf(rows));
    },

    cancel: (sale_id, idempotency) =>
      outcomeOf(
        api.asCaller().rpc("cancel_ticket_sale", { sale_id, ...idempotencyOf(idempotency) }),
      ),

    refund: (sale_id, { amount, reason }, idempotency) =>
      outcomeOf(
        api.asCaller().rpc("refund_ticket_sale", {
          sale_id,
          amount,
          reason,
          ...idempotencyOf(idempotency),
        }),
      ),

    async stats(concertId) {
      api.user();
      const stats = await api.sendAsCaller(
        api.asCaller().rpc("get_ticket_stats", { concert_id: concertId ?? undefined }),
      ) as unknown as StatsRow;
      const { by_provider, by_day, ...figures } = stats;
      return {
        ...figures,
        average_ticket_price: averageTicketPrice(figures),
        by_provider,
        by_day,
      };
    },

    async funnel(concert_id) {
      api.user();
      const counted = await api.sendAsCaller(
        api.asCaller().rpc("get_sales_funnel", { concert_id }),
      ) as unknown as Parameters<typeof funnelOf>[0];
      return funnelOf(counted);
    },

    async applyEvent(provider, { ...event }) {
      if (api.caller.kind !== "service") throw new Refusal("forbidden");
      const outcome = await api.send(
        api.asBackend().rpc("apply_ticket_event", { provider, event }),
      );
      return outcome as unknown as EventOutcome;
    },
  };
}

function idempotencyOf(idempotency: Idempotency | null) {
  return {
    idempotency_key: idempotency?.key,
    request_fingerprint: idempotency?.fingerprint,
  };
}

function positionOf({ purchased_at, id }: TicketSale) {
  return { value: purchased_at, id };
}
