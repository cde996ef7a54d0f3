import { storageModes } from "../supabase/functions/_shared/database/types.ts";
import { StartError } from "./start-error.ts";

/** What `npm start` can be told, by environment variables; an empty one counts as not set. */
export interface Settings {
  /** PORT */
  port: number;
  /** STORAGE_MODE */
  storageMode: string;
  /** DATABASE_URL: a real PostgreSQL instead of the embedded one. */
  databaseUrl?: string;
  /** DATA_DIR: where the embedded data outlive the process. */
  dataDir?: string;
  /** KV_FILE: rows for the key-value table. */
  kvFile?: string;
}

const DEFAULT_PORT = 54321;

/** @throws StartError naming the variable that cannot be used. */
export function readSettings(environment: Record<string, string | undefined>): Settings {
  const read = (name: string) => environment[name] || undefined;
  return {
    port: parsePort(read("PORT")),
    storageMode: parseStorageMode(read("STORAGE_MODE")),
    databaseUrl: parseDatabaseUrl(read("DATABASE_URL")),
    dataDir: read("DATA_DIR"),
    kvFile: read("KV_FILE"),
  };
}

function parsePort(text: string | undefined): number {
  if (text === undefined) return DEFAULT_PORT;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65535) {
    throw new StartError(`PORT is "${text}": set it to a number from 0 (any free port) to 65535.`);
  }
  return port;
}

function parseStorageMode(text = "kv"): string {
  if (!storageModes.some((mode) => mode === text)) {
    throw new StartError(
      `STORAGE_MODE is "${text}": set it to "kv" (the key-value table, the default) or "sql", ` +
        'or for a migration to "dual-kv" or "dual-sql".',
    );
  }
  return text;
}

function parseDatabaseUrl(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (!/^postgres(ql)?:$/.test(URL.parse(text)?.protocol ?? "")) {
    throw new StartError(
      "DATABASE_URL is no PostgreSQL address: write it as postgresql://user:password@host:5432/database.",
    );
  }
  return text;
}
