import { dateIn } from "../../domain/calendar.ts";
import { defaultTimeZone } from "../../domain/concert.ts";
import {
  averageTicketPrice,
  funnelOf,
  type SalesFigures,
  sumOf,
  type TicketStats,
} from "../../domain/ticket-figures.ts";
import type { TicketSale } from "../../domain/ticket-sale.ts";
import type { SaleRepository } from "../sale-repository.ts";
import { applyTicketEvent } from "./apply-ticket-event.ts";
import type { KvContext } from "./kv-context.ts";
import { exportOwnSales } from "./export-own-sales.ts";
import { findOwnSale, ownConcertOf, ownSales, placeOf, salesOfOwn } from "./own-sales.ts";
import { pageOf } from "./page-of.ts";
import { saleOf } from "./sale-documents.ts";
import { cancelSale, createSale, refundSale } from "./sell-tickets.ts";

export function createSaleRepository(context: KvContext): SaleRepository {
  return {
    create: (sale, idempotency) => createSale(context, sale, idempotency),

    async listOwn(filter, page) {
      context.user();
      const sales = (await ownSales(context, filter)).map(saleOf);
      return pageOf(sales, page, placeOf, "descending");
    },

    exportOwn(filter) {
      context.user();
      return exportOwnSales(context, filter);
    },

    async find(id) {
      return saleOf((await findOwnSale(context, id)).document);
    },

    cancel: (id, idempotency) => cancelSale(context, id, idempotency),
    refund: (id, refund, idempotency) => refundSale(context, id, refund, idempotency),

    async stats(concertId) {
      context.user();
      const sales = await salesOfOwn(context, concertId);
      return statsOf(sales.filter(({ status }) => status === "confirmed"));
    },

    async funnel(concertId) {
      context.user();
      const { document } = await ownConcertOf(context, concertId);
      const sales = (await context.sales.ofConcert(document))
        .map(({ document }) => document)
        .filter(({ status }) => status === "confirmed");
      const { sales: purchases, tickets, revenue } = sumOf(sales);
      return funnelOf({
        concert_id: document.id,
        views: document.views_count,
        clicks: document.clicks_count,
        purchases,
        tickets,
        revenue,
      });
    },

    applyEvent: (providerId, event) => applyTicketEvent(context, providerId, event),
  };
}

function statsOf(sales: readonly TicketSale[]): TicketStats {
  const figures = sumOf(sales);
  return {
    ...figures,
    average_ticket_price: averageTicketPrice(figures),
    by_provider: sumsBy(sales, ({ provider_id }) => provider_id, lastIfNull)
      .map(([provider_id, sums]) => ({ provider_id, ...sums })),
    by_day: sumsBy(sales, ({ purchased_at }) => dateIn(purchased_at, defaultTimeZone), lastIfNull)
      .map(([day, sums]) => ({ day, ...sums })),
  };
}

function sumsBy<Group extends string | null>(
  sales: readonly TicketSale[],
  groupOf: (sale: TicketSale) => Group,
  compare: (one: Group, other: Group) => number,
): [Group, SalesFigures][] {
  return [...Map.groupBy(sales, groupOf)]
    .sort(([one], [other]) => compare(one, other))
    .map(([group, members]) => [group, sumOf(members)]);
}

function lastIfNull(one: string | null, other: string | null): number {
  if (one === other) return 0;
  if (one === null) return 1;
  if (other === null) return -1;
  return one < other ? -1 : 1;
}
