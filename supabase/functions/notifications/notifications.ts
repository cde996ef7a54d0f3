import type { FunctionDefinition } from "../_shared/http/route.ts";
import { dispatchRoutes } from "./routes/dispatch.ts";
import { notificationRoutes } from "./routes/notifications.ts";
import { pushSubscriptionRoutes } from "./routes/push-subscriptions.ts";
import { reminderRoutes } from "./routes/reminders.ts";
import { settingsRoutes } from "./routes/settings.ts";

/** Reminders and notices, and their delivery. */
export const notifications: FunctionDefinition = {
  name: "notifications",
  description:
    "Reminds people of concerts, tells them what happens, and delivers it by mail and push.",
  routes: [
    ...settingsRoutes,
    ...pushSubscriptionRoutes,
    ...dispatchRoutes,
    ...reminderRoutes,
    ...notificationRoutes,
  ],
  answerSchemas: async () => (await import("./answer-schemas.ts")).answerSchemas,
};
