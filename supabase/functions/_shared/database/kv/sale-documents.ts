import { toRubles } from "../../domain/kopecks.ts";
import { amountsOf, type SaleStatus, type TicketSale } from "../../domain/ticket-sale.ts";
import { keepsakeOf } from "../legacy/reading.ts";
import { type OldSale, readSale, type SaleReason, type SaleRepair } from "../legacy/read-sale.ts";
import { partsOf, prefixes } from "../legacy/keys.ts";
import { type ConcertDocument, namesOf } from "./concert-documents.ts";
import { hasShape } from "./document-shapes.ts";
import { isDocument, type StoredDocument } from "./documents.ts";
import type { Row } from "./kv-table.ts";

/** A sale as it is stored. What it says of its artist may be outdated: the concert's is the sale's. */
export interface SaleDocument extends TicketSale, StoredDocument {
  /** The rate at which the commission was taken, percent; null without a provider or where it is not known. */
  commission_percent: number | null;
  /** When the provider's last event about the sale occurred, and what it told. */
  last_event_at: string | null;
  last_event_status: SaleStatus | null;
}

/** A sale and where it is. */
export interface StoredSale {
  key: string;
  document: SaleDocument;
}

/** A payment back to the buyer, as it is stored. Rubles. */
export interface RefundDocument extends StoredDocument {
  id: string;
  sale_id: string;
  artist_id: string;
  amount: number;
  reason: string | null;
  created_at: string;
}

/** The id by which a sale's row names its concert. */
export function concertNameOf({ key, value }: Row): string | null {
  return isDocument(value)
    ? (value as SaleDocument).concert_id
    : partsOf(key, prefixes.ticketSale).owner;
}

/** Where the new sales of a concert are. Old ones may be under any of its names. */
export function saleKey(concertId: string, saleId: string): string {
  return `${prefixes.ticketSale}${concertId}:${saleId}`;
}

/** A sale as its row has it, whatever its concert: of today, old, or none. */
export type SaleReading =
  | { document: SaleDocument }
  | { old: OldSale; repairs: SaleRepair[] }
  | { unreadable: SaleReason | "broken_document" };

export async function readSaleRow({ key, value }: Row): Promise<SaleReading> {
  if (isDocument(value)) {
    return hasShape("sale", value)
      ? { document: value as SaleDocument }
      : { unreadable: "broken_document" };
  }
  const reading = await readSale(key, value);
  return "unreadable" in reading ? reading : { old: reading.record, repairs: reading.repairs };
}

/**
 * A sale of `concert` in the shape of today; null for what is none: a row of another concert, and what the old
 * generator of sample data made.
 */
export async function openSale(row: Row, concert: ConcertDocument): Promise<SaleDocument | null> {
  const reading = await readSaleRow(row);
  if ("document" in reading) {
    const { document } = reading;
    return document.concert_id === concert.id
      ? { ...document, artist_id: concert.artist_id }
      : null;
  }
  if ("unreadable" in reading || reading.old.is_test) return null;
  // A longer id may begin like this one and go on with a colon.
  if (!namesOf(concert).includes(reading.old.concert_name)) return null;
  return saleFrom(reading.old, concert, row.value);
}

/** Why the row is no sale; null when it is one, or sample data. */
export async function whyNoSale(row: Row): Promise<SaleReason | "broken_document" | null> {
  const reading = await readSaleRow(row);
  return "unreadable" in reading ? reading.unreadable : null;
}

/** The sale as the contract has it. */
export function saleOf(document: SaleDocument): TicketSale {
  return {
    id: document.id,
    legacy_id: document.legacy_id,
    concert_id: document.concert_id,
    artist_id: document.artist_id,
    provider_id: document.provider_id,
    external_transaction_id: document.external_transaction_id,
    quantity: document.quantity,
    unit_price: document.unit_price,
    total_amount: document.total_amount,
    commission_amount: document.commission_amount,
    net_amount: document.net_amount,
    buyer_email: document.buyer_email,
    buyer_name: document.buyer_name,
    buyer_phone: document.buyer_phone,
    status: document.status,
    refunded_at: document.refunded_at,
    refund_amount: document.refund_amount,
    refund_reason: document.refund_reason,
    metadata: document.metadata,
    purchased_at: document.purchased_at,
    created_at: document.created_at,
    updated_at: document.updated_at,
  };
}

/** An old sale of `concert` in the shape of today. */
export function saleFrom(
  old: OldSale,
  concert: Pick<ConcertDocument, "id" | "artist_id">,
  value: unknown,
): SaleDocument {
  return {
    id: old.id,
    legacy_id: old.legacy_id,
    concert_id: concert.id,
    artist_id: concert.artist_id,
    provider_id: old.provider,
    external_transaction_id: null,
    quantity: old.quantity,
    unit_price: toRubles(old.unit_price),
    ...amountsOf(old.total, old.commission),
    buyer_email: old.buyer_email,
    buyer_name: null,
    buyer_phone: null,
    status: old.status,
    refunded_at: null,
    // The old store knew no partial refunds.
    refund_amount: old.status === "refunded" ? toRubles(old.total) : null,
    refund_reason: null,
    metadata: old.metadata,
    purchased_at: old.purchased_at,
    created_at: old.purchased_at,
    updated_at: old.purchased_at,
    commission_percent: null,
    last_event_at: null,
    last_event_status: null,
    rev: 0,
    legacy: keepsakeOf(value),
  };
}
