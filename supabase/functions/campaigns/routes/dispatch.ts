import { mailTransport } from "../../_shared/delivery/open-mail-transport.ts";
import { unsubscribeLinks } from "../../_shared/delivery/unsubscribe-links.ts";
import { defineRoute } from "../../_shared/http/route.ts";
import { dispatchCampaigns } from "../dispatch-campaigns.ts";

export const dispatchRoutes = [
  defineRoute({
    method: "POST",
    path: "/dispatch",
    summary: "Send a share of what is due: called by the clock, every minute",
    access: "service",
    answers: { status: 200, schema: "CampaignReport" },
    async handle({ database, environment }) {
      const { batchSize, ratePerSecond } = environment.campaigns;
      const links = unsubscribeLinks(environment);
      const transport = await mailTransport(environment);
      return {
        data: await dispatchCampaigns(
          { campaigns: database.campaigns, transport, links },
          { batchSize, ratePerSecond },
        ),
      };
    },
  }),
];
