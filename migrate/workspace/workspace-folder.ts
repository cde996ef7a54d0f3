import { createHash } from "node:crypto";
import { join } from "node:path";
import { fromFileUrl } from "deno-std/path/from_file_url.js";
import { MigrationError, reasonOf } from "../migration-error.ts";
import { Workspace } from "./workspace.ts";

const temporaryName = /^temporary-.*\.sqlite$/;

/** Where workspaces are, unless MIGRATION_DIR names another place; git ignores it. */
export const defaultFolder = fromFileUrl(new URL("../../.migration/", import.meta.url));

/** A workspace that is removed with all it holds once `work` has ended, however it ends. */
export async function inTemporaryWorkspace<Result>(
  folder: string,
  work: (workspace: Workspace) => Promise<Result>,
): Promise<Result> {
  await makeFolder(folder);
  await removeForgotten(folder);
  const path = join(folder, `temporary-${crypto.randomUUID()}.sqlite`);
  const workspace = Workspace.open(path);
  try {
    return await work(workspace);
  } finally {
    workspace.close();
    await removeWorkspace(path);
  }
}

/** The workspace in which imports from the source of this name into this target go on where they were interrupted. */
export async function openLastingWorkspace(
  folder: string,
  targetUrl: string,
  sourceName: string,
): Promise<Workspace> {
  await makeFolder(folder);
  await removeForgotten(folder);
  return Workspace.open(
    join(folder, `${lastingName(targetUrl)}-${shortHash(sourceName)}.sqlite`),
  );
}

/** Removes the workspaces of interrupted imports into a target, but for those that somebody works in. */
export async function removeLastingWorkspaces(folder: string, targetUrl: string): Promise<void> {
  const isThere = await Deno.stat(folder).then(() => true, () => false);
  if (isThere) await removeUnused(folder, new RegExp(`^${lastingName(targetUrl)}-\\w+\\.sqlite$`));
}

function lastingName(targetUrl: string): string {
  return `import-${shortHash(targetUrl)}`;
}

function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

/** Removes a closed workspace's files. */
export async function removeWorkspace(path: string): Promise<void> {
  for (const suffix of ["", "-journal"]) {
    await Deno.remove(path + suffix).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
}

async function makeFolder(folder: string): Promise<void> {
  try {
    // One that is there may be anybody's, and stays as it is: the files in it are their owner's alone.
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new MigrationError(
      `The folder ${folder} cannot be made (${
        reasonOf(error)
      }): name another one by MIGRATION_DIR.`,
      { cause: error },
    );
  }
}

/** Temporary workspaces that a killed process has left behind. */
function removeForgotten(folder: string): Promise<void> {
  return removeUnused(folder, temporaryName);
}

/** Removes the workspaces of such names that nobody works in. */
async function removeUnused(folder: string, wanted: RegExp): Promise<void> {
  for await (const { name } of Deno.readDir(folder)) {
    if (!wanted.test(name)) continue;
    const path = join(folder, name);
    try {
      Workspace.open(path).close();
    } catch {
      continue; // In use.
    }
    await removeWorkspace(path);
  }
}
