import * as z from "zod/mini";
import { moderationDecisionSchema } from "../../_shared/domain/concert.ts";
import { pageFields, pageRequestOf } from "../../_shared/http/paging.ts";
import { defineRoute } from "../../_shared/http/route.ts";

const queueOrder = { name: "moderation-queue", kind: "instant" } as const;

export const moderationRoutes = [
  defineRoute({
    method: "GET",
    path: "/moderation",
    summary: "The concerts that wait for moderation, longest waiting first",
    access: "moderator",
    query: z.strictObject(pageFields),
    answers: { status: 200, schema: "Concert", list: true },
    async handle({ query, database }) {
      const page = await database.concerts.listPending(pageRequestOf(query, queueOrder));
      return { data: page.items, next: { position: page.next, order: queueOrder } };
    },
  }),
  defineRoute({
    method: "POST",
    path: "/:id/moderate",
    summary: "Approve or reject a pending concert; the artist is notified",
    access: "moderator",
    body: moderationDecisionSchema,
    answers: { status: 200, schema: "Concert" },
    async handle({ parameter, body, database }) {
      return { data: await database.concerts.moderate(parameter("id"), body) };
    },
  }),
];
