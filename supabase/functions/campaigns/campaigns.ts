import type { FunctionDefinition } from "../_shared/http/route.ts";
import { contentRoutes } from "./routes/content.ts";
import { deliveryRoutes } from "./routes/deliveries.ts";
import { dispatchRoutes } from "./routes/dispatch.ts";
import { lifecycleRoutes } from "./routes/lifecycle.ts";
import { ownCampaignRoutes } from "./routes/own-campaigns.ts";
import { unsubscribeRoutes } from "./routes/unsubscribe.ts";
import { webhookRoutes } from "./routes/webhooks.ts";

/** E-mail campaigns to ticket buyers. */
export const campaigns: FunctionDefinition = {
  name: "campaigns",
  description: "Artists mail their audience; nobody twice, and nobody who has unsubscribed.",
  routes: [
    ...dispatchRoutes,
    ...webhookRoutes,
    ...unsubscribeRoutes,
    ...ownCampaignRoutes,
    ...lifecycleRoutes,
    ...contentRoutes,
    ...deliveryRoutes,
  ],
  answerSchemas: async () => (await import("./answer-schemas.ts")).answerSchemas,
};
