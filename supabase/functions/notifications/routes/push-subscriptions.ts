import {
  pushEndpointSchema,
  pushSubscriptionSchema,
} from "../../_shared/domain/push-subscription.ts";
import { defineRoute } from "../../_shared/http/route.ts";

export const pushSubscriptionRoutes = [
  defineRoute({
    method: "POST",
    path: "/push-subscriptions",
    summary: "Send Web Push to this browser too; at most ten a person, the oldest goes",
    access: "user",
    body: pushSubscriptionSchema,
    answers: { status: 201, schema: "PushSubscription" },
    async handle({ body: { endpoint, keys }, database }) {
      await database.notifications.subscribe({ endpoint, keys });
      return { status: 201, data: { endpoint }, message: "Push-уведомления включены" };
    },
  }),
  defineRoute({
    method: "DELETE",
    path: "/push-subscriptions",
    summary: "Send no more Web Push to the browser with this endpoint",
    access: "user",
    body: pushEndpointSchema,
    answers: { status: 204 },
    async handle({ body: { endpoint }, database }) {
      await database.notifications.unsubscribe(endpoint);
      return new Response(null, { status: 204 });
    },
  }),
];
