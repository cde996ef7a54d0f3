import * as z from "zod/mini";
import {
  campaignChangesSchema,
  campaignStatuses,
  newCampaignSchema,
} from "../../_shared/domain/campaign.ts";
import { pageFields, pageRequestOf } from "../../_shared/http/paging.ts";
import { defineRoute } from "../../_shared/http/route.ts";

const ownOrder = { name: "own-campaigns", kind: "instant" } as const;

export const ownCampaignRoutes = [
  defineRoute({
    method: "GET",
    path: "/",
    summary: "The caller's campaigns, newest first",
    access: "user",
    query: z.strictObject({ ...pageFields, status: z.optional(z.enum(campaignStatuses)) }),
    answers: { status: 200, schema: "Campaign", list: true },
    async handle({ query, database }) {
      const page = await database.campaigns.listOwn(
        { status: query.status ?? null },
        pageRequestOf(query, ownOrder),
      );
      return { data: page.items, next: { position: page.next, order: ownOrder } };
    },
  }),
  defineRoute({
    method: "POST",
    path: "/",
    summary: "Create a draft",
    access: "user",
    body: newCampaignSchema,
    answers: { status: 201, schema: "Campaign" },
    async handle({ body, database }) {
      return {
        status: 201,
        data: await database.campaigns.create(body),
        message: "Черновик рассылки создан",
      };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/:id",
    summary: "One of the caller's campaigns, with its measured counts and rates",
    access: "user",
    answers: { status: 200, schema: "Campaign" },
    async handle({ parameter, database }) {
      return { data: await database.campaigns.find(parameter("id")) };
    },
  }),
  defineRoute({
    method: "PATCH",
    path: "/:id",
    summary: "Edit a draft, scheduled or paused campaign",
    access: "user",
    body: campaignChangesSchema,
    answers: { status: 200, schema: "Campaign" },
    async handle({ parameter, body, database }) {
      return { data: await database.campaigns.update(parameter("id"), body) };
    },
  }),
  defineRoute({
    method: "DELETE",
    path: "/:id",
    summary: "Delete, unless it is being sent; who has unsubscribed stays so",
    access: "user",
    answers: { status: 204 },
    async handle({ parameter, database }) {
      await database.campaigns.delete(parameter("id"));
      return new Response(null, { status: 204 });
    },
  }),
];
