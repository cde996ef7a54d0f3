import assert from "node:assert/strict";
import { assertRefused, statusOf } from "./api-client.ts";
import { declaredRoutes, everyRoute } from "./every-route.ts";
import { functionsUnderTest } from "./functions-under-test.ts";
import type { Scenario } from "./scenario-context.ts";

/** The routes of the functions as the HTTP contract lists them. */
const contract = [
  "GET /campaigns",
  "POST /campaigns",
  "GET /campaigns/:id",
  "PATCH /campaigns/:id",
  "DELETE /campaigns/:id",
  "GET /campaigns/:id/preview",
  "GET /campaigns/:id/recipients",
  "POST /campaigns/:id/test",
  "POST /campaigns/:id/schedule",
  "POST /campaigns/:id/send",
  "POST /campaigns/:id/pause",
  "POST /campaigns/:id/resume",
  "POST /campaigns/:id/cancel",
  "GET /campaigns/:id/deliveries",
  "POST /campaigns/dispatch",
  "POST /campaigns/webhooks/:provider",
  "GET /campaigns/unsubscribe",
  "POST /campaigns/unsubscribe",
  "GET /concerts",
  "GET /concerts/calendar.ics",
  "GET /concerts/:id",
  "GET /concerts/mine",
  "POST /concerts",
  "PATCH /concerts/:id",
  "DELETE /concerts/:id",
  "POST /concerts/:id/submit",
  "GET /concerts/moderation",
  "POST /concerts/:id/moderate",
  "POST /concerts/:id/promote",
  "POST /concerts/:id/cancel",
  "POST /concerts/:id/hide",
  "POST /concerts/:id/unhide",
  "POST /concerts/:id/views",
  "POST /concerts/:id/clicks",
  "POST /concerts/:id/shares",
  "GET /concerts/:id/analytics",
  "GET /concerts/analytics",
  "GET /concerts/artists/me",
  "PATCH /concerts/artists/me",
  "GET /concerts/artists/me/statistics",
  "GET /concerts/artists/me/coins",
  "POST /concerts/artists/me/claim",
  "GET /concerts/artists/:id",
  "GET /notifications",
  "GET /notifications/counts",
  "POST /notifications",
  "POST /notifications/reminders/:concert_id",
  "PATCH /notifications/:id",
  "POST /notifications/read-all",
  "DELETE /notifications/:id",
  "GET /notifications/settings",
  "PATCH /notifications/settings",
  "POST /notifications/push-subscriptions",
  "DELETE /notifications/push-subscriptions",
  "POST /notifications/dispatch",
  "GET /storage-setup/status",
  "POST /storage-setup",
  "GET /tickets/providers",
  "GET /tickets/connections",
  "PUT /tickets/connections/:provider_id",
  "DELETE /tickets/connections/:provider_id",
  "POST /tickets/sales",
  "GET /tickets/sales",
  "GET /tickets/sales/:id",
  "GET /tickets/sales.csv",
  "GET /tickets/stats",
  "GET /tickets/funnel/:concert_id",
  "POST /tickets/sales/:id/cancel",
  "POST /tickets/sales/:id/refund",
  "POST /tickets/webhooks/:provider_id",
];

interface OpenApi {
  openapi: string;
  paths: Record<
    string,
    Record<string, { security: unknown[]; responses: Record<string, unknown> }>
  >;
  components: { schemas: Record<string, { properties?: { code?: { enum: string[] } } }> };
}

export function contractScenarios(scenario: Scenario): void {
  scenario(
    "contract: the functions declare the routes of the contract, no more and no less",
    () => {
      assert.deepEqual(declaredRoutes().toSorted(), contract.toSorted());
      assert.deepEqual(Object.keys(everyRoute).toSorted(), contract.toSorted());
      return Promise.resolve();
    },
  );

  for (const [route, prepare] of Object.entries(everyRoute)) {
    scenario(`contract: ${route} answers as declared`, async (context) => {
      const { method, path, ...options } = await prepare(context);
      const { status, text } = await context.api.send(method, path, options);
      const { status: declared } = functionsUnderTest()
        .flatMap(({ name, routes }) =>
          routes.map((declaration) => ({
            route: `${declaration.method} /${name}${declaration.path}`.replace(/\/$/, ""),
            status: declaration.answers.status,
          }))
        )
        .find((declaration) => declaration.route === route) ?? {};
      assert.equal(status, declared, text);
    });
  }

  scenario("contract: OpenAPI describes every route and every error", async (context) => {
    const described: string[] = [];
    for (const { name } of functionsUnderTest()) {
      const reply = await context.api.send("GET", `/${name}/openapi.json`);
      assert.equal(reply.status, 200);
      const document = reply.body as unknown as OpenApi;
      assert.match(document.openapi, /^3\.1/);
      for (const [path, methods] of Object.entries(document.paths)) {
        for (const [method, { responses }] of Object.entries(methods)) {
          described.push(`${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ":$1")}`);
          assert.ok(responses.default, `${method} ${path} tells how it refuses`);
        }
      }
      assert.deepEqual(
        document.components.schemas.Error.properties?.code?.enum.toSorted(),
        Object.keys(statusOf).toSorted(),
      );
      for (const [, name] of reply.text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)) {
        assert.ok(document.components.schemas[name], `${name} is described`);
      }
      assert.ok(!reply.text.includes(context.stack.secretKey));
      assert.ok(!reply.text.includes(context.stack.publishableKey));
    }
    assert.deepEqual(described.toSorted(), contract.toSorted());
  });

  scenario("contract: health tells the mode, and kv mode what it cannot read", async (context) => {
    const { body, status } = await context.api.send("GET", "/concerts/health");
    assert.equal(status, 200);
    const { success, status: state, storage_mode, unreadable, ...rest } = withoutFigures(body);
    assert.deepEqual([success, state, rest], [true, "ok", {}]);
    assert.equal(storage_mode, context.mode);
    assert.deepEqual(unreadable, []);
    const storage = await context.api.send("GET", "/storage-setup/health");
    assert.deepEqual(withoutFigures(storage.body), {
      success: true,
      status: "ok",
      storage_mode: context.mode,
    });
  });

  scenario(
    "contract: health and the document are for everybody, and only to be read",
    async (context) => {
      for (const path of ["/concerts/health", "/concerts/openapi.json"]) {
        for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
          const reply = await context.api.send(method, path);
          assertRefused(reply, "method_not_allowed");
          assert.equal(reply.headers.get("allow"), "GET");
        }
      }
    },
  );
}

/** Without what only those modes tell that write to two stores. */
function withoutFigures(health: Record<string, unknown>): Record<string, unknown> {
  const { mirror: _, shadow_reads: __, ...rest } = health;
  return rest;
}
