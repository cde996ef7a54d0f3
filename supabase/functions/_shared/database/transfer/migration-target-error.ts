import type { PostgrestError } from "@supabase/postgrest-js";

export type TargetProblem = "unreachable" | "unauthorized" | "not_migrated" | "timeout" | "failed";

/** The target does not do its part. The message is one sentence that says what to do about it. */
export class MigrationTargetError extends Error {
  override readonly name = "MigrationTargetError";

  constructor(readonly problem: TargetProblem, message: string, options: ErrorOptions) {
    super(message, options);
  }
}

/** What an answer of the Data API at `url` means for a migration. */
export function migrationTargetError(
  error: PostgrestError,
  status: number,
  url: string,
): MigrationTargetError {
  const say = (problem: TargetProblem, message: string) =>
    new MigrationTargetError(problem, message, { cause: error });
  const host = URL.canParse(url) ? new URL(url).origin : url;

  if (status === 401 || error.code === "42501" || error.code?.startsWith("PGRST30")) {
    return say(
      "unauthorized",
      `The target ${host} does not accept the key: set SUPABASE_SECRET_KEY to a secret key of that project that is not expired or revoked.`,
    );
  }
  // An unknown function or table, or no Data API at all behind the address.
  if (["PGRST202", "PGRST205", "42883", "42P01"].includes(error.code) || status === 404) {
    return say(
      "not_migrated",
      `The target ${host} does not have the tables of this version: apply supabase/migrations to it (supabase db push), then run the command again.`,
    );
  }
  if (error.code === "57014") {
    return say(
      "timeout",
      `The target ${host} stopped a statement that took too long: run the command again with a smaller --batch-size.`,
    );
  }
  if (status === 0 || status === 502 || status === 503 || status === 504 || status === 522) {
    return say(
      "unreachable",
      `The target ${host} does not answer: check SUPABASE_URL and that the project is running, then run the command again.`,
    );
  }
  return say(
    "failed",
    `The target ${host} failed with ${
      error.code || `status ${status}`
    } (${error.message}): nothing of this step was written; run the command again once that is solved.`,
  );
}
