import { idOfKey } from "./ids.ts";
import { partsOf, prefixes } from "./keys.ts";
import { toKopecks } from "../../domain/kopecks.ts";
import { ticketProviders } from "../../domain/ticket-provider.ts";
import { type SaleStatus, saleStatuses } from "../../domain/ticket-sale.ts";
import { type FieldRepair, OldFields } from "./old-fields.ts";
import { fieldsOf, isStorable, type NoObject, type Reading } from "./reading.ts";

/** An old ticket sale. Money in whole kopecks. */
export interface OldSale {
  id: string;
  legacy_id: string;
  /** The id by which the sale names its concert: the one in the concert's key, or the one in its value. */
  concert_name: string;
  /** Null: sold by hand, or by a provider there is not. */
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
  | "provider_unknown"
  | "metadata_unreadable"
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

/** Kopecks: the most that an amount of the SQL schema holds. */
const highestAmount = 999_999_999_999;

/** Bytes of its JSON; about what the SQL schema lets a sale carry along. */
const largestMetadata = 60_000;

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
  const record: OldSale = {
    id: await idOfKey(key),
    legacy_id: id,
    concert_name: concertName ?? fields.text("concertId") ?? "",
    provider: readProvider(fields),
    quantity,
    unit_price: readPrice(fields, total, quantity),
    total,
    commission,
    net,
    buyer_email: fields.formed(/^[^]{1,320}$/, "buyerEmail"),
    status,
    purchased_at: readPurchase(fields, id),
    metadata: readMetadata(fields),
    is_test: isTest(fields.raw("metadata")),
  };
  return { record, repairs: [...fields.repairs] };
}

function readProvider(fields: OldFields<SaleRepair>): string | null {
  const stated = fields.text("provider");
  if (stated === null || stated === "manual") return null;
  const known = ticketProviders.find(({ id }) => id === stated);
  if (!known) fields.repairs.add("provider_unknown");
  return known?.id ?? null;
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
  return Number.isInteger(kopecks) && kopecks >= 0 && kopecks <= highestAmount;
}

/** As it is, unless it is no object or the store could not hold it. */
function readMetadata(fields: OldFields<SaleRepair>): Record<string, unknown> {
  const metadata = fields.raw("metadata");
  if (metadata === undefined) return {};
  const isObject = typeof metadata === "object" && !Array.isArray(metadata);
  if (isObject && isStorable(metadata) && !isTooLarge(metadata)) {
    return { ...metadata };
  }
  fields.repairs.add("metadata_unreadable");
  return {};
}

/** With the spaces that PostgreSQL puts into JSON, and some more. */
function isTooLarge(metadata: unknown): boolean {
  const text = JSON.stringify(metadata, null, 1);
  // No UTF-16 unit takes more than three bytes: of ordinary ones they need not be counted.
  return text.length * 3 > largestMetadata &&
    new TextEncoder().encode(text).length > largestMetadata;
}

function isTest(metadata: unknown): boolean {
  return typeof metadata === "object" && metadata !== null && "test" in metadata &&
    metadata.test === true;
}
