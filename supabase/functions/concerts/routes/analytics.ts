import * as z from "zod/mini";
import { pageFields, pageRequestOf } from "../../_shared/http/paging.ts";
import { defineRoute } from "../../_shared/http/route.ts";

const analyticsOrder = { name: "concert-analytics", kind: "instant" } as const;

export const analyticsRoutes = [
  defineRoute({
    method: "GET",
    path: "/analytics",
    summary: "How each of the caller's concerts does, newest first",
    access: "user",
    query: z.strictObject(pageFields),
    answers: { status: 200, schema: "ConcertAnalytics", list: true },
    async handle({ query, database }) {
      const page = await database.concerts.listAnalytics(pageRequestOf(query, analyticsOrder));
      return { data: page.items, next: { position: page.next, order: analyticsOrder } };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/:id/analytics",
    summary: "How one of the caller's concerts does",
    access: "user",
    answers: { status: 200, schema: "ConcertAnalytics" },
    async handle({ parameter, database }) {
      return { data: await database.concerts.analytics(parameter("id")) };
    },
  }),
];
