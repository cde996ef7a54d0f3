import type { FunctionDefinition } from "../_shared/http/route.ts";
import { connectionRoutes } from "./routes/connections.ts";
import { figureRoutes } from "./routes/figures.ts";
import { providerRoutes } from "./routes/providers.ts";
import { salesCsvRoutes } from "./routes/sales-csv.ts";
import { saleRoutes } from "./routes/sales.ts";
import { webhookRoutes } from "./routes/webhooks.ts";

/** Ticket sales: by hand and through providers, refunds and figures. */
export const tickets: FunctionDefinition = {
  name: "tickets",
  description: "Sells tickets by hand and through providers, and tells how they sell.",
  routes: [
    ...providerRoutes,
    ...connectionRoutes,
    ...saleRoutes,
    ...salesCsvRoutes,
    ...figureRoutes,
    ...webhookRoutes,
  ],
  answerSchemas: async () => (await import("./answer-schemas.ts")).answerSchemas,
};
