import assert from "node:assert/strict";
import { createApp } from "../../supabase/functions/_shared/http/create-app.ts";
import { ConfigurationError } from "../../supabase/functions/_shared/environment.ts";
import { ticketProviders } from "../../supabase/functions/_shared/domain/ticket-provider.ts";
import { concerts } from "../../supabase/functions/concerts/concerts.ts";
import { createStorageSetup } from "../../supabase/functions/storage-setup/storage-setup.ts";
import type { Person } from "../support/caller-tokens.ts";
import { assertRefused, type Reply } from "./api-client.ts";
import { acceptedBodies } from "./every-route.ts";
import { functionsUnderTest } from "./functions-under-test.ts";
import type { Scenario, ScenarioContext } from "./scenario-context.ts";

export function failureScenarios(scenario: Scenario): void {
  scenario("failures: an unknown STORAGE_MODE stops the function and is named", (context) => {
    const settings = { ...context.stack.environment };
    for (const definition of functionsUnderTest()) {
      for (const mode of ["SQL", "kv ", "postgres", "both", "0", "__proto__"]) {
        assert.throws(
          () => createApp(definition, { ...settings, STORAGE_MODE: mode }),
          (error) =>
            error instanceof ConfigurationError && /STORAGE_MODE/.test(error.message) &&
            /kv/.test(error.message) && /sql/.test(error.message),
          mode,
        );
      }
    }
    return Promise.resolve();
  });

  scenario("failures: without STORAGE_MODE it is kv", async ({ stack }) => {
    for (const mode of [undefined, ""]) {
      const app = createApp(createStorageSetup(), { ...stack.environment, STORAGE_MODE: mode });
      const answer = await (await app.request("/storage-setup/health")).json();
      assert.equal(answer.storage_mode, "kv");
    }
  });

  scenario("failures: a backend out of reach is 503, to be tried again", async (context) => {
    const artist = await context.makeArtist();
    const settings = { SUPABASE_URL: await closedAddress() };
    const logged = await captureLog(async () => {
      await everyRouteOf(context, settings, artist, (reply, route) => {
        assert.equal(
          `${reply.status} ${reply.body.code}`,
          "503 unavailable",
          `${route} ${reply.text}`,
        );
        assert.match(reply.headers.get("retry-after") ?? "", /^[1-9]\d*$/, route);
      });
      const health = await context.instanceOf(concerts, settings).send("GET", "/concerts/health");
      assertRefused(health, "unavailable");
      assert.match(health.headers.get("retry-after") ?? "", /^[1-9]\d*$/);
    });
    assertNoSecrets(logged, context, artist);
  });

  scenario(
    "failures: a gateway that answers 502, 503 or 504 is out of reach too",
    async (context) => {
      const artist = await context.makeArtist();
      for (const status of [502, 503, 504]) {
        await using backend = answering(
          () => new Response("<html>upstream connect error</html>", { status }),
        );
        await captureLog(async () => {
          const api = context.instanceOf(concerts, { SUPABASE_URL: backend.url });
          const paths = ["/concerts", "/concerts/mine", `/concerts/${crypto.randomUUID()}`];
          const replies = await Promise.all(
            paths.map((path) => api.send("GET", path, { as: artist })),
          );
          for (const reply of replies) {
            assertRefused(reply, "unavailable");
            assert.ok(reply.headers.has("retry-after"));
          }
        });
      }
    },
  );

  scenario(
    "failures: an internal error shows nothing internal and logs no secret",
    async (context) => {
      const artist = await context.makeArtist();
      const inner = {
        code: "XX000",
        message: "could not open file base/16384 of relation concerts at 10.0.0.5",
        details: "select secret_column from private.keys",
        hint: "ask the owner of the database",
      };
      await using backend = answering(() => Response.json(inner, { status: 500 }));
      const logged = await captureLog(async () => {
        await everyRouteOf(context, { SUPABASE_URL: backend.url }, artist, (reply, route) => {
          assert.ok(
            ["500 internal", "503 unavailable"].includes(`${reply.status} ${reply.body.code}`),
            `${route}: ${reply.text}`,
          );
          for (
            const fragment of [
              "XX000",
              "16384",
              "10.0.0.5",
              "secret_column",
              "owner",
              "    at ",
              "file:",
            ]
          ) {
            assert.ok(!reply.text.includes(fragment), `${route} shows ${fragment}: ${reply.text}`);
          }
          assert.ok(!reply.text.includes(backend.url));
        });
      });
      assertNoSecrets(logged, context, artist);
      const ids = [...logged.matchAll(/"request_id":"([0-9a-f-]{36})"/g)];
      assert.ok(ids.length > 0, "the fault can be found in the log by its request's id");
    },
  );

  scenario(
    "failures: a backend that answers nonsense is an internal error, no crash",
    async (context) => {
      const artist = await context.makeArtist();
      const nonsense = ["", "null", "{", "[null]", '"text"', '[{"id":1}]', "<html>"];
      for (const body of nonsense) {
        await using backend = answering(() =>
          new Response(body, { status: 200, headers: { "content-type": "application/json" } })
        );
        const logged = await captureLog(() =>
          everyRouteOf(context, { SUPABASE_URL: backend.url }, artist, (reply, route) => {
            assert.ok(
              [200, 201, 204, 404, 500, 503].includes(reply.status),
              `${route} of ${body}: ${reply.text}`,
            );
          }, false)
        );
        assertNoSecrets(logged, context, artist);
      }
    },
  );
}

