import * as z from "zod/mini";
import type { EventOutcome } from "../_shared/domain/ticket-event.ts";
import type { SalesFunnel, TicketStats } from "../_shared/domain/ticket-figures.ts";
import type { TicketConnection, TicketProvider } from "../_shared/domain/ticket-provider.ts";
import { saleStatuses, type TicketSale } from "../_shared/domain/ticket-sale.ts";

// What the routes answer, for the OpenAPI document and for the tests that hold the answers against it. Each schema
// is bound to the domain's type, so that neither can change alone.

const text = z.nullable(z.string());
const count = z.int().check(z.gte(0));
const rubles = z.number();
const instant = z.iso.datetime();
const fraction = z.nullable(z.number());

const ticketProvider = z.strictObject({
  id: z.string(),
  name: z.string(),
  commission_percent: z.number(),
  is_active: z.boolean(),
}) satisfies z.ZodMiniType<TicketProvider>;

const ticketConnection = z.strictObject({
  provider_id: z.string(),
  name: z.string(),
  api_key_last4: text,
  has_webhook_secret: z.boolean(),
  is_active: z.boolean(),
  connected_at: instant,
}) satisfies z.ZodMiniType<TicketConnection>;

const ticketSale = z.strictObject({
  id: z.uuid(),
  legacy_id: text,
  concert_id: z.uuid(),
  artist_id: z.uuid(),
  provider_id: text,
  external_transaction_id: text,
  quantity: z.int().check(z.gte(1)),
  unit_price: rubles,
  total_amount: rubles,
  commission_amount: rubles,
  net_amount: rubles,
  buyer_email: text,
  buyer_name: text,
  buyer_phone: text,
  status: z.enum(saleStatuses),
  refunded_at: z.nullable(instant),
  refund_amount: z.nullable(rubles),
  refund_reason: text,
  metadata: z.record(z.string(), z.unknown()),
  purchased_at: instant,
  created_at: instant,
  updated_at: instant,
}) satisfies z.ZodMiniType<TicketSale>;

const figures = {
  sales: count,
  tickets: count,
  revenue: rubles,
  commission: rubles,
  net: rubles,
  refunds: rubles,
};

const ticketStats = z.strictObject({
  ...figures,
  average_ticket_price: z.nullable(rubles),
  by_provider: z.array(z.strictObject({ provider_id: text, ...figures })),
  by_day: z.array(z.strictObject({ day: z.iso.date(), ...figures })),
}) satisfies z.ZodMiniType<TicketStats>;

const salesFunnel = z.strictObject({
  concert_id: z.uuid(),
  views: count,
  clicks: count,
  purchases: count,
  tickets: count,
  revenue: rubles,
  view_to_click: fraction,
  click_to_purchase: fraction,
  view_to_purchase: fraction,
}) satisfies z.ZodMiniType<SalesFunnel>;

const eventOutcome = z.strictObject({
  applied: z.boolean(),
  reason: z.nullable(z.enum(["duplicate", "stale"])),
}) satisfies z.ZodMiniType<EventOutcome>;

/** The schemas of the answers' `data` by name. */
export const answerSchemas = {
  TicketProvider: ticketProvider,
  TicketConnection: ticketConnection,
  TicketSale: ticketSale,
  TicketStats: ticketStats,
  SalesFunnel: salesFunnel,
  EventOutcome: eventOutcome,
};
