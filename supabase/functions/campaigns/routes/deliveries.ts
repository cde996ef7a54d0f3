import * as z from "zod/mini";
import { deliveryStatuses } from "../../_shared/domain/campaign.ts";
import { pageFields, pageRequestOf } from "../../_shared/http/paging.ts";
import { defineRoute } from "../../_shared/http/route.ts";

const deliveryOrder = { name: "campaign-deliveries", kind: "place" } as const;

export const deliveryRoutes = [
  defineRoute({
    method: "GET",
    path: "/:id/deliveries",
    summary: "Who got it, what failed and why, in the order of sending",
    access: "user",
    query: z.strictObject({ ...pageFields, status: z.optional(z.enum(deliveryStatuses)) }),
    answers: { status: 200, schema: "CampaignDelivery", list: true },
    async handle({ parameter, query, database }) {
      const page = await database.campaigns.listDeliveries(
        parameter("id"),
        { status: query.status ?? null },
        pageRequestOf(query, deliveryOrder),
      );
      return { data: page.items, next: { position: page.next, order: deliveryOrder } };
    },
  }),
];
