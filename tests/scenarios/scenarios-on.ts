import assert from "node:assert/strict";
import type { LocalStack } from "../../local/stack.ts";
import { createApp } from "../../supabase/functions/_shared/http/create-app.ts";
import type { FunctionDefinition } from "../../supabase/functions/_shared/http/route.ts";
import { signIn } from "../support/caller-tokens.ts";
import { startTestStack } from "../support/test-stack.ts";
import { createApiClient } from "./api-client.ts";
import { functionsUnderTest } from "./functions-under-test.ts";
import type { Scenario, ScenarioContext, ScenarioTarget } from "./scenario-context.ts";

/**
 * Registers scenarios on one stack in the target's mode, started before the first scenario of the file and closed
 * after the last.
 */
export function scenariosOn(target: ScenarioTarget): Scenario {
  let stack: LocalStack | undefined;
  let context: ScenarioContext | undefined;
  Deno.test.beforeAll(async () => {
    stack = await startTestStack({ storageMode: target.mode });
    context = createContext(stack, target);
  });
  Deno.test.afterAll(async () => {
    await stack?.close();
  });
  return (name, body, needs) => {
    const isSkipped = needs !== undefined && !target.capabilities[needs.capability];
    Deno.test({
      name: `${target.mode}: ${name}${isSkipped ? ` (skipped: ${needs.reason})` : ""}`,
      ignore: isSkipped,
      // The stack's connections outlive the scenario that happens to open them.
      sanitizeOps: false,
      sanitizeResources: false,
      async fn() {
        assert.ok(context, "the stack has not started");
        try {
          await body(context);
        } finally {
          // PGlite ends its calls as a program of its own would, with an exit code that is not ours.
          Deno.exitCode = 0;
        }
      },
    });
  };
}

function createContext(stack: LocalStack, target: ScenarioTarget): ScenarioContext {
  const instanceOf = (definitions: FunctionDefinition[], settings: Record<string, string> = {}) =>
    createApiClient(
      definitions.map((definition) => ({
        definition,
        app: createApp(definition, {
          ...stack.environment,
          STORAGE_MODE: target.mode,
          ...settings,
        }),
      })),
      stack,
    );
  return {
    mode: target.mode,
    stack,
    api: instanceOf(functionsUnderTest()),
    instanceOf: (definition, settings) => instanceOf([definition], settings),
    fixtures: target.createFixtures(stack),
    makeArtist: (options) => signIn(stack, options),
    makeModerator: () => signIn(stack, { appRole: "moderator" }),
    makeAdmin: () => signIn(stack, { appRole: "admin" }),
    async makeAccount({ email, verified }) {
      const person = await signIn(stack, { email });
      await stack.sql(
        `insert into auth.users (id, aud, role, email, email_confirmed_at, created_at, updated_at)
         values ($1::uuid, 'authenticated', 'authenticated', $2::text, $3::timestamptz, now(), now())`,
        [person.id, email, verified ? new Date().toISOString() : null],
      );
      return person;
    },
  };
}