/** Sends a well-formed request to every route that asks the backend, on an instance with these settings. */
async function everyRouteOf(
  context: ScenarioContext,
  settings: Record<string, string>,
  artist: Person,
  check: (reply: Reply, route: string) => void,
  checksShape = true,
): Promise<void> {
  const moderator = await context.makeModerator();
  const credentials = { anyone: artist, user: artist, moderator, service: "service" } as const;
  await Promise.all(
    functionsUnderTest().flatMap((definition) => {
      const api = context.instanceOf(definition, settings);
      // What is signed is refused before the store is asked, and kv mode knows the providers by heart.
      const asking = definition.routes.filter(({ rawBody, path }) =>
        !rawBody && path !== "/providers" && path !== "/unsubscribe"
      );
      return asking.map(async ({ method, path, access }) => {
        const at = `/${definition.name}${path === "/" ? "" : path}`;
        const asked = at.replace(":provider_id", ticketProviders[0].id)
          .replace(/:\w+/, crypto.randomUUID());
        const sent = api.send(method, asked, {
          as: credentials[access],
          body: acceptedBodies[`${method} ${at}`],
        });
        const reply = checksShape ? await sent : await sent.catch(() => undefined);
        if (reply) check(reply, `${method} ${at}`);
      });
    }),
  );
}

/** Runs `work` and answers what it wrote to the console. */
async function captureLog(work: () => Promise<void>): Promise<string> {
  const lines: string[] = [];
  const names = ["error", "warn", "info", "log", "debug"] as const;
  const before = names.map((name) => [name, console[name]] as const);
  for (const name of names) {
    console[name] = (...values: unknown[]) =>
      lines.push(values.map((value) => Deno.inspect(value)).join(" "));
  }
  try {
    await work();
  } finally {
    for (const [name, write] of before) console[name] = write;
  }
  return lines.join("\n");
}

function assertNoSecrets(text: string, { stack }: ScenarioContext, person: Person): void {
  const secrets = {
    "the secret key": stack.secretKey,
    "the signing secret": stack.jwtSecret,
    "the caller's token": person.token,
    "a part of the token": person.token.split(".")[2],
  };
  for (const [name, secret] of Object.entries(secrets)) {
    assert.ok(!text.includes(secret), `the log holds ${name}`);
  }
}

/** An address where nobody listens. */
async function closedAddress(): Promise<string> {
  const backend = answering(() => new Response());
  await backend[Symbol.asyncDispose]();
  return backend.url;
}

function answering(answer: () => Response): AsyncDisposable & { url: string } {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      await request.body?.cancel();
      return answer();
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
