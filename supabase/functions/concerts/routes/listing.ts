import * as z from "zod/mini";
import { type ListOrder, pageFields, pageRequestOf } from "../../_shared/http/paging.ts";
import { defineRoute } from "../../_shared/http/route.ts";
import { publicFilterFields, publicFilterOf } from "./public-filter.ts";

const listingQuery = z.strictObject({
  ...publicFilterFields,
  ...pageFields,
  order: z.optional(z.enum(["event_date", "-event_date", "relevance"])),
});

export const listingRoutes = [
  defineRoute({
    method: "GET",
    path: "/",
    summary: "Public concerts: approved, neither hidden nor cancelled",
    access: "anyone",
    query: listingQuery,
    answers: { status: 200, schema: "PublicConcert", list: true },
    async handle({ query, database }) {
      const filter = publicFilterOf(query);
      const order: ListOrder = {
        name: `concerts:${filter.order}`,
        kind: filter.order === "relevance" ? "relevance" : "date",
      };
      const page = await database.concerts.listPublic(filter, pageRequestOf(query, order));
      return { data: page.items, next: { position: page.next, order } };
    },
  }),
];
