import * as z from "zod/mini";
import { unsubscribeLinks } from "../../_shared/delivery/unsubscribe-links.ts";
import { futureInstant } from "../../_shared/domain/instant.ts";
import type { Environment } from "../../_shared/environment.ts";
import { defineRoute } from "../../_shared/http/route.ts";

export const lifecycleRoutes = [
  defineRoute({
    method: "POST",
    path: "/:id/schedule",
    summary: "Draft or scheduled → scheduled; it is sent at that time",
    access: "user",
    body: z.strictObject({ scheduled_for: futureInstant }),
    answers: { status: 200, schema: "Campaign" },
    async handle({ parameter, body, database, environment }) {
      mustBeSendable(environment);
      return {
        data: await database.campaigns.schedule(parameter("id"), body.scheduled_for),
        message: "Рассылка запланирована",
      };
    },
  }),
  defineRoute({
    method: "POST",
    path: "/:id/send",
    summary: "Draft or scheduled → sending; the recipients are resolved now",
    access: "user",
    idempotent: true,
    answers: { status: 200, schema: "Campaign" },
    async handle({ parameter, database, environment, idempotency }) {
      mustBeSendable(environment);
      const { value, replayed } = await database.campaigns.send(parameter("id"), idempotency);
      return { data: value, replayed, message: "Отправка началась" };
    },
  }),
  defineRoute({
    method: "POST",
    path: "/:id/pause",
    summary: "Scheduled or sending → paused",
    access: "user",
    answers: { status: 200, schema: "Campaign" },
    async handle({ parameter, database }) {
      return {
        data: await database.campaigns.pause(parameter("id")),
        message: "Рассылка приостановлена",
      };
    },
  }),
  defineRoute({
    method: "POST",
    path: "/:id/resume",
    summary: "Paused or failed → sending, or scheduled again when its time is still to come",
    access: "user",
    answers: { status: 200, schema: "Campaign" },
    async handle({ parameter, database, environment }) {
      mustBeSendable(environment);
      return {
        data: await database.campaigns.resume(parameter("id")),
        message: "Рассылка продолжена",
      };
    },
  }),
  defineRoute({
    method: "POST",
    path: "/:id/cancel",
    summary: "Draft, scheduled, sending, paused or failed → cancelled for good",
    access: "user",
    answers: { status: 200, schema: "Campaign" },
    async handle({ parameter, database }) {
      return {
        data: await database.campaigns.cancel(parameter("id")),
        message: "Рассылка отменена",
      };
    },
  }),
];

/** Nothing is sent that people could not unsubscribe from. Throws `unavailable`. */
function mustBeSendable(environment: Environment): void {
  unsubscribeLinks(environment);
}
