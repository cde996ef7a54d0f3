import { partsOf, prefixes } from "../legacy/keys.ts";
import { type OldSale, readSale } from "../legacy/read-sale.ts";
import { type ConcertDocument, namesOf } from "./concert-documents.ts";
import type { KvTable, Row } from "./kv-table.ts";

/** What confirmed sales add up to. Money in kopecks. */
export interface SalesTotals {
  sales: number;
  tickets: number;
  total: number;
  net: number;
}

export const noSales: SalesTotals = { sales: 0, tickets: 0, total: 0, net: 0 };

/** Ticket sales, as far as concerts need them. Sample data of the old generator and unreadable rows are no sales. */
export class Sales {
  constructor(private readonly table: KvTable) {}

  /** The sales of one concert, of every status. */
  async ofConcert(concert: ConcertDocument): Promise<OldSale[]> {
    const rows = await Promise.all(
      namesOf(concert).map((name) => this.table.scan(`${prefixes.ticketSale}${name}:`)),
    );
    return await readSales(rows.flat(), concert);
  }

  /** What the confirmed sales of each of `concerts` add up to, by the concerts' ids. */
  async totals(concerts: readonly ConcertDocument[]): Promise<Map<string, SalesTotals>> {
    if (concerts.length === 0) return new Map();
    if (concerts.length === 1) {
      return new Map([[concerts[0].id, totalOf(await this.ofConcert(concerts[0]))]]);
    }
    const rowsByName = Map.groupBy(
      await this.table.scan(prefixes.ticketSale),
      ({ key }) => partsOf(key, prefixes.ticketSale).owner ?? "",
    );
    const totals = new Map<string, SalesTotals>();
    for (const concert of concerts) {
      const rows = namesOf(concert).flatMap((name) => rowsByName.get(name) ?? []);
      totals.set(concert.id, totalOf(await readSales(rows, concert)));
    }
    return totals;
  }

  /** Fills in what old values do not say: the tickets sold. Rewritten ones carry the number themselves. */
  async withTicketsSold(concerts: readonly ConcertDocument[]): Promise<ConcertDocument[]> {
    const totals = await this.totals(concerts.filter(({ rev }) => rev === 0));
    return concerts.map((concert) => {
      const sold = totals.get(concert.id);
      return sold ? { ...concert, tickets_sold: sold.tickets } : concert;
    });
  }
}

async function readSales(rows: Row[], concert: ConcertDocument): Promise<OldSale[]> {
  const names = namesOf(concert);
  const sales: OldSale[] = [];
  for (const { key, value } of rows) {
    const reading = await readSale(key, value);
    if ("unreadable" in reading || reading.record.is_test) continue;
    // A longer id may begin like this one and go on with a colon.
    if (names.includes(reading.record.concert_name)) sales.push(reading.record);
  }
  return sales;
}

function totalOf(sales: OldSale[]): SalesTotals {
  return sales.filter(({ status }) => status === "confirmed").reduce(
    (sum, sale) => ({
      sales: sum.sales + 1,
      tickets: sum.tickets + sale.quantity,
      total: sum.total + sale.total,
      net: sum.net + sale.net,
    }),
    noSales,
  );
}
