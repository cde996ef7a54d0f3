import type { NewConcert } from "../../supabase/functions/_shared/domain/concert.ts";
import type { RequestOptions } from "./api-client.ts";
import { approved, artistWithCoins, draft, pending } from "./concert-journeys.ts";
import { acceptedCampaignBodies, everyCampaignRoute } from "./campaign-journeys.ts";
import { functionsUnderTest } from "./functions-under-test.ts";
import { acceptedNotificationBodies, everyNotificationRoute } from "./notification-journeys.ts";
import { acceptedTicketBodies, everyTicketRoute } from "./ticket-journeys.ts";
import type { ScenarioContext } from "./scenario-context.ts";

export interface PlannedRequest extends RequestOptions {
  method: string;
  path: string;
}

/** The routes of all functions, as `METHOD /function/path`. */
export function declaredRoutes(): string[] {
  return functionsUnderTest().flatMap(({ name, routes }) =>
    routes.map(({ method, path }) => `${method} /${name}${path === "/" ? "" : path}`)
  );
}

/** A body each route accepts, for those that take one. */
export const acceptedBodies: Record<string, unknown> = {
  "POST /concerts": { title: "Первый концерт" } satisfies NewConcert,
  "PATCH /concerts/:id": { title: "Новое название" },
  "POST /concerts/:id/moderate": { decision: "rejected", comment: "Нет постера" },
  "POST /concerts/:id/promote": { days: 7 },
  "PATCH /concerts/artists/me": { full_name: "Анна Певица" },
  ...acceptedCampaignBodies,
  ...acceptedNotificationBodies,
  ...acceptedTicketBodies,
};

/** How each route is called with success: prepares what it needs and answers the one request to send. */
export const everyRoute: Record<
  string,
  (context: ScenarioContext) => Promise<PlannedRequest>
> = {
  "GET /concerts": () => visit("GET", "/concerts", { when: "all", order: "-event_date" }),
  "GET /concerts/calendar.ics": () => visit("GET", "/concerts/calendar.ics"),
  "GET /concerts/mine": (context) => withOwnConcert(context, "GET", () => "/concerts/mine"),
  "POST /concerts": async (context) => ({
    method: "POST",
    path: "/concerts",
    as: await context.makeArtist(),
    body: acceptedBodies["POST /concerts"],
  }),
  "PATCH /concerts/:id": (context) =>
    withOwnConcert(context, "PATCH", (id) => `/concerts/${id}`, "PATCH /concerts/:id"),
  "DELETE /concerts/:id": (context) => withOwnConcert(context, "DELETE", (id) => `/concerts/${id}`),
  "POST /concerts/:id/submit": (context) =>
    withOwnConcert(context, "POST", (id) => `/concerts/${id}/submit`),
  "POST /concerts/:id/cancel": (context) =>
    withOwnConcert(context, "POST", (id) => `/concerts/${id}/cancel`),
  "POST /concerts/:id/hide": (context) =>
    withOwnConcert(context, "POST", (id) => `/concerts/${id}/hide`),
  "POST /concerts/:id/unhide": (context) =>
    withOwnConcert(context, "POST", (id) => `/concerts/${id}/unhide`),
  "GET /concerts/moderation": async (context) => {
    await pending(context, await context.makeArtist());
    return { method: "GET", path: "/concerts/moderation", as: await context.makeModerator() };
  },
  "POST /concerts/:id/moderate": async (context) => {
    const { id } = await pending(context, await context.makeArtist());
    return {
      method: "POST",
      path: `/concerts/${id}/moderate`,
      as: await context.makeModerator(),
      body: acceptedBodies["POST /concerts/:id/moderate"],
    };
  },
  "GET /concerts/analytics": (context) =>
    withOwnConcert(context, "GET", () => "/concerts/analytics"),
  "GET /concerts/:id/analytics": (context) =>
    withOwnConcert(context, "GET", (id) => `/concerts/${id}/analytics`),
  "GET /concerts/artists/me": (context) =>
    withOwnConcert(context, "GET", () => "/concerts/artists/me"),
  "PATCH /concerts/artists/me": async (context) => ({
    method: "PATCH",
    path: "/concerts/artists/me",
    as: await context.makeArtist(),
    body: acceptedBodies["PATCH /concerts/artists/me"],
  }),
  "GET /concerts/artists/me/statistics": (context) =>
    withOwnConcert(context, "GET", () => "/concerts/artists/me/statistics"),
  "GET /concerts/artists/me/coins": async (context) => ({
    method: "GET",
    path: "/concerts/artists/me/coins",
    as: await artistWithCoins(context, 100),
  }),
  "POST /concerts/artists/me/claim": async (context) => {
    const email = `${crypto.randomUUID()}@example.com`;
    await context.fixtures.leaveProfile({
      ownerId: `demo-${crypto.randomUUID()}`,
      email,
      fullName: "Анна Певица",
      concertId: `1795346618538-${crypto.randomUUID().slice(0, 8)}`,
      concertTitle: "Старый концерт",
      coins: 200,
    });
    return {
      method: "POST",
      path: "/concerts/artists/me/claim",
      as: await context.makeAccount({ email, verified: true }),
    };
  },
  "GET /concerts/artists/:id": async (context) => {
    const artist = await context.makeArtist();
    await draft(context, artist);
    return { method: "GET", path: `/concerts/artists/${artist.id}` };
  },
  "POST /concerts/:id/promote": async (context) => {
    const artist = await artistWithCoins(context, 100);
    const { id } = await approved(context, artist);
    return {
      method: "POST",
      path: `/concerts/${id}/promote`,
      as: artist,
      body: acceptedBodies["POST /concerts/:id/promote"],
      headers: { "idempotency-key": crypto.randomUUID() },
    };
  },
  "POST /concerts/:id/views": (context) => visitConcert(context, "POST", "/views"),
  "POST /concerts/:id/clicks": (context) => visitConcert(context, "POST", "/clicks"),
  "POST /concerts/:id/shares": (context) => visitConcert(context, "POST", "/shares"),
  "GET /concerts/:id": (context) => visitConcert(context, "GET", ""),
  "GET /storage-setup/status": () => visit("GET", "/storage-setup/status"),
  "POST /storage-setup": () =>
    Promise.resolve({ method: "POST", path: "/storage-setup", as: "service" }),
  ...everyCampaignRoute,
  ...everyNotificationRoute,
  ...everyTicketRoute,
};

function visit(
  method: string,
  path: string,
  query: Record<string, string> = {},
): Promise<PlannedRequest> {
  return Promise.resolve({ method, path, query });
}

async function visitConcert(
  context: ScenarioContext,
  method: string,
  below: string,
): Promise<PlannedRequest> {
  const { id } = await approved(context, await context.makeArtist());
  return { method, path: `/concerts/${id}${below}` };
}

async function withOwnConcert(
  context: ScenarioContext,
  method: string,
  pathOf: (id: string) => string,
  bodyOf?: string,
): Promise<PlannedRequest> {
  const artist = await context.makeArtist();
  const { id } = await draft(context, artist);
  return {
    method,
    path: pathOf(id),
    as: artist,
    ...(bodyOf ? { body: acceptedBodies[bodyOf] } : {}),
  };
}
