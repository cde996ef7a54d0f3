import { PostgrestClient } from "@supabase/postgrest-js";
import type { LocalStack } from "../../local/stack.ts";
import { CopyToSql } from "../../supabase/functions/_shared/database/dual/copy-to-sql.ts";
import { createKvStore } from "../../supabase/functions/_shared/database/kv/kv-context.ts";
import { MigrationTarget } from "../../supabase/functions/_shared/database/transfer/migration-target.ts";
import type { ConformanceTarget } from "../conformance/conformance-context.ts";
import { kvTarget } from "../conformance/kv-target.ts";
import { sqlTarget } from "../conformance/sql-target.ts";
import { createKvFixtures } from "../scenarios/kv-fixtures.ts";
import type { ScenarioTarget } from "../scenarios/scenario-context.ts";
import { createSqlFixtures } from "../scenarios/sql-fixtures.ts";

// What fixtures write goes past the functions: here it is brought to the other store, as an import brings what was
// written before.

export const dualKvTarget: ConformanceTarget = {
  ...kvTarget,
  mode: "dual-kv",
  createFixtures: (stack) => withHooks(kvTarget.createFixtures(stack), kvHooks(stack)),
};

export const dualSqlTarget: ConformanceTarget = {
  ...sqlTarget,
  mode: "dual-sql",
  createFixtures: (stack) => withHooks(sqlTarget.createFixtures(stack), sqlHooks(stack)),
};

export const dualKvScenarios: ScenarioTarget = {
  mode: "dual-kv",
  capabilities: kvTarget.capabilities,
  createFixtures: (stack) => withHooks(createKvFixtures(stack), kvHooks(stack)),
};

export const dualSqlScenarios: ScenarioTarget = {
  mode: "dual-sql",
  capabilities: sqlTarget.capabilities,
  createFixtures: (stack) => withHooks(createSqlFixtures(stack), sqlHooks(stack)),
};

/** The stack's Data API as the backend itself uses it. */
export function secretClient({ url, secretKey }: LocalStack): PostgrestClient {
  return new PostgrestClient(`${url}/rest/v1`, {
    headers: { apikey: secretKey, authorization: `Bearer ${secretKey}` },
    retry: false,
  });
}

/** Nobody signs in where stores are copied. */
export const noAccounts = {
  verifiedEmail: () => Promise.resolve(null),
  hasNoAccount: () => Promise.resolve(false),
};

interface Hooks {
  before(): Promise<unknown>;
  after(): Promise<unknown>;
}

function kvHooks(stack: LocalStack): Hooks {
  const client = secretClient(stack);
  const copy = new CopyToSql(createKvStore(client, noAccounts), client);
  let prepared: Promise<unknown> | undefined;
  return {
    async before() {
      await (prepared ??= stack.results(`
        create table if not exists private.fixture_writes (key text not null);
        create or replace function private.note_fixture_write() returns trigger
          language plpgsql security definer set search_path = '' as $$
        begin
          insert into private.fixture_writes values (coalesce(new.key, old.key));
          return null;
        end;
        $$;
        create or replace trigger note_fixture_write after insert or update or delete on public.kv_store_84730125
          for each row execute function private.note_fixture_write();
      `));
      await stack.sql("delete from private.fixture_writes");
    },
    async after() {
      const rows = await stack.sql("select distinct key from private.fixture_writes");
      await copy.copy(rows.map(({ key }) => String(key)));
    },
  };
}

function sqlHooks(stack: LocalStack): Hooks {
  const target = new MigrationTarget(secretClient(stack));
  let started: Promise<unknown> | undefined;
  return {
    // The next write of the functions takes along what is listed.
    before: () => started ??= target.startMirroring(),
    after: () => Promise.resolve(),
  };
}

/** The same fixtures, each call between the hooks. */
function withHooks<Fixtures extends object>(fixtures: Fixtures, hooks: Hooks): Fixtures {
  const wrapped = Object.entries(fixtures).map(([name, fixture]) => {
    if (typeof fixture !== "function") return [name, withHooks(fixture, hooks)];
    return [name, async (...parameters: unknown[]) => {
      await hooks.before();
      const answer = await fixture(...parameters);
      await hooks.after();
      return answer;
    }];
  });
  return Object.fromEntries(wrapped);
}
