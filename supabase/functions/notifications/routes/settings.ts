import { notificationSettingsChangesSchema } from "../../_shared/domain/notification-settings.ts";
import { defineRoute } from "../../_shared/http/route.ts";

export const settingsRoutes = [
  defineRoute({
    method: "GET",
    path: "/settings",
    summary: "What the caller wants to be told, and how; creates nothing",
    access: "user",
    answers: { status: 200, schema: "NotificationSettings" },
    async handle({ database }) {
      return { data: await database.notifications.settings() };
    },
  }),
  defineRoute({
    method: "PATCH",
    path: "/settings",
    summary: "Change what is named",
    access: "user",
    body: notificationSettingsChangesSchema,
    answers: { status: 200, schema: "NotificationSettings" },
    async handle({ body, database }) {
      return { data: await database.notifications.updateSettings(body) };
    },
  }),
];
