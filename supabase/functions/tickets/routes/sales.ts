import * as z from "zod/mini";
import { newSaleSchema, refundSchema } from "../../_shared/domain/ticket-sale.ts";
import { pageFields, pageRequestOf } from "../../_shared/http/paging.ts";
import { defineRoute } from "../../_shared/http/route.ts";
import { saleFilterFields, saleFilterOf } from "../sale-filter.ts";

const saleOrder = { name: "ticket-sales", kind: "instant" } as const;

export const saleRoutes = [
  defineRoute({
    method: "POST",
    path: "/sales",
    summary: "Sell tickets of an own concert by hand, without provider and commission",
    access: "user",
    body: newSaleSchema,
    idempotent: true,
    answers: { status: 201, schema: "TicketSale" },
    async handle({ body, database, idempotency }) {
      const { value, replayed } = await database.sales.create(body, idempotency);
      return { status: 201, data: value, replayed, message: "Продажа записана" };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/sales",
    summary: "The caller's sales, the latest purchase first; days are those of Moscow",
    access: "user",
    query: z.strictObject({ ...pageFields, ...saleFilterFields }),
    answers: { status: 200, schema: "TicketSale", list: true },
    async handle({ query, database }) {
      const page = await database.sales.listOwn(
        saleFilterOf(query),
        pageRequestOf(query, saleOrder),
      );
      return { data: page.items, next: { position: page.next, order: saleOrder } };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/sales/:id",
    summary: "One of the caller's sales",
    access: "user",
    answers: { status: 200, schema: "TicketSale" },
    async handle({ parameter, database }) {
      return { data: await database.sales.find(parameter("id")) };
    },
  }),
  defineRoute({
    method: "POST",
    path: "/sales/:id/cancel",
    summary: "Cancel a pending or confirmed sale; its seats are free again",
    access: "user",
    idempotent: true,
    answers: { status: 200, schema: "TicketSale" },
    async handle({ parameter, database, idempotency }) {
      const { value, replayed } = await database.sales.cancel(parameter("id"), idempotency);
      return { data: value, replayed, message: "Продажа отменена" };
    },
  }),
  defineRoute({
    method: "POST",
    path: "/sales/:id/refund",
    summary:
      "Pay back part of a confirmed sale, or without amount the rest; then its seats are free",
    access: "user",
    body: refundSchema,
    idempotent: true,
    answers: { status: 200, schema: "TicketSale" },
    async handle({ parameter, body, database, idempotency }) {
      const { value, replayed } = await database.sales.refund(parameter("id"), body, idempotency);
      return { data: value, replayed, message: "Возврат записан" };
    },
  }),
];
