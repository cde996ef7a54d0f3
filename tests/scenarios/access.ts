import assert from "node:assert/strict";
import type { Access } from "../../supabase/functions/_shared/http/route.ts";
import { assertRefused, type RequestOptions } from "./api-client.ts";
import { approved, draft, pending } from "./concert-journeys.ts";
import { acceptedBodies } from "./every-route.ts";
import { functionsUnderTest } from "./functions-under-test.ts";
import type { Scenario, ScenarioContext } from "./scenario-context.ts";

type Kind = "visitor" | "artist" | "moderator" | "service";

/** What each kind of caller meets at a route's door; null: let in. */
const doors: Record<Access, Record<Kind, "unauthorized" | "forbidden" | null>> = {
  anyone: { visitor: null, artist: null, moderator: null, service: null },
  user: { visitor: "unauthorized", artist: null, moderator: null, service: "forbidden" },
  moderator: {
    visitor: "unauthorized",
    artist: "forbidden",
    moderator: null,
    service: "forbidden",
  },
  service: {
    visitor: "unauthorized",
    artist: "forbidden",
    moderator: "forbidden",
    service: null,
  },
};

const routes = functionsUnderTest().flatMap(({ name, routes }) =>
  routes.map((route) => ({
    ...route,
    fullPath: `/${name}${route.path === "/" ? "" : route.path}`,
    key: `${route.method} /${name}${route.path === "/" ? "" : route.path}`,
  }))
);

export function accessScenarios(scenario: Scenario): void {
  scenario("access: every route lets in whom it declares, and nobody else", async (context) => {
    const callers: Record<Kind, RequestOptions["as"]> = {
      visitor: undefined,
      artist: await context.makeArtist(),
      moderator: await context.makeModerator(),
      service: "service",
    };
    for (const { access, method, fullPath, key, rawBody } of routes) {
      for (const [kind, as] of Object.entries(callers) as [Kind, RequestOptions["as"]][]) {
        const path = fullPath.replace(/:\w+/, crypto.randomUUID());
        const reply = await context.api.send(method, path, { as, body: acceptedBodies[key] });
        // Whoever it is: what is signed counts by its signature alone.
        const refusal = rawBody ? "unauthorized" : doors[access][kind];
        if (refusal) assertRefused(reply, refusal);
        else assert.ok(![401, 403].includes(reply.status), `${kind} at ${key}: ${reply.text}`);
      }
    }
  });

  scenario("access: who may not come in learns nothing about what they sent", async (context) => {
    for (const { access, method, fullPath } of routes) {
      if (access === "anyone" || method === "GET") continue;
      const reply = await context.api.send(method, fullPath.replace(/:\w+/, "x"), {
        rawBody: "{broken",
        headers: { "content-type": "text/plain" },
        query: { unknown: "1" },
      });
      assertRefused(reply, "unauthorized");
    }
  });

  scenario(
    "access: another artist's concert is not there, on any route, and stays unchanged",
    async (context) => {
      const { api, fixtures } = context;
      const owner = await context.makeArtist();
      const states = {
        draft: await draft(context, owner),
        pending: await pending(context, owner),
        approved: await approved(context, owner),
      };
      const stranger = await context.makeArtist();
      await draft(context, stranger);
      const moderator = await context.makeModerator();
      const before = await fixtures.everythingOf(owner.id);
      const withId = routes.filter(({ access, path }) =>
        path.startsWith("/:id") && access === "user"
      );
      assert.ok(withId.length >= 8, "the routes of owners");
      for (const { method, fullPath, key } of withId) {
        for (const [state, { id }] of Object.entries(states)) {
          // A moderator sees the concert, and still is no owner of it.
          for (const as of [stranger, moderator]) {
            const reply = await api.send(method, fullPath.replace(":id", id), {
              as,
              body: acceptedBodies[key],
              headers: { "idempotency-key": crypto.randomUUID() },
            });
            assert.equal(
              `${reply.status} ${reply.body.code}`,
              "404 not_found",
              `${key} of a ${state}`,
            );
          }
        }
      }
      const anyones = routes.filter(({ access, path }) =>
        path.startsWith("/:id") && access === "anyone"
      );
      assert.ok(anyones.length >= 4, "the routes of visitors");
      for (const { method, fullPath } of anyones) {
        for (const { id } of [states.draft, states.pending]) {
          for (const as of [stranger, undefined]) {
            assertRefused(await api.send(method, fullPath.replace(":id", id), { as }), "not_found");
          }
        }
      }
      for (const { id } of Object.values(states)) {
        const reply = await api.send("POST", `/concerts/${id}/moderate`, {
          as: stranger,
          body: { decision: "approved" },
        });
        assertRefused(reply, "forbidden");
      }
      assert.equal(await fixtures.everythingOf(owner.id), before);
    },
  );

  scenario(
    "access: nobody puts a concert under another's name, or decides for themselves",
    async (context) => {
      const { api, fixtures } = context;
      const artist = await context.makeArtist();
      const { id } = await draft(context, artist);
      const before = await fixtures.everythingOf(artist.id);
      const other = await context.makeArtist();
      for (const [field, value] of Object.entries(notTheArtists(other.id))) {
        for (const [method, path] of [["POST", "/concerts"], ["PATCH", `/concerts/${id}`]]) {
          const reply = await api.send(method, path, {
            as: artist,
            body: { title: "Мой концерт", [field]: value },
          });
          assertRefused(reply, "validation_failed", [field]);
        }
      }
      assert.equal(await fixtures.everythingOf(artist.id), before);
      assert.equal((await mineOf(context, other)).length, 0);
    },
  );
}

/** The fields of a concert that no artist writes. */
function notTheArtists(otherId: string): Record<string, unknown> {
  return {
    id: crypto.randomUUID(),
    legacy_id: "1",
    artist_id: otherId,
    tickets_sold: 0,
    moderation_status: "approved",
    moderation_comment: "Отлично",
    moderated_at: "2026-01-01T00:00:00Z",
    is_promoted: true,
    promotion_starts_at: "2026-01-01T00:00:00Z",
    promotion_ends_at: "2030-01-01T00:00:00Z",
    promotion_cost: 0,
    is_hidden: false,
    is_cancelled: false,
    views_count: 100,
    clicks_count: 100,
    shares_count: 100,
    created_at: "2026-01-01T00:00:00Z",
    updated_at: "2026-01-01T00:00:00Z",
    submitted_at: "2026-01-01T00:00:00Z",
    sold_out: false,
    rev: 1,
    legacy: {},
    owner: otherId,
    pending: [],
  };
}

function mineOf({ api }: ScenarioContext, as: RequestOptions["as"]): Promise<unknown[]> {
  return api.data("GET", "/concerts/mine", { as });
}
