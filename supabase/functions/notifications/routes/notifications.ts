import * as z from "zod/mini";
import {
  newReminderSchema,
  notificationChangesSchema,
  notificationStatuses,
  notificationTypes,
} from "../../_shared/domain/notification.ts";
import { pageFields, pageRequestOf } from "../../_shared/http/paging.ts";
import { defineRoute } from "../../_shared/http/route.ts";

const listOrder = { name: "notifications", kind: "instant" } as const;

const yesOrNo = z.optional(z.enum(["true", "false"]));

export const notificationRoutes = [
  defineRoute({
    method: "GET",
    path: "/",
    summary: "The caller's notifications, newest first",
    access: "user",
    query: z.strictObject({
      ...pageFields,
      type: z.optional(z.enum(notificationTypes)),
      status: z.optional(z.enum(notificationStatuses)),
      unread: yesOrNo,
      archived: yesOrNo,
    }),
    answers: { status: 200, schema: "Notification", list: true },
    async handle({ query, database }) {
      const page = await database.notifications.list(
        {
          type: query.type ?? null,
          status: query.status ?? null,
          unread: flagOf(query.unread),
          archived: flagOf(query.archived),
        },
        pageRequestOf(query, listOrder),
      );
      return { data: page.items, next: { position: page.next, order: listOrder } };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/counts",
    summary: "How many notifications the caller has, archived ones included; counted from the rows",
    access: "user",
    answers: { status: 200, schema: "NotificationCounts" },
    async handle({ database }) {
      return { data: await database.notifications.counts() };
    },
  }),
  defineRoute({
    method: "POST",
    path: "/",
    summary: "A reminder to oneself",
    access: "user",
    body: newReminderSchema,
    answers: { status: 201, schema: "Notification" },
    async handle({ body, database }) {
      return {
        status: 201,
        data: await database.notifications.create(body),
        message: "Напоминание создано",
      };
    },
  }),
  defineRoute({
    method: "POST",
    path: "/read-all",
    summary: "Mark all of the caller's notifications as read",
    access: "user",
    answers: { status: 200, schema: "MarkedAsRead" },
    async handle({ database }) {
      return { data: { updated: await database.notifications.markAllRead() } };
    },
  }),
  defineRoute({
    method: "PATCH",
    path: "/:id",
    summary: "Mark as read or archived, or not",
    access: "user",
    body: notificationChangesSchema,
    answers: { status: 200, schema: "Notification" },
    async handle({ parameter, body, database }) {
      return { data: await database.notifications.update(parameter("id"), body) };
    },
  }),
  defineRoute({
    method: "DELETE",
    path: "/:id",
    summary: "Delete; a reminder that is still to be sent will not be",
    access: "user",
    answers: { status: 204 },
    async handle({ parameter, database }) {
      await database.notifications.delete(parameter("id"));
      return new Response(null, { status: 204 });
    },
  }),
];

function flagOf(value: "true" | "false" | undefined): boolean | null {
  return value === undefined ? null : value === "true";
}
