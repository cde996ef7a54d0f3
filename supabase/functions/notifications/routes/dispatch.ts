import * as z from "zod/mini";
import { mailTransport } from "../../_shared/delivery/open-mail-transport.ts";
import { pushTransport } from "../../_shared/delivery/open-push-transport.ts";
import { defineRoute } from "../../_shared/http/route.ts";
import { dispatchNotifications } from "../dispatch-notifications.ts";

/** As many as one run sends unless told otherwise. */
const usualLimit = 1000;

export const dispatchRoutes = [
  defineRoute({
    method: "POST",
    path: "/dispatch",
    summary: "Send what is due: called by the clock, every minute",
    access: "service",
    body: z.strictObject({ limit: z.optional(z.int().check(z.gte(1), z.lte(10_000))) }),
    bodyOptional: true,
    answers: { status: 200, schema: "DispatchReport" },
    async handle({ body: { limit = usualLimit }, database, environment }) {
      const transports = {
        mail: () => mailTransport(environment),
        push: () => pushTransport(environment),
      };
      return { data: await dispatchNotifications(database.notifications, transports, { limit }) };
    },
  }),
];
