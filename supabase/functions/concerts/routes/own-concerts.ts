import * as z from "zod/mini";
import {
  concertChangesSchema,
  moderationStatuses,
  newConcertSchema,
} from "../../_shared/domain/concert.ts";
import { pageFields, pageRequestOf } from "../../_shared/http/paging.ts";
import { defineRoute } from "../../_shared/http/route.ts";

const ownOrder = { name: "own-concerts", kind: "instant" } as const;

export const ownConcertRoutes = [
  defineRoute({
    method: "GET",
    path: "/mine",
    summary: "The caller's concerts in every status, newest first",
    access: "user",
    query: z.strictObject({
      ...pageFields,
      status: z.optional(z.enum(moderationStatuses)),
      when: z.optional(z.enum(["upcoming", "past", "all"])),
    }),
    answers: { status: 200, schema: "Concert", list: true },
    async handle({ query, database }) {
      const page = await database.concerts.listOwn(
        { status: query.status ?? null, when: query.when ?? "all" },
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
    body: newConcertSchema,
    answers: { status: 201, schema: "Concert" },
    async handle({ body, database }) {
      return {
        status: 201,
        data: await database.concerts.create(body),
        message: "Черновик концерта создан",
      };
    },
  }),
  defineRoute({
    method: "PATCH",
    path: "/:id",
    summary:
      "Edit; an approved concert whose title, venue, date, time or banner changes is moderated again",
    access: "user",
    body: concertChangesSchema,
    answers: { status: 200, schema: "Concert" },
    async handle({ parameter, body, database }) {
      return { data: await database.concerts.update(parameter("id"), body) };
    },
  }),
  defineRoute({
    method: "DELETE",
    path: "/:id",
    summary: "Delete; refused once tickets were sold: cancel instead",
    access: "user",
    answers: { status: 204 },
    async handle({ parameter, database }) {
      await database.concerts.delete(parameter("id"));
      return new Response(null, { status: 204 });
    },
  }),
  defineRoute({
    method: "POST",
    path: "/:id/submit",
    summary: "Send a draft or a rejected concert to moderation",
    access: "user",
    answers: { status: 200, schema: "Concert" },
    async handle({ parameter, database }) {
      return {
        data: await database.concerts.submit(parameter("id")),
        message: "Концерт отправлен на модерацию",
      };
    },
  }),
  defineRoute({
    method: "POST",
    path: "/:id/cancel",
    summary: "Cancel for good; pending reminders are removed",
    access: "user",
    answers: { status: 200, schema: "Concert" },
    async handle({ parameter, database }) {
      return {
        data: await database.concerts.cancel(parameter("id")),
        message: "Концерт отменён",
      };
    },
  }),
  defineRoute({
    method: "POST",
    path: "/:id/hide",
    summary: "Hide from the public",
    access: "user",
    answers: { status: 200, schema: "Concert" },
    async handle({ parameter, database }) {
      return { data: await database.concerts.setHidden(parameter("id"), true) };
    },
  }),
  defineRoute({
    method: "POST",
    path: "/:id/unhide",
    summary: "Show to the public again",
    access: "user",
    answers: { status: 200, schema: "Concert" },
    async handle({ parameter, database }) {
      return { data: await database.concerts.setHidden(parameter("id"), false) };
    },
  }),
];
