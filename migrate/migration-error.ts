/**
 * Why a command cannot do its work. The message is one sentence that says what to do about it, fit to be shown alone;
 * the command line ends with 2 then.
 */
export class MigrationError extends Error {
  override readonly name = "MigrationError";
}

/** The sentence's end that tells what the system said. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
