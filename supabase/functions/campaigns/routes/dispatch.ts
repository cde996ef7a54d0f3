import { defineRoute } from "../../_shared/http/route.ts";
import { dispatchCampaigns } from "../dispatch-campaigns.ts";

export const dispatchRoutes = [
  defineRoute({
    method: "POST",
    path: "/dispatch",
    summary: "Send a share of what is due: called by the clock, every minute",
    access: "service",
    answers: { status: 200, schema: "CampaignReport" },
    async handle({ database, services }) {
      const { batchSize, ratePerSecond } = services.campaignSettings;
      const links = services.unsubscribeLinks();
      const transport = await services.mail();
      return {
        data: await dispatchCampaigns(
          { campaigns: database.campaigns, transport, links },
          { batchSize, ratePerSecond },
        ),
      };
    },
  }),
];
