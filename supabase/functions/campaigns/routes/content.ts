import { maskAddress } from "../../_shared/domain/campaign.ts";
import { campaignMail, renderCampaign } from "../../_shared/domain/campaign-mail.ts";
import { MailProviderError } from "../../_shared/delivery/mail-transport.ts";
import { mailTransport } from "../../_shared/delivery/open-mail-transport.ts";
import { unsubscribeLinks } from "../../_shared/delivery/unsubscribe-links.ts";
import { Refusal } from "../../_shared/domain/refusal.ts";
import { defineRoute } from "../../_shared/http/route.ts";

/** So many addresses are shown, unrecognisable, of those a campaign would reach. */
const sampleSize = 5;

export const contentRoutes = [
  defineRoute({
    method: "GET",
    path: "/:id/preview",
    summary: "Subject, text and html as a sample buyer would get them",
    access: "user",
    answers: { status: 200, schema: "CampaignPreview" },
    async handle({ parameter, database, environment }) {
      const material = await database.campaigns.material(parameter("id"));
      const { functionsUrl } = environment.campaigns;
      const sample = {
        address: "anna@example.com",
        name: "Анна",
        unsubscribeUrl: `${functionsUrl}/campaigns/unsubscribe?token=sample`,
      };
      return { data: renderCampaign(material, sample) };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/:id/recipients",
    summary: "How many people it would reach now, and a masked sample of them",
    access: "user",
    answers: { status: 200, schema: "CampaignRecipients" },
    async handle({ parameter, database }) {
      const { count, sample } = await database.campaigns.audience(parameter("id"), sampleSize);
      return { data: { count, sample: sample.map(maskAddress) } };
    },
  }),
  defineRoute({
    method: "POST",
    path: "/:id/test",
    summary: "Send one message to the caller's own address",
    access: "user",
    answers: { status: 200, schema: "TestMail" },
    async handle({ parameter, caller, database, environment }) {
      const links = unsubscribeLinks(environment);
      const { email: address, id: artistId } = caller;
      if (address === null) {
        throw new Refusal("validation_failed", [{
          path: "email",
          message: "В вашем аккаунте нет адреса электронной почты",
        }]);
      }
      const material = await database.campaigns.material(parameter("id"));
      const transport = await mailTransport(environment);
      const recipient = {
        address,
        name: material.artist_name,
        unsubscribeUrl: await links.linkFor({ artistId, address }),
      };
      const reference = crypto.randomUUID();
      const mail = campaignMail(material, recipient, transport.sender, reference);
      const [outcome] = await transport.send(
        [{ ...mail, subject: `[Проверка] ${mail.subject}` }],
        `campaign-tests/${reference}`,
      ).catch(unavailable);
      if (!outcome.accepted) {
        throw new Refusal("validation_failed", [{
          path: "email",
          message: outcome.reason,
        }]);
      }
      return { data: { sent_to: address }, message: "Проверочное письмо отправлено" };
    },
  }),
];

function unavailable(error: unknown): never {
  if (!(error instanceof MailProviderError)) throw error;
  throw new Refusal("unavailable", [], { cause: error });
}
