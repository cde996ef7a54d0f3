import * as z from "zod/mini";
import { defineRoute } from "../../_shared/http/route.ts";
import { saleFilterFields, saleFilterOf } from "../sale-filter.ts";
import { salesAsCsv } from "../sales-as-csv.ts";

export const salesCsvRoutes = [
  defineRoute({
    method: "GET",
    path: "/sales.csv",
    summary: "The caller's sales as CSV (UTF-8 with a byte order mark, commas), streamed",
    access: "user",
    query: z.strictObject(saleFilterFields),
    answers: { status: 200, mediaType: "text/csv" },
    async handle({ query, database }) {
      const portions = database.sales.exportOwn(saleFilterOf(query))[Symbol.asyncIterator]();
      // Read before anything is answered: what is refused still gets its status.
      const first = await portions.next();
      return new Response(salesAsCsv(first, portions), {
        headers: {
          "content-type": "text/csv; charset=utf-8",
          "content-disposition": 'attachment; filename="ticket-sales.csv"',
          "cache-control": "no-store",
        },
      });
    },
  }),
];
