import assert from "node:assert/strict";
import { artistIdOf } from "../../supabase/functions/_shared/database/legacy/ids.ts";
import { campaigns } from "../../supabase/functions/campaigns/campaigns.ts";
import { concerts } from "../../supabase/functions/concerts/concerts.ts";
import { notifications } from "../../supabase/functions/notifications/notifications.ts";
import { tickets } from "../../supabase/functions/tickets/tickets.ts";
import { someAddress, unsubscribeToken } from "./campaign-journeys.ts";
import { everyRoute, type PlannedRequest } from "./every-route.ts";
import type { ScenarioContext } from "./scenario-context.ts";
import { scenariosOn } from "./scenarios-on.ts";
import { createSqlFixtures } from "./sql-fixtures.ts";

// In sql mode a request costs one request to the backend. The table is made of the declarations, so that a route
// without a plan fails here rather than being left out.

const scenario = scenariosOn({
  mode: "sql",
  capabilities: { wordForms: true },
  createFixtures: createSqlFixtures,
});

for (const { name, routes } of [campaigns, concerts, notifications, tickets]) {
  for (const { method, path } of routes) {
    const route = `${method} /${name}${path === "/" ? "" : path}`;
    // As below: dispatchers work by batches, and a ticket provider's secret is looked up first.
    if (path === "/dispatch" || route === "POST /tickets/webhooks/:provider_id") continue;
    scenario(`one request: ${route}`, async (context) => {
      const prepare = everyRoute[route];
      assert.ok(prepare, `${route} is not in the table of every route`);
      assert.deepEqual((await backendRequestsOf(context, await prepare(context))).length, 1);
    });
  }
}

scenario("two requests a batch: the dispatcher of notifications", async (context) => {
  const { id: userId } = await context.makeArtist();
  const dispatch = (body: unknown) =>
    backendRequestsOf(context, {
      method: "POST",
      path: "/notifications/dispatch",
      as: "service",
      body,
    });
  await dispatch({});
  for (let index = 0; index < 3; index++) {
    await context.fixtures.notifications.addDue({ userId, type: "system", channel: "in_app" });
  }
  assert.deepEqual(await dispatch({ limit: 3 }), [
    "POST /rest/v1/rpc/claim_notifications",
    "POST /rest/v1/rpc/record_deliveries",
  ]);
  assert.deepEqual(await dispatch({}), ["POST /rest/v1/rpc/claim_notifications"]);
});

scenario("two requests a batch: the dispatcher of campaigns", async (context) => {
  const dispatch = () =>
    backendRequestsOf(context, { method: "POST", path: "/campaigns/dispatch", as: "service" });
  while ((await dispatch()).length > 1) {
    // Until what the routes above have left is sent.
  }
  const plan = await everyRoute["POST /campaigns/:id/send"](context);
  await backendRequestsOf(context, plan);
  assert.deepEqual(await dispatch(), [
    "POST /rest/v1/rpc/claim_campaign_batch",
    "POST /rest/v1/rpc/record_campaign_batch",
  ]);
  assert.deepEqual(await dispatch(), ["POST /rest/v1/rpc/claim_campaign_batch"]);
});

scenario("two requests a batch that the mail provider does not take", async (context) => {
  await backendRequestsOf(context, await everyRoute["POST /campaigns/:id/send"](context));
  const api = context.instanceOf(campaigns, {
    EMAIL_TRANSPORT: "resend",
    RESEND_API_KEY: "re_test",
    // Port 9 discards, where anybody listens there at all.
    RESEND_URL: "http://127.0.0.1:9",
    MAIL_FROM: "mail@promo.example",
  });
  const dispatch = { method: "POST", path: "/campaigns/dispatch", as: "service" } as const;
  assert.deepEqual(await backendRequestsOf({ ...context, api }, dispatch), [
    "POST /rest/v1/rpc/claim_campaign_batch",
    "POST /rest/v1/rpc/postpone_campaign_batch",
  ]);
});

