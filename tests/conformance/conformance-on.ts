import assert from "node:assert/strict";
import type { LocalStack } from "../../local/stack.ts";
import { openDatabase } from "../../supabase/functions/_shared/database/open-database.ts";
import { resolveEnvironment } from "../../supabase/functions/_shared/environment.ts";
import type { Person } from "../support/caller-tokens.ts";
import { signIn } from "../support/caller-tokens.ts";
import { startTestStack } from "../support/test-stack.ts";
import type {
  ConformanceContext,
  ConformanceTarget,
  ConformanceTest,
  Somebody,
} from "./conformance-context.ts";

/** Registers tests on one stack, started before the first test of the file and closed after the last. */
export function conformanceOn(target: ConformanceTarget): ConformanceTest {
  let stack: LocalStack | undefined;
  let context: ConformanceContext | undefined;
  Deno.test.beforeAll(async () => {
    stack = await startTestStack({ storageMode: target.mode });
    context = await createConformanceContext(stack, target);
  });
  Deno.test.afterAll(async () => {
    await stack?.close();
  });
  return (name, body, needs) => {
    const isSkipped = needs !== undefined && !target.capabilities[needs.capability];
    Deno.test({
      name: `${target.mode}: ${name}${isSkipped ? ` (skipped: ${needs.reason})` : ""}`,
      ignore: isSkipped,
      // The stack's connections outlive the test that happens to open them.
      sanitizeOps: false,
      sanitizeResources: false,
      async fn() {
        assert.ok(context, "the stack has not started");
        await body(context);
      },
    });
  };
}

export async function createConformanceContext(
  stack: LocalStack,
  target: ConformanceTarget,
): Promise<ConformanceContext> {
  const openAnotherBackend = () =>
    openDatabase(resolveEnvironment({ ...stack.environment, STORAGE_MODE: target.mode }));
  const backend = await openAnotherBackend();
  const enter = (person: Person, isModerator = false): Somebody => {
    const caller = { kind: "user" as const, isModerator, ...person };
    return { ...caller, database: backend.open(caller) };
  };
  return {
    stack,
    backend,
    openAnotherBackend,
    fixtures: target.createFixtures(stack),
    visitor: backend.open({ kind: "anonymous" }),
    service: backend.open({ kind: "service" }),
    makeArtist: async () => enter(await signIn(stack)),
    makeModerator: async () => enter(await signIn(stack, { appRole: "moderator" }), true),
    async makeAccount({ email, verified, id }) {
      const person = await signIn(stack, { email, id });
      await stack.sql(
        `insert into auth.users (id, aud, role, email, email_confirmed_at, created_at, updated_at)
         values ($1::uuid, 'authenticated', 'authenticated', $2::text, $3::timestamptz, now(), now())`,
        [person.id, email, verified ? new Date().toISOString() : null],
      );
      return enter(person);
    },
  };
}
