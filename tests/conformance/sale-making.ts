import type { SaleFilter } from "../../supabase/functions/_shared/database/sale-repository.ts";
import type { TicketEvent } from "../../supabase/functions/_shared/domain/ticket-event.ts";
import type { NewConcert } from "../../supabase/functions/_shared/domain/concert.ts";
import type { NewSale, TicketSale } from "../../supabase/functions/_shared/domain/ticket-sale.ts";
import { completeConcert } from "./concert-making.ts";
import type { Somebody } from "./conformance-context.ts";

/** Any sale. */
export const anySale: SaleFilter = {
  concert_id: null,
  status: null,
  provider_id: null,
  from: null,
  before: null,
};

export const firstPage = { limit: 100, after: null };

/** A sale of two tickets, nothing said that need not be. */
export function saleOf(concertId: string, changes: Partial<NewSale> = {}): NewSale {
  return { concert_id: concertId, quantity: 2, unit_price: 1500.5, ...changes };
}

/** A draft of the artist's with so many seats; null: without limit. */
export async function concertWithSeats(
  artist: Somebody,
  seats: number | null,
  changes: Partial<NewConcert> = {},
): Promise<string> {
  const { id } = await artist.database.concerts.create(
    completeConcert({ ticket_capacity: seats, ...changes }),
  );
  return id;
}

/** Sells and answers the sale. */
export async function sell(
  artist: Somebody,
  concertId: string,
  changes: Partial<NewSale> = {},
): Promise<TicketSale> {
  return (await artist.database.sales.create(saleOf(concertId, changes), null)).value;
}

/** The seats taken, as the concert's owner sees them. */
export async function seatsTaken(artist: Somebody, concertId: string): Promise<number> {
  const found = await artist.database.concerts.find(concertId);
  if (found.access !== "full") throw new Error("no owner sees less than all");
  return found.concert.tickets_sold;
}

/** Connects the artist to a provider; the keys are as good as encrypted. */
export async function connect(artist: Somebody, providerId = "kassir"): Promise<void> {
  await artist.database.ticketConnections.save(providerId, {
    api_key_encrypted: "ciphertext",
    api_key_last4: "1234",
    webhook_secret_encrypted: "ciphertext",
  });
}

let events = 0;

/** An event of its own about the sale `tx-1` of the concert, later than all before. */
export function eventOf(concertId: string, changes: Partial<TicketEvent> = {}): TicketEvent {
  events++;
  return {
    event_id: `event-${events}-${crypto.randomUUID()}`,
    occurred_at: new Date(Date.UTC(2026, 0, 1) + events * 1000).toISOString(),
    concert_id: concertId,
    external_transaction_id: "tx-1",
    quantity: 2,
    unit_price: 333.33,
    status: "confirmed",
    ...changes,
  };
}
