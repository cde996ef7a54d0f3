import { idOfKey } from "./ids.ts";
import { partsOf, prefixes } from "./keys.ts";
import { type FieldRepair, OldFields, toKopecks } from "./old-fields.ts";
import { fieldsOf, type NoObject, type Reading } from "./reading.ts";

export const saleStatuses = ["pending", "confirmed", "cancelled", "refunded"] as const;
export type SaleStatus = typeof saleStatuses[number];

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
  total: number;
  /** Kopecks the provider keeps. */
  commission: number;
  /** Kopecks that remain: `total - commission`. */
  net: number;
  buyer_email: string | null;
  status: SaleStatus;
  purchased_at: string | null;
  /** Made by the old generator of sample data: nobody bought anything. */
  is_test: boolean;
}

export type SaleRepair =
  | FieldRepair
  | "total_from_price"
  | "total_unknown"
  | "commission_unknown"
  | "net_recomputed";

export type SaleReason =
  | NoObject
  | "impossible_quantity"
  | "impossible_amount"
  | "unknown_status";

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
    total,
    commission,
    net,
    buyer_email: fields.text("buyerEmail"),
    status,
    purchased_at: fields.instant("purchasedAt"),
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

function readCommission(fields: OldFields<SaleRepair>): number {
  const commission = fields.amount("commission");
  if (commission === null) fields.repairs.add("commission_unknown");
  return toKopecks(commission ?? 0);
}

function isAmount(kopecks: number): boolean {
  return Number.isSafeInteger(kopecks) && kopecks >= 0;
}

function isTest(metadata: unknown): boolean {
  return typeof metadata === "object" && metadata !== null && "test" in metadata &&
    metadata.test === true;
}
