import type { Database } from "./database.ts";
import { StartError } from "./start-error.ts";

/**
 * Runs every *.sql of `folder` in the order of the names, each in a transaction of its own. They are written so
 * that running them again changes nothing, which is why no history is kept.
 *
 * @returns how many ran.
 * @throws StartError with the file's name and line.
 */
export async function applyMigrations(database: Database, folder: URL): Promise<number> {
  const names = (await Array.fromAsync(readFolder(folder), (entry) => entry.name))
    .filter((name) => name.endsWith(".sql"))
    .sort();
  for (const name of names) await runSqlFile(database, new URL(name, folder));
  return names.length;
}

/** @throws StartError with the file's name and line. */
export async function runSqlFile(database: Database, file: URL): Promise<void> {
  const text = await Deno.readTextFile(file);
  try {
    await database.script(text);
  } catch (error) {
    const name = file.pathname.split("/").at(-1);
    const message = error instanceof Error ? error.message : String(error);
    throw new StartError(`${name}${lineOf(error, text)}: ${message}.`, { cause: error });
  }
}

async function* readFolder(folder: URL): AsyncGenerator<Deno.DirEntry> {
  try {
    yield* Deno.readDir(folder);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** PostgreSQL gives the place of some errors as a character position, counted from 1. */
function lineOf(error: unknown, text: string): string {
  const position = Number(Reflect.get(Object(error), "position"));
  return position > 0 ? `, line ${text.slice(0, position).split("\n").length}` : "";
}
