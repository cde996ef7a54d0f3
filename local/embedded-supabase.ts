import { type App, setExperimental } from "@supabase/lite";
import { createApi } from "@supabase/lite/cli";
import type { PgliteConnection } from "@supabase/lite/pglite";
import { createPostgresConnection, type PostgresConnection } from "@supabase/lite/postgres";
import { join } from "deno-std/path/join.js";
import { type Database, pgliteDatabase, postgresDatabase } from "./database.ts";
import type { LocalKeys } from "./local-keys.ts";
import { type Extensions, openPglite } from "./open-pglite.ts";
import { putSettingsTogether } from "./session-settings.ts";
import { StartError } from "./start-error.ts";
import { withoutConsole } from "./without-console.ts";

export interface EmbeddedSupabaseOptions {
  keys: LocalKeys;
  /** The address people reach the server at. */
  url: string;
  /** A real PostgreSQL; without it an embedded one. */
  databaseUrl?: string;
  /** Where the embedded PostgreSQL keeps its data; without it, in memory. */
  databaseDir?: string;
  /** Where stored objects go. */
  storageDir: string;
  /** For the embedded PostgreSQL, beyond its own. */
  extensions?: Extensions;
}

/** The Data API, Auth and Storage of Supabase over one database. */
export interface EmbeddedSupabase {
  fetch(request: Request): Promise<Response>;
  database: Database;
  /** To be called after a change to the schema: the Data API keeps what it has read of it. */
  clearSchemaCache(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts the server and makes the database Supabase-like: the auth and storage schemas, and the roles.
 *
 * @throws StartError when the database cannot be reached, opened or prepared.
 */
export async function startEmbeddedSupabase(
  options: EmbeddedSupabaseOptions,
): Promise<EmbeddedSupabase> {
  const { connection, database } = await openDatabase(options);
  try {
    markRolesReady(connection);
    putSettingsTogether(connection);
    const app = await withoutConsole(() => createLiteApp(connection, options));
    await prepareDatabase(database, app.connection.config.baseSchema ?? "", options);
    return {
      database,
      fetch: (request) =>
        database.exclusive(() => withoutConsole(async () => await app.fetch(request))),
      clearSchemaCache: () => connection.clearSchemaCache(),
      close: () => connection.close(),
    };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

async function openDatabase({ databaseUrl, databaseDir, extensions }: EmbeddedSupabaseOptions) {
  if (databaseUrl) {
    const connection = await openPostgres(databaseUrl);
    return { connection, database: postgresDatabase(connection) };
  }
  const connection = await openPglite(databaseDir, extensions);
  return { connection, database: pgliteDatabase(connection) };
}

/**
 * The server hands JSON arguments to the driver as text; by default the driver would take the text for a JSON string
 * and encode it once more. PGlite sends text as it is, too.
 */
const jsonText = (oid: number) => ({
  to: oid,
  from: [oid],
  serialize: (value: unknown) => typeof value === "string" ? value : JSON.stringify(value),
  parse: (text: string) => JSON.parse(text),
});

async function openPostgres(databaseUrl: string): Promise<PostgresConnection> {
  const connection = createPostgresConnection({
    url: databaseUrl,
    postgresOptions: {
      connect_timeout: 10,
      onnotice: () => {},
      types: { json: jsonText(114), jsonb: jsonText(3802) },
    },
  });
  try {
    await connection.driver`select 1`;
  } catch (error) {
    await connection.close();
    throw new StartError(
      `DATABASE_URL: ${describeDatabase(databaseUrl)} cannot be reached (${messageOf(error)}): ` +
        "start that PostgreSQL or correct the address.",
      { cause: error },
    );
  }
  return connection;
}

/**
 * At the first request to a table with row level security the server would grant all privileges on all tables to
 * anon and authenticated. That would hide a grant a migration forgot to make, or made too wide.
 */
function markRolesReady(connection: PgliteConnection | PostgresConnection): void {
  Reflect.set(connection, "rlsState", "active");
}

async function createLiteApp(
  connection: PgliteConnection | PostgresConnection,
  { keys, url, storageDir }: EmbeddedSupabaseOptions,
): Promise<App> {
  const api = await createApi({ root: storageDir, withSupabaseClient: false });
  api.project.local.getConfig = () =>
    Promise.resolve({
      connection,
      api: { enabled: true, schemas: ["public"], max_rows: 1000 },
      auth: {
        enabled: true,
        site_url: url,
        publishable_key: keys.publishableKey,
        secret_key: keys.secretKey,
        jwt_secret: keys.jwtSecret,
        email: { enable_confirmations: false },
      },
      storage: { enabled: true, file_size_limit: "200MiB" },
    });
  // Storage stands behind a switch of the library and one of its command line.
  setExperimental("storage", true);
  Deno.env.set("EXPERIMENTAL_STORAGE", "1");
  const app = await api.project.local.createApp(undefined, { admin: false });
  // The adapter's own folder lies in the working directory, shared by every server started there.
  Reflect.set(app._storageAdapter ?? {}, "basePath", join(storageDir, "objects"));
  return app;
}

async function prepareDatabase(
  database: Database,
  systemSchema: string,
  { databaseUrl }: EmbeddedSupabaseOptions,
): Promise<void> {
  const [{ complete, foreign }] = await database.query(
    `select
       to_regclass('auth.users') is not null and to_regclass('storage.objects') is not null as complete,
       exists (
         select from pg_catalog.pg_namespace
         where nspname = 'auth' and not pg_catalog.pg_has_role(nspowner, 'USAGE')
       ) as foreign`,
  );
  // A database of the platform's own brings all of this, under owners of its own.
  if (complete && foreign) return;
  const roles = await Deno.readTextFile(new URL("bootstrap.sql", import.meta.url));
  try {
    await database.script(complete ? roles : `${systemSchema};\n${roles}`);
  } catch (error) {
    if (!databaseUrl) throw error;
    throw new StartError(
      `DATABASE_URL: ${describeDatabase(databaseUrl)} cannot be prepared (${messageOf(error)}): ` +
        "name a user who may create roles and schemas.",
      { cause: error },
    );
  }
}

/** Host and database of an address, without the user and the password. */
export function describeDatabase(databaseUrl: string): string {
  const { host, pathname } = new URL(databaseUrl);
  return `${host}${pathname}`;
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // A refused connection is an AggregateError without a message when the host has several addresses.
  return error.message || String(Reflect.get(error, "code") ?? error.name);
}
