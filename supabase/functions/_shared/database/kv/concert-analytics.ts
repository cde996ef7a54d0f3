import { accessRules, isAllowed } from "../../auth/access-rules.ts";
import type { ArtistStatistics, ConcertAnalytics } from "../../domain/analytics.ts";
import { isPast } from "../../domain/concert.ts";
import type { Page, PageRequest } from "../../domain/paging.ts";
import { Refusal } from "../../domain/refusal.ts";
import type { ConcertDocument } from "./concert-documents.ts";
import type { KvContext } from "./kv-context.ts";
import { pageOf } from "./page-of.ts";
import { noSales, type SalesTotals } from "./sales.ts";

export async function concertAnalytics(context: KvContext, id: string): Promise<ConcertAnalytics> {
  const found = await context.finder.find(id);
  const isOwn = found !== null &&
    isAllowed(accessRules.concerts.read_analytics, context.caller, found.document.artist_id);
  if (!isOwn) throw new Refusal("not_found");
  const totals = await context.sales.totals([found.document]);
  return analyticsOf(found.document, totals);
}

export async function listConcertAnalytics(
  context: KvContext,
  page: PageRequest,
): Promise<Page<ConcertAnalytics>> {
  const own = await ownConcerts(context);
  const positionOf = ({ created_at, id }: ConcertDocument) => ({ value: created_at, id });
  const { items, next } = pageOf(own, page, positionOf, "descending");
  const totals = await context.sales.totals(items);
  return { items: items.map((concert) => analyticsOf(concert, totals)), next };
}

/** Sums over all concerts of the caller's; concerts and sales are summed apart. */
export async function artistStatistics(context: KvContext): Promise<ArtistStatistics> {
  const own = await ownConcerts(context);
  const totals = [...(await context.sales.totals(own)).values()];
  const now = new Date();
  return {
    artist_id: context.user().id,
    concerts_count: own.length,
    upcoming_concerts_count:
      own.filter((concert) =>
        !concert.is_cancelled && concert.event_date !== null && !isPast(concert, now)
      ).length,
    total_views: sum(own, ({ views_count }) => views_count),
    total_clicks: sum(own, ({ clicks_count }) => clicks_count),
    total_shares: sum(own, ({ shares_count }) => shares_count),
    sales_count: sum(totals, ({ sales }) => sales),
    tickets_sold: sum(totals, ({ tickets }) => tickets),
    total_revenue: sum(totals, ({ total }) => total) / 100,
    net_revenue: sum(totals, ({ net }) => net) / 100,
  };
}

async function ownConcerts({ finder, user }: KvContext): Promise<ConcertDocument[]> {
  const { id } = user();
  return (await finder.all()).map(({ document }) => document)
    .filter(({ artist_id }) => artist_id === id);
}

function analyticsOf(
  concert: ConcertDocument,
  totals: Map<string, SalesTotals>,
): ConcertAnalytics {
  const { sales, tickets, total, net } = totals.get(concert.id) ?? noSales;
  return {
    concert_id: concert.id,
    title: concert.title,
    event_date: concert.event_date,
    views_count: concert.views_count,
    clicks_count: concert.clicks_count,
    shares_count: concert.shares_count,
    sales_count: sales,
    tickets_sold: tickets,
    total_revenue: total / 100,
    net_revenue: net / 100,
    click_rate: rate(concert.clicks_count, concert.views_count),
    conversion_rate: rate(sales, concert.clicks_count),
  };
}

/** A fraction with four decimals; null of nothing. */
function rate(part: number, whole: number): number | null {
  return whole === 0 ? null : Math.round(part * 10_000 / whole) / 10_000;
}

function sum<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
