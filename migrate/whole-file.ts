import { MigrationError, reasonOf } from "./migration-error.ts";

/**
 * Writes a file under another name, its part, so that nobody ever sees a half of it; `finishFile` gives it its own.
 *
 * Throws `MigrationError` when it cannot be written, a full disk included; nothing is left behind then.
 */
export async function writePart(
  path: string,
  content: ReadableStream<Uint8Array<ArrayBuffer>>,
): Promise<void> {
  try {
    await refuseSpecialFile(path);
    // What is exported are people's data: for the owner's eyes.
    const options = { write: true, create: true, truncate: true, mode: 0o600 };
    using file = await Deno.open(partOf(path), options);
    for await (const bytes of content) await writeAll(file, bytes);
    // Only now is it known that the disk has room for the last of it.
    await file.sync();
  } catch (error) {
    await discardPart(path);
    throw unwritable(path, error);
  }
}

/** Gives a written part the file's name, in place of what had it before. */
export async function finishFile(path: string): Promise<void> {
  try {
    await Deno.rename(partOf(path), path);
  } catch (error) {
    await discardPart(path);
    throw unwritable(path, error);
  }
}

/** Removes a part that is not to become the file. */
export function discardPart(path: string): Promise<void> {
  return removeIfThere(partOf(path));
}

export async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function partOf(path: string): string {
  return `${path}.part`;
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await file.write(bytes.subarray(written));
  }
}

/** A device would be replaced by the file, instead of written to. */
async function refuseSpecialFile(path: string): Promise<void> {
  const found = await Deno.stat(path).catch(() => null);
  if (found && !found.isFile) throw new MigrationError(`${path} is no file: name one.`);
}

function unwritable(path: string, error: unknown): MigrationError {
  if (error instanceof MigrationError) return error;
  const code = Reflect.get(Object(error), "code");
  const message = code === "ENOSPC" || code === "EDQUOT"
    ? `The disk is full: make room for ${path}, or name another place.`
    : `${path} cannot be written (${reasonOf(error)}): name another place.`;
  return new MigrationError(message, { cause: error });
}
