import postgres from "postgres";
import { createDatabase, dropDatabase } from "./postgres-server.ts";

/** A database shaped like a hosted Supabase project's before its first migration (supabase-shape.sql). */
export interface HostedDatabase {
  /** As the role that stands for the hosted `postgres`: no superuser. What the CLI is given. */
  url: string;
  /** As the server's superuser. */
  adminUrl: string;
  /** Runs SQL text (several statements, no parameters) as the role of `url`; rows of the last one. */
  run(text: string): Promise<Record<string, unknown>[]>;
  drop(): Promise<void>;
}

/** @param serverUrl a superuser's URL of a real PostgreSQL. */
export async function createHostedDatabase(serverUrl: string): Promise<HostedDatabase> {
  const adminUrl = await createDatabase(serverUrl);
  try {
    await runSql(adminUrl, await Deno.readTextFile(new URL("supabase-shape.sql", import.meta.url)));
  } catch (error) {
    await dropDatabase(adminUrl);
    throw error;
  }
  const url = hostedRoleUrl(adminUrl);
  return {
    url,
    adminUrl,
    run: (text) => runSql(url, text),
    drop: () => dropDatabase(adminUrl),
  };
}

function hostedRoleUrl(adminUrl: string): string {
  const url = new URL(adminUrl);
  url.username = url.password = "hosted_postgres";
  // Remote databases are reached over TLS unless the URL says otherwise; a throwaway server has none.
  if (!url.searchParams.has("sslmode")) url.searchParams.set("sslmode", "disable");
  return url.href;
}

async function runSql(url: string, text: string): Promise<Record<string, unknown>[]> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    const result: unknown = await sql.unsafe(text).simple();
    return lastRows(result);
  } finally {
    await sql.end();
  }
}

/** The driver gives one array of rows for one statement, an array of those for several. */
function lastRows(result: unknown): Record<string, unknown>[] {
  const rows = Array.isArray(result) ? result : [];
  return Array.isArray(rows.at(-1)) ? rows.at(-1) : rows;
}
