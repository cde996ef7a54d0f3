import { createHmac } from "node:crypto";
import type { LocalStack } from "../../local/stack.ts";
import type { Campaign, NewCampaign } from "../../supabase/functions/_shared/domain/campaign.ts";
import { UnsubscribeLinks } from "../../supabase/functions/_shared/delivery/unsubscribe-links.ts";
import { campaigns } from "../../supabase/functions/campaigns/campaigns.ts";
import type { Person } from "../support/caller-tokens.ts";
import type { ApiClient } from "./api-client.ts";
import { draft } from "./concert-journeys.ts";
import type { PlannedRequest } from "./every-route.ts";
import type { ScenarioContext } from "./scenario-context.ts";
import { sellTickets } from "./ticket-journeys.ts";

export interface CapturedMail {
  to: { address: string; name: string | null };
  from: { address: string; name: string | null };
  subject: string;
  text: string;
  html: string;
  headers: Record<string, string>;
}

export function writeCampaign(
  { api }: ScenarioContext,
  artist: Person,
  fields: Partial<NewCampaign> = {},
): Promise<Campaign> {
  return api.data("POST", "/campaigns", {
    as: artist,
    body: { subject: "Скоро концерт", content: "Здравствуйте, {{buyer_name}}!", ...fields },
  });
}

/** An artist with a concert, whose tickets these people have bought. */
export async function artistWithBuyers(
  context: ScenarioContext,
  buyers: { address: string; name?: string }[],
): Promise<{ artist: Person; concertId: string }> {
  const artist = await context.makeArtist();
  const { id } = await draft(context, artist, { title: "Ночь на реке", city: "Казань" });
  for (const { address, name } of buyers) {
    await sellTickets(context, artist, id, { buyer_email: address, buyer_name: name });
  }
  return { artist, concertId: id };
}

/** A fresh address. */
export function someAddress(): string {
  return `buyer-${crypto.randomUUID()}@example.com`;
}

/** Starts a campaign and sends all of it, in its mode's own way. */
export async function sendOff(
  { api }: ScenarioContext,
  artist: Person,
  id: string,
  dispatching: ApiClient = api,
): Promise<Campaign> {
  await api.data("POST", `/campaigns/${id}/send`, { as: artist });
  await dispatchAll(dispatching);
  return await api.data("GET", `/campaigns/${id}`, { as: artist });
}

export async function dispatchAll(api: ApiClient): Promise<void> {
  while (true) {
    const report = await api.data<{ claimed: number }>("POST", "/campaigns/dispatch", {
      as: "service",
    });
    if (report.claimed === 0) return;
  }
}

/** A further instance that sends through an API as Resend's. */
export function resendInstance(
  context: ScenarioContext,
  { url, apiKey }: { url: string; apiKey: string },
  settings: Record<string, string> = {},
): ApiClient {
  return instanceWith(context, {
    EMAIL_TRANSPORT: "resend",
    RESEND_URL: url,
    RESEND_API_KEY: apiKey,
    ...settings,
  });
}

export function instanceWith(
  context: ScenarioContext,
  settings: Record<string, string>,
): ApiClient {
  const sender = { MAIL_FROM: "Promo.Music <mail@promo.example>" };
  return context.instanceOf(campaigns, { ...sender, ...settings });
}

/** What was captured for somebody, the latest first. */
export async function mailTo({ stack }: ScenarioContext, address: string): Promise<CapturedMail[]> {
  const response = await fetch(`${stack.url}/_mail?to=${encodeURIComponent(address)}`);
  return await response.json();
}

export function unsubscribeToken(
  { environment }: LocalStack,
  artistId: string,
  address: string,
): Promise<string> {
  const links = new UnsubscribeLinks(environment.UNSUBSCRIBE_KEY, "http://example.com");
  return links.tokenFor({ artistId, address });
}

/** A body and the headers by which Svix signs it, made without the library that verifies them. */
export function signedEvent(
  { environment }: LocalStack,
  event: unknown,
  { id = `msg_${crypto.randomUUID()}`, inSeconds = 0, secret = environment.RESEND_WEBHOOK_SECRET } =
    {},
): { rawBody: string; headers: Record<string, string> } {
  const rawBody = JSON.stringify(event);
  const time = Math.floor(Date.now() / 1000) + inSeconds;
  const key = Uint8Array.from(atob(secret.replace("whsec_", "")), (char) => char.charCodeAt(0));
  const signature = createHmac("sha256", key).update(`${id}.${time}.${rawBody}`).digest("base64");
  return {
    rawBody,
    headers: {
      "content-type": "application/json",
      "svix-id": id,
      "svix-timestamp": String(time),
      "svix-signature": `v1,${signature}`,
    },
  };
}