scenario(
  "two requests: a provider's event, one when its secret was used lately",
  async (context) => {
    const plan = await everyRoute["POST /tickets/webhooks/:provider_id"](context);
    assert.deepEqual(await backendRequestsOf(context, plan), [
      "POST /rest/v1/rpc/find_webhook_secret",
      "POST /rest/v1/rpc/apply_ticket_event",
    ]);
    assert.deepEqual(await backendRequestsOf(context, plan), [
      "POST /rest/v1/rpc/apply_ticket_event",
    ]);
  },
);

scenario(
  "more requests: unsubscribing from whoever claimed a profile, by its old id",
  async (context) => {
    const { stack } = context;
    await stack.sql(
      `insert into public.artists (id, legacy_id, claimed_at)
     select gen_random_uuid(), 'crowd-' || number, now() from generate_series(1, 1001) as number`,
      [],
    );
    const [last] = await stack.sql(
      "select id, legacy_id from public.artists where legacy_id like 'crowd-%' order by id desc limit 1",
      [],
    );
    const address = someAddress();
    const formerId = await artistIdOf(String(last.legacy_id));
    const token = await unsubscribeToken(stack, formerId, address);
    const plan = { method: "POST", path: "/campaigns/unsubscribe", query: { token } };
    const requests = await backendRequestsOf(context, plan);
    // A thousand claimed profiles are looked through at once.
    assert.deepEqual(requests.map((request) => request.split("?")[0]), [
      "POST /rest/v1/rpc/suppress_address",
      "GET /rest/v1/artists",
      "GET /rest/v1/artists",
      "POST /rest/v1/rpc/suppress_address",
    ]);
    const suppressed = await stack.sql(
      "select artist_id from public.mail_suppressions where address = $1::text",
      [address],
    );
    assert.deepEqual(suppressed, [{ artist_id: last.id }]);
  },
);

scenario("one request: GET /concerts/health", async (context) => {
  const requests = await backendRequestsOf(context, { method: "GET", path: "/concerts/health" });
  assert.equal(requests.length, 1);
});

scenario("one request: what is asked of a list does not make it more", async (context) => {
  const { id: artist_id } = await context.makeArtist();
  const queries: Record<string, string | number>[] = [
    { limit: 100 },
    { q: "концерт" },
    { q: "концерт", order: "relevance" },
    { q: "концерт", city: "Москва", when: "all", promoted: "true" },
    { artist_id },
    { artist_id: "demo-user" },
    { from: "2026-01-01", to: "2027-01-01", order: "-event_date", event_type: "Концерт" },
  ];
  for (const query of queries) {
    for (const path of ["/concerts", "/concerts/calendar.ics"]) {
      const { order, limit, ...filter } = query;
      const asked = path === "/concerts" ? query : filter;
      const requests = await backendRequestsOf(context, { method: "GET", path, query: asked });
      assert.equal(requests.length, 1, `${path} ${JSON.stringify({ ...asked, order, limit })}`);
    }
  }
});

scenario("one request: what is refused before the store is asked costs none", async (context) => {
  const as = await context.makeArtist();
  const refused: PlannedRequest[] = [
    { method: "GET", path: "/concerts/mine" },
    { method: "GET", path: "/concerts/moderation", as },
    { method: "POST", path: "/concerts", as, body: { title: "аб" } },
    { method: "POST", path: "/concerts", as, rawBody: "{" },
    { method: "GET", path: "/concerts", query: { limit: 0 } },
    { method: "GET", path: "/concerts", query: { cursor: "abc" } },
    { method: "PUT", path: "/concerts", as },
    { method: "GET", path: "/concerts/openapi.json" },
    { method: "GET", path: "/concerts", headers: { authorization: "Bearer abc" } },
  ];
  for (const request of refused) {
    const requests = await backendRequestsOf(context, request, false);
    assert.deepEqual(requests, [], `${request.method} ${request.path}`);
  }
});

async function backendRequestsOf(
  { api, stack }: ScenarioContext,
  { method, path, ...options }: PlannedRequest,
  isToSucceed = true,
): Promise<string[]> {
  stack.backendRequests.length = 0;
  const reply = await api.send(method, path, options);
  if (isToSucceed) assert.ok(reply.status < 300, reply.text);
  return stack.backendRequests.map((request) => `${request.method} ${request.path}`);
}
