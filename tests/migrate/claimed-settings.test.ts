import assert from "node:assert/strict";
import type { StorageMode } from "../../supabase/functions/_shared/database/types.ts";
import { concerts } from "../../supabase/functions/concerts/concerts.ts";
import { putRow, rowsUnder } from "../kv/old-rows.ts";
import { createApiClient } from "../scenarios/api-client.ts";
import { signIn } from "../support/caller-tokens.ts";
import { appOn } from "../support/test-stack.ts";
import { createMigrationContext, type MigrationContext } from "./migration-context.ts";
import { emptyStores } from "../support/empty-stores.ts";

// A profile of the old product that is claimed once the tables decide: the way back knows whose the settings were.

let context: MigrationContext;
Deno.test.beforeAll(async () => {
  context = await createMigrationContext();
});
Deno.test.afterAll(() => context.close());

const email = "anna@example.com";

for (const mode of ["sql", "dual-sql"] as const) {
  Deno.test({
    name: `settings of a profile claimed in ${mode} keep the old owner's id on the way back`,
    // The stack's connections outlive the test that happens to open them.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: () => checkClaim(mode),
  });
}

async function checkClaim(mode: StorageMode): Promise<void> {
  const { stack, migrate } = context;
  await emptyStores(stack);
  await putRow(stack, "profile:demo-user", { full_name: "Анна", email });
  await putRow(stack, "notification_settings:demo-user", { pushEnabled: false });
  assert.equal((await migrate("import")).code, 0);

  const person = await signIn(stack, { email });
  await stack.sql(
    `insert into auth.users (id, aud, role, email, email_confirmed_at, created_at, updated_at)
     values ($1::uuid, 'authenticated', 'authenticated', $2::text, now(), now(), now())`,
    [person.id, email],
  );
  const api = createApiClient([{ definition: concerts, app: appOn(stack, concerts, mode) }], stack);
  await api.data("POST", "/concerts/artists/me/claim", { as: person });

  if (mode === "sql") await succeeds("export-kv");
  await succeeds("verify", ...mode === "sql" ? [] : ["--repair"]);
  const [settings, ...others] = await rowsUnder(stack, "notification_settings:");
  assert.deepEqual(others, []);
  assert.equal(settings[0], `notification_settings:${person.id}`);
  assert.equal(settings[1].legacy_id, "demo-user");
  await succeeds("export-kv");
  await succeeds("import");
  assert.deepEqual(await stack.sql("select user_id, legacy_id from notification_settings"), [
    { user_id: person.id, legacy_id: "demo-user" },
  ]);
}

async function succeeds(...args: string[]): Promise<void> {
  const { code, stdout, stderr } = await context.migrate(...args);
  assert.equal(code, 0, `${args.join(" ")}: ${stdout}\n${stderr}`);
}
