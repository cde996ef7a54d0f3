import { accessRules, isAllowed, type Persona } from "../../auth/access-rules.ts";
import type { Idempotency, Outcome } from "../../domain/idempotency.ts";
import { toKopecks, toRubles } from "../../domain/kopecks.ts";
import { Refusal } from "../../domain/refusal.ts";
import {
  amountsOf,
  holdsSeats,
  type NewSale,
  type Refund,
  refundableKopecks,
  refundTooHighDetail,
  seatsHeld,
  type TicketSale,
} from "../../domain/ticket-sale.ts";
import { prefixes } from "../legacy/keys.ts";
import type { ConcertDocument } from "./concert-documents.ts";
import { decideOnce } from "./idempotency-keys.ts";
import type { KvContext } from "./kv-context.ts";
import { findOwnSale } from "./own-sales.ts";
import { type RefundDocument, type SaleDocument, saleKey, saleOf } from "./sale-documents.ts";
import type { TicketDesk } from "./ticket-desk.ts";

/** A sale by hand. */
export async function createSale(
  context: KvContext,
  { concert_id, purchased_at, status, metadata, ...purchase }: NewSale,
  idempotency: Idempotency | null,
): Promise<Outcome<TicketSale>> {
  context.user();
  const rule = accessRules.ticket_sales.create;
  const found = await context.finder.find(concert_id);
  const concertKey = found && isAllowed(rule, context.caller, found.document.artist_id)
    ? found.key
    : null;
  if (concertKey === null) throw new Refusal("not_found");
  return await decideOnce(context, concertKey, idempotency, (desk) => {
    const concert = ownConcert(context, rule, desk);
    const now = desk.now.toISOString();
    const { quantity, unit_price } = purchase;
    const sale: Omit<SaleDocument, "rev"> = {
      id: crypto.randomUUID(),
      legacy_id: null,
      concert_id: concert.id,
      artist_id: concert.artist_id,
      provider_id: null,
      external_transaction_id: null,
      quantity,
      unit_price,
      ...amountsOf(quantity * toKopecks(unit_price), 0),
      buyer_email: purchase.buyer_email ?? null,
      buyer_name: purchase.buyer_name ?? null,
      buyer_phone: purchase.buyer_phone ?? null,
      status: status ?? "confirmed",
      refunded_at: null,
      refund_amount: null,
      refund_reason: null,
      metadata: metadata ?? {},
      purchased_at: purchased_at ?? now,
      created_at: now,
      updated_at: now,
      commission_percent: null,
      last_event_at: null,
      last_event_status: null,
      legacy: null,
    };
    desk.moveSeats(quantity);
    desk.insert(saleKey(concert.id, sale.id), sale);
    return Promise.resolve(saleOf({ ...sale, rev: 1 }));
  });
}

export async function cancelSale(
  context: KvContext,
  id: string,
  idempotency: Idempotency | null,
): Promise<Outcome<TicketSale>> {
  const { key, concertKey } = await findOwnSale(context, id);
  return await decideOnce(context, concertKey, idempotency, async (desk) => {
    const sale = await ownSale(context, accessRules.ticket_sales.cancel, desk, key);
    if (!holdsSeats(sale.status)) throw new Refusal("invalid_transition");
    desk.moveSeats(-sale.quantity);
    if (sale.provider_id === null) return change(desk, key, sale, { status: "cancelled" });
    const now = desk.now.toISOString();
    const last = sale.last_event_at ?? now;
    // What the provider told of it before this, and what arrives of that later on, is older news.
    return change(desk, key, sale, {
      status: "cancelled",
      last_event_at: last > now ? last : now,
      last_event_status: "cancelled",
    });
  });
}

export async function refundSale(
  context: KvContext,
  id: string,
  { amount, reason }: Refund,
  idempotency: Idempotency | null,
): Promise<Outcome<TicketSale>> {
  const { key, concertKey } = await findOwnSale(context, id);
  return await decideOnce(context, concertKey, idempotency, async (desk) => {
    const sale = await ownSale(context, accessRules.ticket_sales.refund, desk, key);
    if (sale.status !== "confirmed") throw new Refusal("invalid_transition");
    const rest = refundableKopecks(sale);
    const refund = amount === undefined ? rest : toKopecks(amount);
    if (refund > rest) throw new Refusal("validation_failed", [refundTooHighDetail]);
    return payBack(desk, key, sale, refund, reason);
  });
}

/** Pays kopecks of a sale back; once all of it is, the sale is refunded and its seats are free. */
export function payBack(
  desk: TicketDesk,
  key: string,
  sale: SaleDocument,
  kopecks: number,
  reason: string | null,
): TicketSale {
  const refund: Omit<RefundDocument, "rev"> = {
    id: crypto.randomUUID(),
    sale_id: sale.id,
    artist_id: sale.artist_id,
    amount: toRubles(kopecks),
    reason,
    created_at: desk.now.toISOString(),
    legacy: null,
  };
  desk.insert(`${prefixes.ticketRefund}${sale.id}:${refund.id}`, refund);
  const isWhole = kopecks === refundableKopecks(sale);
  if (isWhole) desk.moveSeats(-seatsHeld(sale));
  return change(desk, key, sale, {
    ...isWhole ? { status: "refunded" as const } : {},
    refund_amount: toRubles(toKopecks(sale.refund_amount ?? 0) + kopecks),
    refund_reason: reason ?? sale.refund_reason,
    refunded_at: desk.now.toISOString(),
  });
}

/** Changes fields of a sale; the sale as it is then. */
export function change(
  desk: TicketDesk,
  key: string,
  sale: SaleDocument,
  fields: Partial<SaleDocument>,
): TicketSale {
  const changes = { ...fields, updated_at: desk.now.toISOString() };
  desk.set(key, changes);
  return saleOf({ ...sale, ...changes });
}

/** What is not the caller's does not exist for them. */
function ownConcert(
  { caller }: KvContext,
  rule: readonly Persona[],
  { concert }: TicketDesk,
): ConcertDocument {
  if (!concert || !isAllowed(rule, caller, concert.artist_id)) throw new Refusal("not_found");
  return concert;
}

async function ownSale(
  context: KvContext,
  rule: readonly Persona[],
  desk: TicketDesk,
  key: string,
): Promise<SaleDocument> {
  ownConcert(context, rule, desk);
  const sale = await desk.read<SaleDocument>(key);
  if (!sale) throw new Refusal("not_found");
  return sale;
}
