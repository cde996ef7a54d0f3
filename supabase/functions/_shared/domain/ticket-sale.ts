import * as z from "zod/mini";
import { instantText } from "./instant.ts";
import { toKopecks, toRubles } from "./kopecks.ts";
import { rubles } from "./money.ts";
import type { RefusalDetail } from "./refusal.ts";
import { line } from "./text.ts";

/** In the order in which a sale goes through them. */
export const saleStatuses = ["pending", "confirmed", "cancelled", "refunded"] as const;
export type SaleStatus = typeof saleStatuses[number];

/** A sale of tickets to one buyer, as its artist sees it. Money in rubles, instants in ISO 8601 UTC. */
export interface TicketSale {
  id: string;
  /** The record's id in the old store, null for records made since. */
  legacy_id: string | null;
  concert_id: string;
  artist_id: string;
  /** Null: sold by the artist, without provider and commission. */
  provider_id: string | null;
  /** The sale's id at the provider. */
  external_transaction_id: string | null;
  quantity: number;
  unit_price: number;
  total_amount: number;
  commission_amount: number;
  /** `total_amount - commission_amount`, to the kopeck. */
  net_amount: number;
  buyer_email: string | null;
  buyer_name: string | null;
  buyer_phone: string | null;
  status: SaleStatus;
  /** Of the last refund. */
  refunded_at: string | null;
  /** All refunds together; null before the first. */
  refund_amount: number | null;
  refund_reason: string | null;
  metadata: Record<string, unknown>;
  purchased_at: string;
  created_at: string;
  updated_at: string;
}

const highestPrice = 1_000_000;
const earliestPurchase = Date.parse("2000-01-01T00:00:00Z");
/** How far ahead a client's clock may be, in milliseconds. */
const clockTolerance = 60_000;

export const purchasedInFutureDetail: RefusalDetail = {
  path: "purchased_at",
  message: "Дата покупки не может быть в будущем",
};

export const refundTooHighDetail: RefusalDetail = {
  path: "amount",
  message: "Сумма возврата больше, чем осталось вернуть",
};

const emailAddress = line(3, 320).check(
  z.regex(/^[^\s@<>()[\]",;:\\]+@[^\s@<>()[\]",;:\\]+\.[^\s@<>()[\]",;:\\.]{2,}$/u, {
    error: "Нужен адрес электронной почты, пример: anna@example.com",
  }),
);

const phoneNumber = z.string().check(
  z.regex(/^\+?[0-9 ()-]{5,32}$/, { error: "Нужен телефон, пример: +7 900 000-00-00" }),
);

/** Who bought, and what, as both artists and providers say it. */
export const purchaseFields = {
  quantity: z.int().check(z.gte(1), z.lte(1000)),
  unit_price: rubles(highestPrice),
  buyer_email: z.optional(z.nullable(emailAddress)),
  buyer_name: z.optional(z.nullable(line(1, 200))),
  buyer_phone: z.optional(z.nullable(phoneNumber)),
};

const metadataSchema = z.record(
  z.string().check(z.regex(/^[A-Za-z0-9_.-]{1,40}$/)),
  z.union([line(0, 500), z.number(), z.boolean(), z.null()]),
).check(
  z.refine((metadata) => Object.keys(metadata).length <= 20, { error: "Не больше 20 полей" }),
);

export const newSaleSchema = z.strictObject({
  concert_id: line(1, 200),
  ...purchaseFields,
  status: z.optional(z.enum(["pending", "confirmed"])),
  purchased_at: z.optional(pastInstant()),
  metadata: z.optional(metadataSchema),
});
export type NewSale = z.infer<typeof newSaleSchema>;

export const refundSchema = z.strictObject({
  amount: z.optional(
    rubles(highestPrice * 1000).check(z.gt(0, { error: "Сумма должна быть больше нуля" })),
  ),
  reason: line(1, 500),
});
export type Refund = z.infer<typeof refundSchema>;

/** An instant that is not ahead of now. */
function pastInstant() {
  return instantText.check(
    z.refine((instant) => Date.parse(instant) >= earliestPurchase, {
      error: "Не раньше 2000 года",
    }),
    z.refine((instant) => Date.parse(instant) <= Date.now() + clockTolerance, {
      error: purchasedInFutureDetail.message,
    }),
  );
}

/** Whether a sale in this status holds its seats. */
export function holdsSeats(status: SaleStatus): boolean {
  return status === "pending" || status === "confirmed";
}

/** The seats a sale holds. */
export function seatsHeld({ status, quantity }: Pick<TicketSale, "status" | "quantity">): number {
  return holdsSeats(status) ? quantity : 0;
}

/** The amounts of a sale, rubles, of which the provider keeps `commission` kopecks. */
export function amountsOf(totalKopecks: number, commissionKopecks: number) {
  return {
    total_amount: toRubles(totalKopecks),
    commission_amount: toRubles(commissionKopecks),
    net_amount: toRubles(totalKopecks - commissionKopecks),
  };
}

/** Kopecks of a sale that are still to be refunded. */
export function refundableKopecks(
  { total_amount, refund_amount }: Pick<TicketSale, "total_amount" | "refund_amount">,
): number {
  return toKopecks(total_amount) - toKopecks(refund_amount ?? 0);
}
