import { idOfKey } from "./ids.ts";
import { partsOf, prefixes } from "./keys.ts";
import { toKopecks } from "../../domain/kopecks.ts";
import { type SaleStatus, saleStatuses } from "../../domain/ticket-sale.ts";
import { type FieldRepair, OldFields } from "./old-fields.ts";
import { fieldsOf, keepsakeOf, type NoObject, type Reading } from "./reading.ts";

/** An old ticket sale. Money in whole kopecks. */
export interface OldSale {
  id: string;
  legacy_id: string;
  /** The id by which the sale names its concert: the one in the concert's key, or the one in its value. */
  concert_name: string;
  /** Null: sold by hand. */
  provider: string | null;
  quantity: number;
  /** Kopecks. */
  unit_price: number;
  /** Kopecks. */
  total: number;
  /** Kopecks the provider keeps. */
  commission: number;
  /** Kopecks that remain: `total - commission`. */
  net: number;
  buyer_email: string | null;
  status: SaleStatus;
  purchased_at: string;
  metadata: Record<string, unknown>;
  /** Made by the old generator of sample data: nobody bought anything. */
  is_test: boolean;
}

export type SaleRepair =
  | FieldRepair
  | "total_from_price"
  | "total_unknown"
  | "commission_unknown"
  | "net_recomputed"
  | "price_from_total"
  | "purchased_at_from_id"
  | "purchased_at_unknown";

export type SaleReason =
  | NoObject
  | "impossible_quantity"
  | "impossible_amount"
  | "unknown_status";

/** Rubles; what is above was never the price of one ticket. */
const highestPrice = 10_000_000;

/** Reads `ticket_sale:{concertId}:{id}`. Amounts with float noise are rounded half up, each sale for itself. */
export async function readSale(
  key: string,
  value: unknown,
): Promise<Reading<OldSale, SaleRepair, SaleReason>> {
  const content = fieldsOf(value);
  if (typeof content === "string") return { unreadable: content };
  const fields = new OldFields<SaleRepair>(content);
  const quantity = fields.amount("quantity");
  if (quantity === null || !Number.isInteger(quantity) || quantity < 1 || quantity > 1_000_000) {
    return { unreadable: "impossible_quantity" };
  }
  const stated = fields.raw("status");
  const status = saleStatuses.find((known) => known === stated);
  if (!status) return { unreadable: "unknown_status" };

  const total = readTotal(fields, quantity);
  const commission = readCommission(fields);
  if (!isAmount(total) || !isAmount(commission) || commission > total) {
    return { unreadable: "impossible_amount" };
  }
  const net = total - commission;
  const statedNet = fields.amount("netAmount");
  // A kopeck either way is the rounding of the old sums, not another amount.
  if (statedNet !== null && Math.abs(toKopecks(statedNet) - net) > 1) {
    fields.repairs.add("net_recomputed");
  }

  const { owner: concertName, id } = partsOf(key, prefixes.ticketSale);
  const provider = fields.text("provider");
  const record: OldSale = {
    id: await idOfKey(key),
    legacy_id: id,
    concert_name: concertName ?? fields.text("concertId") ?? "",
    provider: provider === "manual" ? null : provider,
    quantity,
    unit_price: readPrice(fields, total, quantity),
    total,
    commission,
    net,
    buyer_email: fields.text("buyerEmail"),
    status,
    purchased_at: readPurchase(fields, id),
    metadata: metadataOf(fields.raw("metadata")),
    is_test: isTest(fields.raw("metadata")),
  };
  return { record, repairs: [...fields.repairs] };
}

function readTotal(fields: OldFields<SaleRepair>, quantity: number): number {
  const total = fields.amount("totalAmount");
  if (total !== null) return toKopecks(total);
  const price = fields.amount("price");
  fields.repairs.add(price === null ? "total_unknown" : "total_from_price");
  return toKopecks((price ?? 0) * quantity);
}

/** The price of one ticket, else what it comes to. */
function readPrice(fields: OldFields<SaleRepair>, total: number, quantity: number): number {
  const price = fields.amount("price");
  if (price !== null && isAmount(toKopecks(price)) && price <= highestPrice) {
    return toKopecks(price);
  }
  if (total > 0) fields.repairs.add("price_from_total");
  return Math.round(total / quantity);
}

/** When the tickets were bought: as it says, else by the milliseconds in the id, else the beginning of time. */
function readPurchase(fields: OldFields<SaleRepair>, id: string): string {
  const stated = fields.instant("purchasedAt");
  if (stated !== null) return stated;
  const milliseconds = /(?:^|_)(1\d{12})(?=[-_])/.exec(id)?.[1];
  fields.repairs.add(milliseconds ? "purchased_at_from_id" : "purchased_at_unknown");
  return new Date(Number(milliseconds ?? 0)).toISOString();
}

function readCommission(fields: OldFields<SaleRepair>): number {
  const commission = fields.amount("commission");
  if (commission === null) fields.repairs.add("commission_unknown");
  return toKopecks(commission ?? 0);
}

function isAmount(kopecks: number): boolean {
  return Number.isSafeInteger(kopecks) && kopecks >= 0;
}

/** As it is, unless it is no object or the store could not hold it. */
function metadataOf(metadata: unknown): Record<string, unknown> {
  const kept = keepsakeOf(JSON.stringify(metadata));
  return typeof kept === "object" && kept !== null ? { ...kept } : {};
}

function isTest(metadata: unknown): boolean {
  return typeof metadata === "object" && metadata !== null && "test" in metadata &&
    metadata.test === true;
}
