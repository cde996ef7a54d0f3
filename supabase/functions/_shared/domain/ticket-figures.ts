import { averageOf, toKopecks, toRubles } from "./kopecks.ts";
import type { TicketSale } from "./ticket-sale.ts";

/** What confirmed sales add up to. Money in rubles; every sum is that of its rows, to the kopeck. */
export interface SalesFigures {
  sales: number;
  tickets: number;
  revenue: number;
  commission: number;
  net: number;
  /** Paid back of sales that still stand. */
  refunds: number;
}

export interface TicketStats extends SalesFigures {
  /** Revenue for each ticket, to the kopeck; null without tickets. */
  average_ticket_price: number | null;
  /** By provider id; sales without a provider come last, as null. */
  by_provider: (SalesFigures & { provider_id: string | null })[];
  /** By the day of purchase in Moscow, `YYYY-MM-DD`, days without sales left out. */
  by_day: (SalesFigures & { day: string })[];
}

/** How visitors of a concert become buyers. Counted, nothing is estimated. */
export interface SalesFunnel {
  concert_id: string;
  views: number;
  clicks: number;
  /** Confirmed sales. */
  purchases: number;
  tickets: number;
  /** Rubles. */
  revenue: number;
  /** Fractions with four decimals; null where nothing was counted to divide by. */
  view_to_click: number | null;
  click_to_purchase: number | null;
  view_to_purchase: number | null;
}

/** Adds up sales, all of them confirmed. */
export function sumOf(sales: readonly TicketSale[]): SalesFigures {
  const sum = (amountOf: (sale: TicketSale) => number) =>
    toRubles(sales.reduce((kopecks, sale) => kopecks + toKopecks(amountOf(sale)), 0));
  return {
    sales: sales.length,
    tickets: sales.reduce((tickets, { quantity }) => tickets + quantity, 0),
    revenue: sum(({ total_amount }) => total_amount),
    commission: sum(({ commission_amount }) => commission_amount),
    net: sum(({ net_amount }) => net_amount),
    refunds: sum(({ refund_amount }) => refund_amount ?? 0),
  };
}

export function averageTicketPrice({ revenue, tickets }: SalesFigures): number | null {
  const average = averageOf(toKopecks(revenue), tickets);
  return average === null ? null : toRubles(average);
}

export function funnelOf(
  counted: Pick<
    SalesFunnel,
    "concert_id" | "views" | "clicks" | "purchases" | "tickets" | "revenue"
  >,
): SalesFunnel {
  const { views, clicks, purchases } = counted;
  return {
    ...counted,
    view_to_click: rate(clicks, views),
    click_to_purchase: rate(purchases, clicks),
    view_to_purchase: rate(purchases, views),
  };
}

function rate(part: number, whole: number): number | null {
  return whole === 0 ? null : Math.round(part * 10_000 / whole) / 10_000;
}
