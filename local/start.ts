import { readEnvFile, writeEnvFile } from "./env-file.ts";
import { createLocalKeys, type LocalKeys } from "./local-keys.ts";
import { readSettings } from "./settings.ts";
import { type LocalStack, startLocalStack } from "./stack.ts";
import { StartError } from "./start-error.ts";
import { describeStack } from "./start-report.ts";

const HELP = `Runs a Supabase of your own with the functions and demo data until Ctrl-C.

  npm start

Its settings are environment variables, such as PORT=8000 npm start:

  PORT          where to listen, on 127.0.0.1; 54321 without it, 0 takes any free port
  STORAGE_MODE  kv or sql, dual-kv or dual-sql for a migration; kv without it
  DATABASE_URL  a PostgreSQL (15 or newer) instead of the embedded one
  DATA_DIR      a folder that keeps the embedded database and the stored files; in memory without it
  KV_FILE       NDJSON, one {"key": ..., "value": ...} a line, for the key-value table

README.md has more on each.`;

/** `npm start`: runs the local stack until Ctrl-C. */
async function main(): Promise<void> {
  if (Deno.args.some((argument) => argument === "--help" || argument === "-h")) {
    return console.log(HELP);
  }
  if (Deno.args.length > 0) {
    throw new StartError(
      "npm start takes no arguments: its settings are environment variables, see README.md.",
    );
  }
  const stop = stopSignal();
  const settings = readSettings(Deno.env.toObject());
  // A Ctrl-C while it starts is heard at once and obeyed once there is something to close.
  const starting = startLocalStack({
    ...settings,
    keys: await savedKeys(),
    // The demo is for a database of its own: it would mix with the records of a file, or of somebody's PostgreSQL.
    seed: settings.kvFile === undefined && settings.databaseUrl === undefined,
    schedules: true,
  });
  const stack = await Promise.race([starting, stop]);
  if (!stack) {
    await (await starting).close();
    return;
  }
  try {
    await saveConnection(stack, settings.storageMode);
    const readyAfter = performance.now();
    const left = settings.kvFile && settings.storageMode !== "sql" ? await readHealth(stack) : {};
    console.info(describeStack(stack, settings, readyAfter, left));
    await stop;
  } finally {
    await stack.close();
  }
}

function stopSignal(): Promise<undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const signals: Deno.Signal[] = Deno.build.os === "windows"
    ? ["SIGINT", "SIGBREAK"]
    : ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) Deno.addSignalListener(signal, () => resolve(undefined));
  return promise;
}

/** The keys of the last start, so that tokens and clients made then still work. */
async function savedKeys(): Promise<LocalKeys> {
  const saved = await readEnvFile();
  const fresh = createLocalKeys();
  return {
    publishableKey: saved.SUPABASE_PUBLISHABLE_KEY || fresh.publishableKey,
    secretKey: saved.SUPABASE_SECRET_KEY || fresh.secretKey,
    jwtSecret: saved.SUPABASE_JWT_SECRET || fresh.jwtSecret,
  };
}

async function saveConnection(stack: LocalStack, storageMode: string): Promise<void> {
  await writeEnvFile({
    SUPABASE_URL: stack.url,
    SUPABASE_PUBLISHABLE_KEY: stack.publishableKey,
    SUPABASE_SECRET_KEY: stack.secretKey,
    SUPABASE_JWT_SECRET: stack.jwtSecret,
    STORAGE_MODE: storageMode,
  });
}

/** The health of the concerts function; it counts the records of the key-value table that it leaves out. */
async function readHealth(stack: LocalStack): Promise<unknown> {
  const response = await fetch(`${stack.url}/functions/v1/concerts/health`, {
    headers: { apikey: stack.secretKey },
  });
  return await response.json();
}

try {
  await main();
  Deno.exit(0);
} catch (error) {
  console.error(error instanceof StartError ? error.message : error);
  Deno.exit(1);
}
