import { defineRoute } from "../../_shared/http/route.ts";

const providerOrder = { name: "ticket-providers", kind: "instant" } as const;

export const providerRoutes = [
  defineRoute({
    method: "GET",
    path: "/providers",
    summary: "The ticket providers an artist can be connected to, with their commission",
    access: "anyone",
    answers: { status: 200, schema: "TicketProvider", list: true },
    async handle({ database }) {
      const providers = await database.ticketConnections.listProviders();
      // All of them are one page.
      return { data: providers, next: { position: null, order: providerOrder } };
    },
  }),
];