/** An event of a message as the provider tells it. */
export function resendEvent(kind: string, reference: string, data: object = {}) {
  return {
    type: `email.${kind}`,
    created_at: new Date().toISOString(),
    data: { email_id: crypto.randomUUID(), tags: { reference }, ...data },
  };
}

const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();

export const acceptedCampaignBodies: Record<string, unknown> = {
  "POST /campaigns": { subject: "Скоро концерт", content: "Здравствуйте!" },
  "PATCH /campaigns/:id": { subject: "Другая тема" },
  "POST /campaigns/:id/schedule": { scheduled_for: "2030-01-01T12:00:00Z" },
};

export const everyCampaignRoute: Record<
  string,
  (context: ScenarioContext) => Promise<PlannedRequest>
> = {
  "GET /campaigns": (context) => withCampaign(context, "GET", () => "/campaigns"),
  "POST /campaigns": async (context) => ({
    method: "POST",
    path: "/campaigns",
    as: await context.makeArtist(),
    body: acceptedCampaignBodies["POST /campaigns"],
  }),
  "GET /campaigns/:id": (context) => withCampaign(context, "GET", (id) => `/campaigns/${id}`),
  "PATCH /campaigns/:id": (context) =>
    withCampaign(
      context,
      "PATCH",
      (id) => `/campaigns/${id}`,
      acceptedCampaignBodies["PATCH /campaigns/:id"],
    ),
  "DELETE /campaigns/:id": (context) => withCampaign(context, "DELETE", (id) => `/campaigns/${id}`),
  "GET /campaigns/:id/preview": (context) =>
    withCampaign(context, "GET", (id) => `/campaigns/${id}/preview`),
  "GET /campaigns/:id/recipients": (context) =>
    withCampaign(context, "GET", (id) => `/campaigns/${id}/recipients`),
  "POST /campaigns/:id/test": (context) =>
    withCampaign(context, "POST", (id) => `/campaigns/${id}/test`),
  "POST /campaigns/:id/schedule": (context) =>
    withCampaign(context, "POST", (id) => `/campaigns/${id}/schedule`, {
      scheduled_for: inAnHour(),
    }),
  "POST /campaigns/:id/send": async (context) => ({
    ...await withCampaign(context, "POST", (id) => `/campaigns/${id}/send`),
    headers: { "idempotency-key": crypto.randomUUID() },
  }),
  "POST /campaigns/:id/pause": (context) =>
    withCampaign(context, "POST", (id) => `/campaigns/${id}/pause`, undefined, "send"),
  "POST /campaigns/:id/resume": (context) =>
    withCampaign(context, "POST", (id) => `/campaigns/${id}/resume`, undefined, "send", "pause"),
  "POST /campaigns/:id/cancel": (context) =>
    withCampaign(context, "POST", (id) => `/campaigns/${id}/cancel`),
  "GET /campaigns/:id/deliveries": (context) =>
    withCampaign(context, "GET", (id) => `/campaigns/${id}/deliveries`, undefined, "send"),
  "POST /campaigns/dispatch": () =>
    Promise.resolve({ method: "POST", path: "/campaigns/dispatch", as: "service" }),
  "POST /campaigns/webhooks/:provider": ({ stack }) =>
    Promise.resolve({
      method: "POST",
      path: "/campaigns/webhooks/resend",
      ...signedEvent(stack, resendEvent("delivered", crypto.randomUUID())),
    }),
  "GET /campaigns/unsubscribe": async (context) => ({
    method: "GET",
    path: "/campaigns/unsubscribe",
    query: { token: await buyersToken(context), confirm: "yes" },
  }),
  "POST /campaigns/unsubscribe": async (context) => ({
    method: "POST",
    path: "/campaigns/unsubscribe",
    query: { token: await buyersToken(context) },
  }),
};

/** The token in a link to somebody who has bought a ticket. */
async function buyersToken(context: ScenarioContext): Promise<string> {
  const address = someAddress();
  const { artist } = await artistWithBuyers(context, [{ address }]);
  return await unsubscribeToken(context.stack, artist.id, address);
}

/** A campaign that somebody gets, after these actions. */
async function withCampaign(
  context: ScenarioContext,
  method: string,
  pathOf: (id: string) => string,
  body?: unknown,
  ...actions: string[]
): Promise<PlannedRequest> {
  const { artist } = await artistWithBuyers(context, [{ address: someAddress() }]);
  const { id } = await writeCampaign(context, artist);
  for (const action of actions) {
    await context.api.data("POST", `/campaigns/${id}/${action}`, { as: artist });
  }
  return { method, path: pathOf(id), as: artist, ...(body === undefined ? {} : { body }) };
}
