import * as z from "zod/mini";
import { line } from "../../_shared/domain/text.ts";
import { defineRoute } from "../../_shared/http/route.ts";

export const figureRoutes = [
  defineRoute({
    method: "GET",
    path: "/stats",
    summary: "What the confirmed sales of one concert or of all add up to, by provider and by day",
    access: "user",
    query: z.strictObject({ concert_id: z.optional(line(1, 200)) }),
    answers: { status: 200, schema: "TicketStats" },
    async handle({ query, database }) {
      return { data: await database.sales.stats(query.concert_id ?? null) };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/funnel/:concert_id",
    summary: "From views to tickets of an own concert: counted numbers only",
    access: "user",
    answers: { status: 200, schema: "SalesFunnel" },
    async handle({ parameter, database }) {
      return { data: await database.sales.funnel(parameter("concert_id")) };
    },
  }),
];
