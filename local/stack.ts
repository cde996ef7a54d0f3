import { encodeBase64 } from "deno-std/encoding/base64.js";
import { jsonWebKeySet, signAccessToken, type TokenClaims } from "./access-token.ts";
import { applyMigrations, runSqlFile } from "./apply-migrations.ts";
import { openDataFolder } from "./data-folder.ts";
import type { Row } from "./database.ts";
import { startEmbeddedSupabase } from "./embedded-supabase.ts";
import type { Extensions } from "./open-pglite.ts";
import { openFunctionHost } from "./function-host.ts";
import { type BackendRequest, listen } from "./gateway.ts";
import { readKvFile, storeKvLines } from "./kv-file.ts";
import { createLocalKeys, type LocalKeys } from "./local-keys.ts";
import { createMailbox } from "./mailbox.ts";
import { startScheduler } from "./scheduler.ts";

export type { TokenClaims } from "./access-token.ts";

const SUPABASE_FOLDER = new URL("../supabase/", import.meta.url);

export interface LocalStackOptions {
  /** 0, the default, takes any free port. */
  port?: number;
  /** A real PostgreSQL instead of the embedded one. */
  databaseUrl?: string;
  /** Keeps the embedded database and the stored objects here; by default they go with the stack. */
  dataDir?: string;
  /** NDJSON rows for the key-value table. */
  kvFile?: string;
  /** What the functions get as STORAGE_MODE; default "kv". */
  storageMode?: string;
  /** Runs supabase/seed.sql when the database is fresh; default false. */
  seed?: boolean;
  /**
   * Serves the functions; default true. They read the environment of the process, so one stack at a time can.
   */
  functions?: boolean;
  /** Calls functions by the clock; default false. */
  schedules?: boolean;
  /** What the embedded PostgreSQL can create extensions from, beyond its own. */
  extensions?: Extensions;
  /** Default: fresh random ones. */
  keys?: LocalKeys;
}

/** A Supabase of our own: the Data API, Auth, Storage and the functions at one address. */
export interface LocalStack extends LocalKeys {
  url: string;
  /** The settings a function needs to work with this stack. */
  environment: Record<string, string>;
  functionNames: string[];
  /** How many rows kvFile gave. */
  kvRows: number;
  /** The rows of a statement run as the database's owner. The Data API learns of what it creates. */
  sql(query: string, parameters?: unknown[]): Promise<Row[]>;
  /** The rows of every statement of a script. */
  results(script: string): Promise<Row[][]>;
  /** An access token that the functions and the backend accept. */
  signToken(claims: TokenClaims): Promise<string>;
  /** Every request that reached /rest/v1, /auth/v1 or /storage/v1, oldest first; empty it at will. */
  backendRequests: BackendRequest[];
  /** Leaves nothing running and no scratch folder. */
  close(): Promise<void>;
}

/** @throws StartError for what the caller can mend: a taken port, an unreachable database, a bad file. */
export async function startLocalStack(options: LocalStackOptions = {}): Promise<LocalStack> {
  const keys = options.keys ?? createLocalKeys();
  await using resources = new AsyncDisposableStack();
  const gateway = listen(options.port ?? 0);
  resources.defer(() => gateway.close());
  const { url } = gateway;
  const environment = {
    SUPABASE_URL: url,
    SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: keys.publishableKey }),
    SUPABASE_SECRET_KEYS: JSON.stringify({ default: keys.secretKey }),
    SUPABASE_JWKS: jsonWebKeySet(keys.jwtSecret),
    STORAGE_MODE: options.storageMode ?? "kv",
    MAIL_CAPTURE_URL: `${url}/_mail`,
    // As lasting as the accounts of the stack: links in old mail go on working.
    UNSUBSCRIBE_KEY: keys.jwtSecret,
    RESEND_WEBHOOK_SECRET: `whsec_${btoa(keys.jwtSecret)}`,
    CREDENTIALS_KEY: await credentialsKeyOf(keys.jwtSecret),
  };

  const kvLines = options.kvFile ? await readKvFile(options.kvFile) : [];
  const folder = await openDataFolder(options.dataDir);
  resources.defer(() => folder.close());
  const supabase = await startEmbeddedSupabase({
    keys,
    url,
    databaseUrl: options.databaseUrl,
    databaseDir: options.dataDir && folder.path("database"),
    storageDir: folder.path("storage"),
    extensions: options.extensions,
  });
  resources.defer(() => supabase.close());
  const { database } = supabase;

  const [{ fresh }] = await database.query("select to_regclass('public.artists') is null as fresh");
  await applyMigrations(database, new URL("migrations/", SUPABASE_FOLDER));
  if (options.seed && fresh) await runSqlFile(database, new URL("seed.sql", SUPABASE_FOLDER));
  await storeKvLines(database, kvLines);
  await supabase.clearSchemaCache();

  const functions = options.functions === false
    ? undefined
    : openFunctionHost(new URL("functions/", SUPABASE_FOLDER), environment);
  resources.defer(() => functions?.close());
  gateway.open({ keys, supabase, mailbox: createMailbox(keys), functions });
  // What takes requests closes before the services do, and what makes them before that: so all of them end well.
  resources.defer(() => gateway.close());
  if (options.schedules) {
    resources.defer(await startScheduler(database, url, keys.secretKey));
  }

  const running = resources.move();
  return {
    ...keys,
    url,
    environment,
    functionNames: functions?.names ?? [],
    kvRows: kvLines.length,
    async sql(query, parameters) {
      const rows = await database.query(query, parameters);
      if (/\b(create|alter|drop)\b/i.test(query)) await supabase.clearSchemaCache();
      return rows;
    },
    results: (script) => database.results(script),
    signToken: (claims) => signAccessToken(claims, keys.jwtSecret, url),
    backendRequests: gateway.backendRequests,
    close: () => running.disposeAsync(),
  };
}

/** As lasting as the secret it is made of: what was encrypted with it stays readable. */
async function credentialsKeyOf(secret: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(secret));
  return encodeBase64(digest);
}
