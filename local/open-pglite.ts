import { createPgliteConnection, type PgliteConnection } from "@supabase/lite/pglite";
import { keepingExitCode } from "./keeping-exit-code.ts";
import { readSnapshot, saveSnapshot } from "./pglite-snapshot.ts";
import { StartError } from "./start-error.ts";

/** Packages of extensions, as PGlite takes them. */
export type Extensions = NonNullable<
  NonNullable<Parameters<typeof createPgliteConnection>[0]>["pgliteOptions"]
>["extensions"];

/**
 * Opens the embedded PostgreSQL.
 *
 * @param folder where it keeps its data; in memory without one.
 * @param extensions that can be created in it, beyond its own.
 * @throws StartError when what is in the folder cannot be opened.
 */
export async function openPglite(
  folder?: string,
  extensions?: Extensions,
): Promise<PgliteConnection> {
  if (folder !== undefined && await isFolder(folder)) return await openExisting(folder);
  const loadDataDir = await readSnapshot();
  const connection = await open({
    url: folder ?? "memory://",
    pgliteOptions: { loadDataDir, extensions },
  });
  if (!loadDataDir) await saveSnapshot(connection.driver);
  return connection;
}

async function openExisting(folder: string): Promise<PgliteConnection> {
  try {
    return await open({ url: folder });
  } catch (error) {
    throw new StartError(
      `DATA_DIR: the database in ${folder} cannot be opened; choose another folder or remove that one.`,
      { cause: error },
    );
  }
}

async function open(
  options: Parameters<typeof createPgliteConnection>[0],
): Promise<PgliteConnection> {
  return await keepingExitCode(async () => {
    const connection = await createPgliteConnection(options);
    await connection.driver.waitReady;
    return connection;
  });
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
