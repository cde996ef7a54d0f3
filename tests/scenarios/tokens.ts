import assert from "node:assert/strict";
import { badAuthorizations, signIn } from "../support/caller-tokens.ts";
import { assertRefused } from "./api-client.ts";
import { approved, draft } from "./concert-journeys.ts";
import type { Scenario } from "./scenario-context.ts";

export function tokenScenarios(scenario: Scenario): void {
  scenario(
    "tokens: a bad one opens nothing and is never taken for a visitor's",
    async (context) => {
      const { api, stack } = context;
      const artist = await context.makeArtist();
      const { id } = await approved(context, artist);
      const before = await context.fixtures.everythingOf(artist.id);
      const requests = [
        ["GET", "/concerts/mine"],
        ["GET", "/concerts/moderation"],
        ["POST", "/storage-setup"],
        ["GET", "/concerts"],
        ["GET", "/concerts/calendar.ics"],
        ["GET", `/concerts/${id}`],
        ["GET", `/concerts/artists/${artist.id}`],
        ["POST", `/concerts/${id}/views`],
        ["GET", "/storage-setup/status"],
      ];
      const keys: Record<string, string>[] = [
        {},
        { apikey: stack.publishableKey },
        { apikey: stack.secretKey },
      ];
      for (const [flaw, authorization] of Object.entries(await badAuthorizations(stack))) {
        for (const [method, path] of requests) {
          for (const key of keys) {
            const reply = await api.send(method, path, { headers: { ...key, authorization } });
            const about = `${method} ${path} with ${flaw} and ${Object.keys(key)}: ${reply.text}`;
            assert.equal(`${reply.status} ${reply.body.code}`, "401 unauthorized", about);
          }
        }
      }
      assert.equal(await context.fixtures.everythingOf(artist.id), before);
    },
  );

  scenario(
    "tokens: an unknown apikey is refused, with a good token and without",
    async (context) => {
      const { api, stack } = context;
      const { token } = await context.makeArtist();
      const unknown = [
        "",
        "abc",
        `${stack.publishableKey}x`,
        stack.publishableKey.slice(0, -1),
        stack.publishableKey.toUpperCase(),
        `${stack.secretKey} `.padEnd(200, "x"),
        token,
        `Bearer ${stack.secretKey}`,
      ];
      for (const apikey of unknown) {
        for (const path of ["/concerts", "/concerts/mine", "/storage-setup/status"]) {
          assertRefused(await api.send("GET", path, { headers: { apikey } }), "unauthorized");
        }
      }
    },
  );

  scenario("tokens: a good one is good, however the scheme is written", async (context) => {
    const { api, stack } = context;
    const { token } = await context.makeArtist();
    for (const scheme of ["Bearer", "bearer", "BEARER"]) {
      const headers = { authorization: `${scheme} ${token}` };
      assert.equal((await api.send("GET", "/concerts/mine", { headers })).status, 200, scheme);
    }
    const headers = {
      authorization: `Bearer ${stack.publishableKey}`,
      apikey: stack.publishableKey,
    };
    assert.equal(
      (await api.send("GET", "/concerts", { headers })).status,
      200,
      "supabase-js without a session sends its key in both places",
    );
    assertRefused(await api.send("GET", "/concerts/mine", { headers }), "unauthorized");
  });

  scenario("tokens: a person is a person, also with the secret key beside", async (context) => {
    const { api, stack } = context;
    const artist = await context.makeArtist();
    const stranger = await context.makeArtist();
    const { id } = await draft(context, artist);
    const headers = { apikey: stack.secretKey, authorization: `Bearer ${stranger.token}` };
    assertRefused(await api.send("GET", `/concerts/${id}`, { headers }), "not_found");
    assertRefused(await api.send("POST", "/storage-setup", { headers }), "forbidden");
    assert.deepEqual(await api.data("GET", "/concerts/mine", { headers }), []);
  });

  scenario("tokens: an id in capitals is the same person", async (context) => {
    const artist = await context.makeArtist();
    const { id } = await draft(context, artist);
    const capital = await signIn(context.stack, { id: artist.id.toUpperCase() });
    const mine = await context.api.data<{ id: string }[]>("GET", "/concerts/mine", { as: capital });
    assert.deepEqual(mine.map((concert) => concert.id), [id]);
    await context.api.data("PATCH", `/concerts/${id}`, { as: capital, body: { city: "Уфа" } });
  });

  scenario(
    "tokens: what makes a moderator is the application's word, not the person's",
    async (context) => {
      const { api, stack } = context;
      const roles: Record<string, unknown>[] = [
        { app_metadata: {}, user_metadata: { role: "moderator" } },
        { app_metadata: { role: "user" } },
        { app_metadata: { role: "Moderator" } },
        { app_metadata: { role: ["moderator"] } },
        { app_metadata: { role: { moderator: true } } },
        { app_metadata: { roles: ["moderator"] } },
        { app_metadata: null },
        { app_metadata: "moderator" },
        { user_role: "moderator" },
      ];
      for (const claims of roles) {
        const token = await stack.signToken({ sub: crypto.randomUUID(), ...claims });
        const headers = { authorization: `Bearer ${token}` };
        assertRefused(await api.send("GET", "/concerts/moderation", { headers }), "forbidden");
        assert.equal((await api.send("GET", "/concerts/mine", { headers })).status, 200);
      }
    },
  );
}
