import { join } from "deno-std/path/join.js";
import { StartError } from "./start-error.ts";

/** Where a stack keeps its files. */
export interface DataFolder {
  path(name: string): string;
  close(): Promise<void>;
}

/**
 * Opens `dataDir` for this process alone, or makes a scratch folder that `close` removes.
 *
 * @throws StartError when `dataDir` cannot be written or another stack uses it: two processes on one embedded
 *   database would destroy it.
 */
export async function openDataFolder(dataDir?: string): Promise<DataFolder> {
  if (dataDir === undefined) {
    const scratch = await Deno.makeTempDir({ prefix: "promo-music-" });
    return {
      path: (name) => join(scratch, name),
      close: () => Deno.remove(scratch, { recursive: true }),
    };
  }
  const lock = await openLock(dataDir);
  if (!await lock.tryLock(true)) {
    lock.close();
    throw new StartError(
      `DATA_DIR ${dataDir} is in use by another local stack: stop that one or choose another folder.`,
    );
  }
  return {
    path: (name) => join(dataDir, name),
    close: () => Promise.resolve(lock.close()),
  };
}

async function openLock(dataDir: string): Promise<Deno.FsFile> {
  try {
    await Deno.mkdir(dataDir, { recursive: true });
    return await Deno.open(join(dataDir, ".lock"), { create: true, write: true });
  } catch (error) {
    throw new StartError(
      `DATA_DIR ${dataDir} cannot be written: choose a folder you may write to.`,
      { cause: error },
    );
  }
}
