import { MigrationError, reasonOf } from "../migration-error.ts";

/** What to tell of a file that could not be read, or not to its end. */
export function unreadableFile(path: string, error: unknown): MigrationError {
  if (error instanceof MigrationError) return error;
  return new MigrationError(sentence(path, error), { cause: error });
}

function sentence(path: string, error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return `${path} does not exist: name an export.`;
  if (error instanceof TypeError && /encoded data (was|is) not valid/.test(error.message)) {
    return `${path} is not UTF-8 or was damaged: take the file as it was exported, without conversion.`;
  }
  return `${path} cannot be read to its end (${
    reasonOf(error)
  }): export again, or take another copy.`;
}
