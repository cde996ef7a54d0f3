import type { PgliteConnection } from "@supabase/lite/pglite";
import type { PostgresConnection } from "@supabase/lite/postgres";
import { keepingExitCode } from "./keeping-exit-code.ts";
import { createExclusive, type Exclusive } from "./exclusive.ts";

export type Row = Record<string, unknown>;

/** SQL as the database's owner, past every access rule. */
export interface Database {
  /** The rows of one statement; of the last one when there are several (which excludes parameters). */
  query(statement: string, parameters?: readonly unknown[]): Promise<Row[]>;
  /** The rows of every statement of a script, run on one session. */
  results(text: string): Promise<Row[][]>;
  /** A script of any number of statements in one transaction; leaves no session setting behind. */
  script(text: string): Promise<void>;
  /**
   * Holds the database for one request of the embedded server. PGlite is a single session and the server opens its
   * transactions on it without a lock, so two requests at once would run under each other's role; a real PostgreSQL
   * has a pool, where this does nothing.
   */
  exclusive: Exclusive;
}

export function pgliteDatabase({ driver }: PgliteConnection): Database {
  const oneAtATime = createExclusive();
  const exclusive: Exclusive = (task) => oneAtATime(() => keepingExitCode(task));
  return {
    exclusive,
    query: (statement, parameters = []) =>
      exclusive(async () => {
        if (parameters.length > 0) {
          return (await driver.query<Row>(statement, [...parameters])).rows;
        }
        return ((await driver.exec(statement)).at(-1)?.rows ?? []) as Row[];
      }),
    results: (text) =>
      exclusive(async () => (await driver.exec(text)).map(({ rows }) => rows as Row[])),
    script: (text) =>
      exclusive(async () => {
        try {
          await driver.transaction((transaction) => transaction.exec(text));
        } finally {
          await driver.exec("reset role; reset search_path");
        }
      }),
  };
}

export function postgresDatabase({ driver }: PostgresConnection): Database {
  return {
    exclusive: (task) => task(),
    query: async (statement, parameters = []) => {
      const result = await driver.unsafe(statement, parameters as never[]);
      // Several statements give an array of results, each an array of rows.
      const rows = Array.isArray(result.at(-1)) ? result.at(-1) : result;
      return [...(rows as unknown as Row[])];
    },
    results: async (text) => {
      const session = await driver.reserve();
      try {
        const results = await session.unsafe(text).simple();
        return (results as unknown as Row[][]).map((rows) => [...rows]);
      } finally {
        session.release();
      }
    },
    script: async (text) => {
      const session = await driver.reserve();
      try {
        await session.unsafe("begin").simple();
        await session.unsafe(text).simple();
        await session.unsafe("commit").simple();
      } catch (error) {
        await session.unsafe("rollback").simple();
        throw error;
      } finally {
        await session.unsafe("reset role; reset search_path").simple();
        session.release();
      }
    },
  };
}
