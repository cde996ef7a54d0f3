import { fullCounter } from "../../domain/concert.ts";
import { toKopecks } from "../../domain/kopecks.ts";
import { seatsHeld } from "../../domain/ticket-sale.ts";
import { partsOf, prefixes } from "../legacy/keys.ts";
import { type ConcertDocument, namesOf } from "./concert-documents.ts";
import type { ConcertFinder } from "./concert-finder.ts";
import type { KvTable, Row } from "./kv-table.ts";
import { concertNameOf, openSale, type SaleDocument, type StoredSale } from "./sale-documents.ts";

/** What confirmed sales add up to. Money in kopecks. */
export interface SalesTotals {
  sales: number;
  tickets: number;
  total: number;
  net: number;
}

export const noSales: SalesTotals = { sales: 0, tickets: 0, total: 0, net: 0 };

/** Ticket sales by their concerts. Sample data of the old generator and unreadable rows are no sales. */
export class Sales {
  constructor(private readonly table: KvTable, private readonly finder: ConcertFinder) {}

  /** A sale's row in the shape of today; null where it is none, or no concert's. */
  async open(row: Row): Promise<SaleDocument | null> {
    const name = concertNameOf(row);
    const found = name === null ? null : await this.finder.find(name);
    return found && await openSale(row, found.document);
  }

  /** The sales of one concert, of every status. */
  async ofConcert(concert: ConcertDocument): Promise<StoredSale[]> {
    const rows = await Promise.all(
      namesOf(concert).map((name) => this.table.scan(`${prefixes.ticketSale}${name}:`)),
    );
    return await openSales(rows.flat(), concert);
  }

  /** The sales of each of `concerts`, of every status, by the concerts' ids. */
  async ofConcerts(concerts: readonly ConcertDocument[]): Promise<Map<string, StoredSale[]>> {
    if (concerts.length === 0) return new Map();
    if (concerts.length === 1) {
      return new Map([[concerts[0].id, await this.ofConcert(concerts[0])]]);
    }
    const rowsByName = Map.groupBy(
      await this.table.scan(prefixes.ticketSale),
      ({ key }) => partsOf(key, prefixes.ticketSale).owner ?? "",
    );
    const sales = new Map<string, StoredSale[]>();
    for (const concert of concerts) {
      const rows = namesOf(concert).flatMap((name) => rowsByName.get(name) ?? []);
      sales.set(concert.id, await openSales(rows, concert));
    }
    return sales;
  }

  /** Each sale of `concerts` once, of every status, with no more than a page of rows held at a time. */
  async *each(concerts: readonly ConcertDocument[]): AsyncGenerator<SaleDocument> {
    const concertsByName = Map.groupBy(
      concerts.flatMap((concert) => namesOf(concert).map((name) => ({ name, concert }))),
      ({ name }) => name,
    );
    const scanned = concerts.length > 1
      ? [prefixes.ticketSale]
      : concerts.flatMap(namesOf).map((name) => `${prefixes.ticketSale}${name}:`);
    for (const prefix of scanned) {
      for await (const rows of this.table.scanPages(prefix)) {
        for (const row of rows) {
          const { owner } = partsOf(row.key, prefixes.ticketSale);
          const opened = await Promise.all(
            (concertsByName.get(owner ?? "") ?? []).map(({ concert }) => openSale(row, concert)),
          );
          // Of two concerts that share a name the last, as where they are all in one list.
          const sale = opened.findLast((document) => document !== null);
          if (sale) yield sale;
        }
      }
    }
  }

  /** What the confirmed sales of each of `concerts` add up to, by the concerts' ids. */
  async totals(concerts: readonly ConcertDocument[]): Promise<Map<string, SalesTotals>> {
    const sales = await this.ofConcerts(concerts);
    return new Map([...sales].map(([concertId, stored]) => [concertId, totalOf(stored)]));
  }

  /** Fills in what old values do not say: the seats that are taken. Rewritten ones carry the number themselves. */
  async withTicketsSold(concerts: readonly ConcertDocument[]): Promise<ConcertDocument[]> {
    const sales = await this.ofConcerts(concerts.filter(({ rev }) => rev === 0));
    return concerts.map((concert) => {
      const stored = sales.get(concert.id);
      if (!stored) return concert;
      const seats = stored.reduce((sum, { document }) => sum + seatsHeld(document), 0);
      return { ...concert, tickets_sold: Math.min(seats, fullCounter) };
    });
  }
}

async function openSales(rows: Row[], concert: ConcertDocument): Promise<StoredSale[]> {
  const sales: StoredSale[] = [];
  for (const row of rows) {
    const document = await openSale(row, concert);
    if (document) sales.push({ key: row.key, document });
  }
  return sales;
}

function totalOf(sales: StoredSale[]): SalesTotals {
  return sales.filter(({ document }) => document.status === "confirmed").reduce(
    (sum, { document }) => ({
      sales: sum.sales + 1,
      tickets: sum.tickets + document.quantity,
      total: sum.total + toKopecks(document.total_amount),
      net: sum.net + toKopecks(document.net_amount),
    }),
    noSales,
  );
}
