import type { PostgrestClient } from "@supabase/postgrest-js";
import { type Accounts, openAccounts } from "../../auth/accounts.ts";
import { connectDataApi } from "../../data-api-client.ts";
import type { Environment } from "../../environment.ts";
import { createKvBackend } from "../kv/create-kv-backend.ts";
import { createKvStore } from "../kv/kv-context.ts";
import { createSqlBackend, type SqlClients } from "../sql/create-sql-backend.ts";
import { MigrationTarget } from "../transfer/migration-target.ts";
import type { StorageBackend } from "../types.ts";
import { CopyToKv } from "./copy-to-kv.ts";
import { CopyToSql } from "./copy-to-sql.ts";
import { createDualBackend } from "./create-dual-backend.ts";
import { MirrorToKv } from "./mirror-to-kv.ts";
import { MirrorToSql } from "./mirror-to-sql.ts";
import { ShadowReads } from "./shadow-reads.ts";

/** The ways to both stores of a project. */
export interface DualClients {
  /** To the key-value table; acts with a secret key. */
  kv: PostgrestClient;
  /** To the tables. */
  sql: SqlClients;
  accounts: Accounts;
}

/** The other store is waited for no longer, in milliseconds: nobody's request depends on it. */
const patience = 10_000;

/** How long an answer about the health is given again, in milliseconds. */
const rememberedFor = 5000;

/** Opens both stores of a project, of which the one that the mode is named after decides. */
export function openDualDatabase(
  environment: Environment,
  mode: "dual-kv" | "dual-sql",
): StorageBackend {
  const accounts = openAccounts(environment);
  const publishable = connectDataApi(environment, environment.publishableKeys);
  const secret = connectDataApi(environment, environment.secretKeys);
  const impatient = connectDataApi(environment, environment.secretKeys, patience);
  const shadowReads = new ShadowReads(environment.shadowReads);
  const backend = mode === "dual-kv"
    ? createDualKvBackend(
      {
        kv: secret,
        sql: {
          publishable: connectDataApi(environment, environment.publishableKeys, patience),
          secret: impatient,
        },
        accounts,
      },
      shadowReads,
    )
    : createDualSqlBackend({ kv: impatient, sql: { publishable, secret }, accounts }, shadowReads);
  return { ...backend, report: remembered(() => backend.report?.() ?? Promise.resolve({})) };
}

/** Anybody may ask for the health, and is answered for some seconds without anything being counted. */
function remembered<Answer>(ask: () => Promise<Answer>): () => Promise<Answer> {
  let answer: Promise<Answer> | undefined;
  let expires = -Infinity;
  return () => {
    const now = Date.now();
    if (answer && now < expires) return answer;
    expires = now + rememberedFor;
    return answer = ask();
  };
}

/** The key-value table decides; the tables are kept the same. */
export function createDualKvBackend(
  { kv, sql, accounts }: DualClients,
  shadowReads: ShadowReads,
): StorageBackend {
  // What the mirror itself reads and writes is not to be mirrored.
  const store = createKvStore(kv, accounts);
  const mirror = new MirrorToSql(new CopyToSql(store, sql.secret), store.table);
  return createDualBackend({
    mode: "dual-kv",
    primary: createKvBackend(kv, accounts, (key) => mirror.note(key)),
    secondary: createSqlBackend(sql),
    mirror,
    shadowReads,
  });
}

/** The tables decide; the key-value table is kept the same. */
export function createDualSqlBackend(
  { kv, sql, accounts }: DualClients,
  shadowReads: ShadowReads,
): StorageBackend {
  return createDualBackend({
    mode: "dual-sql",
    primary: createSqlBackend(sql),
    secondary: createKvBackend(kv, accounts),
    mirror: new MirrorToKv(
      new CopyToKv(sql.secret, createKvStore(kv, accounts)),
      new MigrationTarget(sql.secret),
    ),
    shadowReads,
  });
}
