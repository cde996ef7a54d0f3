import assert from "node:assert/strict";
import { concerts } from "../../supabase/functions/concerts/concerts.ts";
import { createStorageSetup } from "../../supabase/functions/storage-setup/storage-setup.ts";
import { assertRefused } from "./api-client.ts";
import { approved, draft, pending } from "./concert-journeys.ts";
import { acceptedBodies } from "./every-route.ts";
import type { Scenario } from "./scenario-context.ts";

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

/** Paths with their declared methods, as `/function/path`. */
const methodsByPath = Map.groupBy(
  [concerts, createStorageSetup()].flatMap(({ name, routes }) =>
    routes.map(({ method, path }) => ({ method, path: `/${name}${path === "/" ? "" : path}` }))
  ),
  ({ path }) => path,
);

export function protocolScenarios(scenario: Scenario): void {
  scenario(
    "protocol: another method of a known path is 405 and tells which there are",
    async (context) => {
      const artist = await context.makeArtist();
      for (const [path, routes] of methodsByPath) {
        const allowed = routes.map(({ method }) => method);
        for (const method of methods.filter((method) => !allowed.includes(method))) {
          for (const as of [undefined, artist]) {
            const at = path.replace(":id", crypto.randomUUID());
            const reply = await context.api.send(method, at, {
              as,
              ...(method === "GET" ? {} : { body: {} }),
            });
            const about = `${method} ${path}: ${reply.text}`;
            assert.equal(`${reply.status} ${reply.body.code}`, "405 method_not_allowed", about);
            const told = reply.headers.get("allow")?.split(", ").toSorted();
            assert.deepEqual(told, allowed.toSorted(), path);
          }
        }
      }
    },
  );

  scenario("protocol: an unknown path is 404, also for its method", async (context) => {
    const id = crypto.randomUUID();
    const paths = [
      "/concerts/artists",
      `/concerts/${id}/unknown`,
      `/concerts/${id}/views/more`,
      "/concerts/artists/me/unknown",
      "/concerts//views",
      "/storage-setup/unknown",
      "/storage-setup/status/more",
    ];
    for (const path of paths) {
      for (const method of ["GET", "POST", "DELETE"]) {
        const reply = await context.api.send(method, path);
        const isId = path === "/concerts/artists";
        if (!isId) assertRefused(reply, "not_found");
        else assert.ok([401, 404, 405].includes(reply.status), reply.text);
      }
    }
  });

  scenario(
    "protocol: a trailing slash changes nothing, HEAD is GET without a body",
    async (context) => {
      const artist = await context.makeArtist();
      const { id } = await approved(context, artist);
      for (const path of ["/concerts/", `/concerts/${id}/`, "/storage-setup/status/"]) {
        assert.equal((await context.api.send("GET", path)).status, 200, path);
      }
      const head = await context.api.send("HEAD", `/concerts/${id}`);
      assert.deepEqual([head.status, head.text], [200, ""]);
    },
  );

  scenario("protocol: the body is JSON, says so, and is well-formed", async (context) => {
    const { api } = context;
    const artist = await context.makeArtist();
    const moderator = await context.makeModerator();
    const { id } = await draft(context, artist);
    const waiting = await pending(context, artist);
    const before = await context.fixtures.everythingOf(artist.id);
    for (const [key, body] of Object.entries(acceptedBodies)) {
      const [method, path] = key.split(" ");
      const at = path.replace(":id", key.endsWith("moderate") ? waiting.id : id);
      const as = key.endsWith("moderate") ? moderator : artist;
      const types = [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/json",
        "application/jsonp",
        "application/json-patch+json",
        "",
      ];
      for (const type of types) {
        const reply = await api.send(method, at, {
          as,
          rawBody: new TextEncoder().encode(JSON.stringify(body)),
          headers: { "content-type": type },
        });
        assertRefused(reply, "unsupported_media_type");
      }
      const untyped = await api.send(method, at, {
        as,
        rawBody: new TextEncoder().encode(JSON.stringify(body)),
      });
      assertRefused(untyped, "unsupported_media_type");
      const broken = [
        "",
        " ",
        "{",
        '{"title":}',
        "{'title':'x'}",
        '{"title":"x",}',
        "undefined",
        "NaN",
        '{"title":"x"}{"title":"y"}',
        '{"title":"a\nb"}',
        "\u0000",
      ];
      for (const rawBody of broken) {
        const reply = await api.send(method, at, {
          as,
          rawBody,
          headers: { "content-type": "application/json" },
        });
        assertRefused(reply, "invalid_json");
      }
      const notUtf8 = await api.send(method, at, {
        as,
        rawBody: new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
        headers: { "content-type": "application/json" },
      });
      assert.equal(notUtf8.status, 400, notUtf8.text);
    }
    assert.equal(await context.fixtures.everythingOf(artist.id), before);
    const charset = await api.send("PATCH", `/concerts/${id}`, {
      as: artist,
      rawBody: '{"city":"Уфа"}',
      headers: { "content-type": "Application/JSON; charset=UTF-8" },
    });
    assert.equal(charset.status, 200, charset.text);
    const deep = await api.send("PATCH", `/concerts/${id}`, {
      as: artist,
      rawBody: `{"city":${"[".repeat(50_000)}${"]".repeat(50_000)}}`,
      headers: { "content-type": "application/json" },
    });
    assertRefused(deep, "validation_failed");
    for (const { path } of deep.body.details ?? []) assert.equal(path, "city");
  });

  scenario(
    "protocol: a body of 1 MB is too large, on every route and however it is sent",
    async (context) => {
      const { api } = context;
      const artist = await context.makeArtist();
      const { id } = await draft(context, artist);
      const before = await context.fixtures.everythingOf(artist.id);
      const body = JSON.stringify({ title: "Название", description: "x".repeat(1_048_576) });
      const headers = { "content-type": "application/json" };
      for (const [path, routes] of methodsByPath) {
        for (const { method } of routes.filter(({ method }) => method !== "GET")) {
          const at = path.replace(":id", id);
          const declared = await api.send(method, at, {
            as: artist,
            rawBody: body,
            headers: { ...headers, "content-length": String(body.length) },
          });
          assertRefused(declared, "too_large");
        }
      }
      for (const length of [undefined, "10"]) {
        const streamed = await api.send("PATCH", `/concerts/${id}`, {
          as: artist,
          rawBody: new Blob([body]).stream(),
          headers: { ...headers, ...(length ? { "content-length": length } : {}) },
        });
        assert.ok([400, 413].includes(streamed.status), streamed.text.slice(0, 300));
      }
      assert.equal(await context.fixtures.everythingOf(artist.id), before);
    },
  );

  scenario("protocol: a request id that is a UUID is kept, any other replaced", async (context) => {
    const { api } = context;
    const id = crypto.randomUUID();
    for (const path of ["/concerts", "/concerts/unknown-id", "/concerts/health"]) {
      const kept = await api.send("GET", path, { headers: { "x-request-id": id } });
      assert.equal(kept.headers.get("x-request-id"), id, path);
      if (kept.status >= 400) assert.equal(kept.body.request_id, id);
      for (const other of ["", "1", `${id}x`, "<script>", "a".repeat(5000)]) {
        const made = await api.send("GET", path, { headers: { "x-request-id": other } });
        assert.notEqual(made.headers.get("x-request-id"), other);
      }
    }
    const [one, another] = await Promise.all([
      api.send("GET", "/concerts"),
      api.send("GET", "/concerts"),
    ]);
    assert.notEqual(one.headers.get("x-request-id"), another.headers.get("x-request-id"));
  });

  scenario(
    "protocol: pages of other origins may ask, and see the headers they need",
    async (context) => {
      const { api } = context;
      for (const [path, routes] of methodsByPath) {
        for (const { method } of routes) {
          const reply = await api.send("OPTIONS", path.replace(":id", crypto.randomUUID()), {
            headers: {
              origin: "https://promo.music",
              "access-control-request-method": method,
              "access-control-request-headers": "authorization, content-type, idempotency-key",
            },
          });
          assert.ok([200, 204].includes(reply.status), `${path}: ${reply.text}`);
          assert.equal(reply.headers.get("access-control-allow-origin"), "*");
          assert.ok(reply.headers.get("access-control-allow-methods")?.includes(method), path);
          const allowed = reply.headers.get("access-control-allow-headers")?.toLowerCase() ?? "";
          for (
            const name of [
              "authorization",
              "apikey",
              "content-type",
              "idempotency-key",
              "x-client-info",
            ]
          ) {
            assert.ok(allowed.includes(name), name);
          }
          assert.equal(reply.headers.get("access-control-allow-credentials"), null);
        }
      }
      const origin = { origin: "https://promo.music" };
      const artist = await context.makeArtist();
      const replies = [
        await api.send("GET", "/concerts", { headers: origin }),
        await api.send("GET", "/concerts/mine", { headers: origin }),
        await api.send("GET", "/concerts/none", { headers: origin }),
        await api.send("PUT", "/concerts", { headers: origin }),
        await api.send("GET", "/concerts/calendar.ics", { headers: origin }),
        await api.send("GET", "/concerts/health", { headers: origin }),
        await api.send("GET", "/storage-setup/status", { headers: origin }),
        await api.send("POST", "/concerts", { as: artist, rawBody: "{", headers: origin }),
      ];
      for (const { headers, status } of replies) {
        assert.equal(headers.get("access-control-allow-origin"), "*", String(status));
        const exposed = headers.get("access-control-expose-headers")?.toLowerCase() ?? "";
        for (const name of ["x-request-id", "idempotent-replayed", "retry-after"]) {
          assert.ok(exposed.includes(name), name);
        }
      }
    },
  );
}
