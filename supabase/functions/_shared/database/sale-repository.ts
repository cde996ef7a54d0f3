import type { Idempotency, Outcome } from "../domain/idempotency.ts";
import type { Page, PageRequest } from "../domain/paging.ts";
import type { EventOutcome, TicketEvent } from "../domain/ticket-event.ts";
import type { SalesFunnel, TicketStats } from "../domain/ticket-figures.ts";
import type { NewSale, Refund, SaleStatus, TicketSale } from "../domain/ticket-sale.ts";

/** Which sales are wanted; null means any. */
export interface SaleFilter {
  /** An id of a concert; of an unknown one there are no sales. */
  concert_id: string | null;
  status: SaleStatus | null;
  /** A provider's id, or `manual` for sales without one. */
  provider_id: string | null;
  /** Purchases from this instant on, and before that one, ISO 8601 UTC. */
  from: string | null;
  before: string | null;
}

/**
 * Sales of tickets. Pending and confirmed ones hold seats of their concert; however many are made at once, no more
 * seats are held than the concert has. A sale's artist is the one its concert belongs to.
 */
export interface SaleRepository {
  /**
   * Sells seats of a concert of the caller's by hand: without provider and commission. Whoever takes the last seat
   * lets the artist be notified. Throws `not_found`, `invalid_transition` (cancelled concert), `sold_out`,
   * `validation_failed`, `idempotency_mismatch`, `idempotency_in_flight`.
   */
  create(sale: NewSale, idempotency: Idempotency | null): Promise<Outcome<TicketSale>>;
  /** The caller's sales, the latest purchase first; the position's value is `purchased_at`. */
  listOwn(filter: SaleFilter, page: PageRequest): Promise<Page<TicketSale>>;
  /** The same in portions, all of them. In sql mode each is one request and no more than one is held at a time. */
  exportOwn(filter: SaleFilter): AsyncIterable<TicketSale[]>;
  /** Throws `not_found`. */
  find(id: string): Promise<TicketSale>;
  /**
   * Pending or confirmed → cancelled; its seats are free. Throws `not_found`, `invalid_transition`,
   * `idempotency_mismatch`, `idempotency_in_flight`.
   */
  cancel(id: string, idempotency: Idempotency | null): Promise<Outcome<TicketSale>>;
  /**
   * Pays back part of a confirmed sale, or without an amount the rest of it. Each refund is a record of its own; once
   * they reach the total the sale is refunded and its seats are free. Throws `not_found`, `invalid_transition`,
   * `validation_failed` (more than is left), `idempotency_mismatch`, `idempotency_in_flight`.
   */
  refund(
    id: string,
    refund: Refund,
    idempotency: Idempotency | null,
  ): Promise<Outcome<TicketSale>>;
  /** What the confirmed sales of one of the caller's concerts, or of all, add up to. Throws `not_found`. */
  stats(concertId: string | null): Promise<TicketStats>;
  /** Of a concert of the caller's. Throws `not_found`. */
  funnel(concertId: string): Promise<SalesFunnel>;
  /**
   * For the backend itself: makes a sale what a provider's event says it is, its seats and refunds included. Each
   * event is applied once; one older than what is known of the sale, and any about a refunded one, not at all.
   * Throws `not_found` (no such concert, or its artist is not connected to the provider), `sold_out`,
   * `invalid_transition` (cancelled concert), `conflict` (the sale is another concert's, or no more was paid than was
   * paid back), `forbidden` for anybody else.
   */
  applyEvent(providerId: string, event: TicketEvent): Promise<EventOutcome>;
}
