import { webhookSecrets } from "../../_shared/credentials/webhook-secrets.ts";
import { Refusal } from "../../_shared/domain/refusal.ts";
import { ticketEventSchema } from "../../_shared/domain/ticket-event.ts";
import { HttpError } from "../../_shared/http/errors.ts";
import { defineRoute } from "../../_shared/http/route.ts";
import { parseInput } from "../../_shared/http/validation.ts";

export const webhookRoutes = [
  defineRoute({
    method: "POST",
    path: "/webhooks/:provider_id",
    summary: "A provider's event about a sale, signed with the artist's webhook secret: " +
      "x-signature: t=<unix>,v1=<hex hmac-sha256 of t.body>",
    access: "anyone",
    rawBody: true,
    body: ticketEventSchema,
    answers: { status: 200, schema: "EventOutcome" },
    // Two requests to the store: whose secret it is, and the event. A secret used within the last minute is
    // remembered, which leaves one.
    async handle({ parameter, raw, environment, asService }) {
      const secrets = webhookSecrets(environment);
      const providerId = parameter("provider_id");
      const header = raw.header("x-signature");
      if (header === null) throw new Refusal("unauthorized");
      const content = jsonOf(raw.body);
      const concertId = concertIdOf(content);
      const database = asService();
      const isGenuine = concertId !== null && await secrets.isGenuine(
        { providerId, concertId, header, body: raw.body },
        () => database.ticketConnections.findWebhookSecret(providerId, concertId),
      );
      if (!isGenuine) throw new Refusal("unauthorized");
      const event = parseInput(ticketEventSchema, content);
      return { data: await database.sales.applyEvent(providerId, event) };
    },
  }),
];

function jsonOf(body: Uint8Array<ArrayBuffer>): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    throw new HttpError("invalid_json");
  }
}

/** Whose secret is asked for; what names no concert cannot be anybody's. */
function concertIdOf(content: unknown): string | null {
  if (typeof content !== "object" || content === null || !("concert_id" in content)) return null;
  const { concert_id: id } = content;
  return typeof id === "string" && id.length <= 200 && !id.includes("\0") && id.isWellFormed()
    ? id.trim() || null
    : null;
}
