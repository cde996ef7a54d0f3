import type { TicketEvent } from "../../supabase/functions/_shared/domain/ticket-event.ts";
import type { TicketConnection } from "../../supabase/functions/_shared/domain/ticket-provider.ts";
import type { NewSale, TicketSale } from "../../supabase/functions/_shared/domain/ticket-sale.ts";
import type { Person } from "../support/caller-tokens.ts";
import type { Reply } from "./api-client.ts";
import { draft } from "./concert-journeys.ts";
import type { PlannedRequest } from "./every-route.ts";
import type { ScenarioContext } from "./scenario-context.ts";

export const webhookSecret = "whsec_do-not-show";

/** Sells two tickets of the concert. */
export function sellTickets(
  { api }: ScenarioContext,
  artist: Person,
  concertId: string,
  changes: Partial<NewSale> = {},
): Promise<TicketSale> {
  return api.data("POST", "/tickets/sales", {
    as: artist,
    body: { concert_id: concertId, quantity: 2, unit_price: 1500.5, ...changes },
  });
}

export function connect(
  { api }: ScenarioContext,
  artist: Person,
  providerId = "kassir",
  credentials: Record<string, unknown> = {},
): Promise<TicketConnection> {
  return api.data("PUT", `/tickets/connections/${providerId}`, {
    as: artist,
    body: { api_key: "key-1234567890", webhook_secret: webhookSecret, ...credentials },
  });
}

let events = 0;

/** An event of its own about sale `tx-1` of the concert, later than all before. */
export function ticketEvent(concertId: string, changes: Partial<TicketEvent> = {}): TicketEvent {
  events++;
  return {
    event_id: `event-${events}-${crypto.randomUUID()}`,
    occurred_at: new Date(Date.UTC(2026, 0, 1) + events * 1000).toISOString(),
    concert_id: concertId,
    external_transaction_id: "tx-1",
    quantity: 2,
    unit_price: 333.33,
    status: "confirmed",
    ...changes,
  };
}

/** `x-signature` of a body, by the secret, so many seconds from now. */
export async function signatureOf(
  body: string,
  secret = webhookSecret,
  inSeconds = 0,
): Promise<string> {
  const time = Math.floor(Date.now() / 1000) + inSeconds;
  return `t=${time},v1=${await hmac(secret, `${time}.${body}`)}`;
}

export async function hmac(secret: string, text: string): Promise<string> {
  const encoder = new TextEncoder();
  const key = await crypto.subtle.importKey(
    "raw",
    encoder.encode(secret),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  const signature = new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(text)));
  return [...signature].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Sends an event as its provider does. */
export async function sendEvent(
  { api }: ScenarioContext,
  event: unknown,
  { provider = "kassir", header }: { provider?: string; header?: string } = {},
): Promise<Reply<{ applied: boolean; reason: string | null }>> {
  const body = typeof event === "string" ? event : JSON.stringify(event);
  return await api.send("POST", `/tickets/webhooks/${provider}`, {
    rawBody: body,
    headers: {
      "content-type": "application/json",
      "x-signature": header ?? await signatureOf(body),
    },
  });
}

const somebodysConcert = "00000000-0000-4000-8000-000000000000";

/** A body each route accepts, for those that take one. */
export const acceptedTicketBodies: Record<string, unknown> = {
  "PUT /tickets/connections/:provider_id": { api_key: "key-1234567890" },
  "POST /tickets/sales": { concert_id: somebodysConcert, quantity: 2, unit_price: 100 },
  "POST /tickets/sales/:id/refund": { amount: 1, reason: "Скидка" },
};

/** How each route is called with success. */
export const everyTicketRoute: Record<
  string,
  (context: ScenarioContext) => Promise<PlannedRequest>
> = {
  "GET /tickets/providers": () => Promise.resolve({ method: "GET", path: "/tickets/providers" }),
  "GET /tickets/connections": async (context) => {
    const artist = await context.makeArtist();
    await connect(context, artist);
    return { method: "GET", path: "/tickets/connections", as: artist };
  },
  "PUT /tickets/connections/:provider_id": async (context) => ({
    method: "PUT",
    path: "/tickets/connections/afisha",
    as: await context.makeArtist(),
    body: { api_key: "key-1234567890", webhook_secret: webhookSecret },
  }),
  "DELETE /tickets/connections/:provider_id": async (context) => {
    const artist = await context.makeArtist();
    await connect(context, artist);
    return { method: "DELETE", path: "/tickets/connections/kassir", as: artist };
  },
  "POST /tickets/sales": async (context) => {
    const artist = await context.makeArtist();
    const { id } = await draft(context, artist);
    return {
      method: "POST",
      path: "/tickets/sales",
      as: artist,
      body: { concert_id: id, quantity: 2, unit_price: 1500.5 },
      headers: { "idempotency-key": crypto.randomUUID() },
    };
  },
  "GET /tickets/sales": (context) => withSale(context, "GET", () => "/tickets/sales"),
  "GET /tickets/sales.csv": (context) => withSale(context, "GET", () => "/tickets/sales.csv"),
  "GET /tickets/sales/:id": (context) =>
    withSale(context, "GET", ({ id }) => `/tickets/sales/${id}`),
  "POST /tickets/sales/:id/cancel": (context) =>
    withSale(context, "POST", ({ id }) => `/tickets/sales/${id}/cancel`),
  "POST /tickets/sales/:id/refund": (context) =>
    withSale(context, "POST", ({ id }) => `/tickets/sales/${id}/refund`, { reason: "Возврат" }),
  "GET /tickets/stats": (context) => withSale(context, "GET", () => "/tickets/stats"),
  "GET /tickets/funnel/:concert_id": (context) =>
    withSale(context, "GET", ({ concert_id }) => `/tickets/funnel/${concert_id}`),
  "POST /tickets/webhooks/:provider_id": async (context) => {
    const artist = await context.makeArtist();
    const { id } = await draft(context, artist);
    await connect(context, artist);
    const rawBody = JSON.stringify(ticketEvent(id));
    return {
      method: "POST",
      path: "/tickets/webhooks/kassir",
      rawBody,
      headers: { "x-signature": await signatureOf(rawBody) },
    };
  },
};

async function withSale(
  context: ScenarioContext,
  method: string,
  pathOf: (sale: TicketSale) => string,
  body?: unknown,
): Promise<PlannedRequest> {
  const artist = await context.makeArtist();
  const { id } = await draft(context, artist);
  return {
    method,
    path: pathOf(await sellTickets(context, artist, id)),
    as: artist,
    ...(body ? { body } : {}),
  };
}
