import type { Position } from "../../domain/paging.ts";
import type { TicketSale } from "../../domain/ticket-sale.ts";
import type { SaleFilter } from "../sale-repository.ts";
import type { KvContext } from "./kv-context.ts";
import { matches, ownConcertsOf, placeOf } from "./own-sales.ts";
import { pageOf } from "./page-of.ts";
import { saleOf } from "./sale-documents.ts";

/** Sales sorted at a time. At most twice as many are held, which takes a quarter of an isolate's memory. */
const sorted = 20_000;

const portion = 1000;

/**
 * The caller's sales that match, the latest purchase first, in portions.
 *
 * The store has no order of purchases. So the latest are picked out of all sales, then in another reading the latest of
 * those behind, and so on: memory stays the same however many there are, and most artists need one reading.
 */
export async function* exportOwnSales(
  context: KvContext,
  filter: SaleFilter,
): AsyncGenerator<TicketSale[]> {
  const concerts = (await ownConcertsOf(context, filter)).map(({ document }) => document);
  let after: Position | null = null;
  do {
    let latest: TicketSale[] = [];
    for await (const sale of context.sales.each(concerts)) {
      if (matches(sale, filter)) latest.push(saleOf(sale));
      // One more than is wanted tells that there are others behind.
      if (latest.length === 2 * sorted) latest = pageBehind(after, latest, sorted + 1).items;
    }
    const { items, next } = pageBehind(after, latest, sorted);
    for (let start = 0; start < items.length; start += portion) {
      yield items.slice(start, start + portion);
    }
    after = next;
  } while (after !== null);
}

function pageBehind(after: Position | null, sales: TicketSale[], limit: number) {
  return pageOf(sales, { limit, after }, placeOf, "descending");
}
