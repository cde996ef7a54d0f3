import { Refusal } from "../../_shared/domain/refusal.ts";
import { defineRoute } from "../../_shared/http/route.ts";
import { readResendEvent, resendEventSchema } from "../resend-events.ts";

export const webhookRoutes = [
  defineRoute({
    method: "POST",
    path: "/webhooks/:provider",
    summary: "Delivery events of the mail provider `resend`, signed the Svix way; each counts once",
    access: "anyone",
    rawBody: true,
    body: resendEventSchema,
    answers: { status: 204 },
    async handle({ parameter, raw, environment, asService }) {
      // Of a provider we do not know no signature can be good.
      if (parameter("provider") !== "resend") throw new Refusal("unauthorized");
      const secret = environment.campaigns.resendWebhookSecret;
      if (secret === null) {
        throw new Refusal("unavailable", [{
          path: "RESEND_WEBHOOK_SECRET",
          message: "Оператору сервиса: задайте переменную RESEND_WEBHOOK_SECRET",
        }]);
      }
      const event = await readResendEvent(raw, secret);
      if (event) await asService().campaigns.recordEvent(event);
      return new Response(null, { status: 204 });
    },
  }),
];
