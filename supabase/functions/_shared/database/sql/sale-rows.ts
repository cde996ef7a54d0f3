import type { TicketStats } from "../../domain/ticket-figures.ts";
import type { TicketSale } from "../../domain/ticket-sale.ts";
import { instant, nullableInstant, nullableNumber, type RowOf } from "./rows.ts";

export type SaleRow = RowOf<
  TicketSale,
  "unit_price" | "total_amount" | "commission_amount" | "net_amount" | "refund_amount"
>;

/** What the SQL function answers; numbers, as they come out of jsonb. */
export type StatsRow = Omit<TicketStats, "average_ticket_price">;

export const saleColumns = [
  "id",
  "legacy_id",
  "concert_id",
  "artist_id",
  "provider_id",
  "external_transaction_id",
  "quantity",
  "unit_price",
  "total_amount",
  "commission_amount",
  "net_amount",
  "buyer_email",
  "buyer_name",
  "buyer_phone",
  "status",
  "refunded_at",
  "refund_amount",
  "refund_reason",
  "metadata",
  "purchased_at",
  "created_at",
  "updated_at",
] as const satisfies readonly (keyof TicketSale)[];

export function saleFrom(row: SaleRow): TicketSale {
  return {
    id: row.id,
    legacy_id: row.legacy_id,
    concert_id: row.concert_id,
    artist_id: row.artist_id,
    provider_id: row.provider_id,
    external_transaction_id: row.external_transaction_id,
    quantity: row.quantity,
    unit_price: Number(row.unit_price),
    total_amount: Number(row.total_amount),
    commission_amount: Number(row.commission_amount),
    net_amount: Number(row.net_amount),
    buyer_email: row.buyer_email,
    buyer_name: row.buyer_name,
    buyer_phone: row.buyer_phone,
    status: row.status,
    refunded_at: nullableInstant(row.refunded_at),
    refund_amount: nullableNumber(row.refund_amount),
    refund_reason: row.refund_reason,
    metadata: row.metadata,
    purchased_at: instant(row.purchased_at),
    created_at: instant(row.created_at),
    updated_at: instant(row.updated_at),
  };
}
