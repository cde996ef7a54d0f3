import type { FunctionDefinition } from "../_shared/http/route.ts";

/** Ticket sales through providers. Serves its health only, so far. */
export const tickets: FunctionDefinition = {
  name: "tickets",
  description: "Sells tickets through providers.",
  routes: [],
};
