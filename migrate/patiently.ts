import { retry, RetryError } from "deno-std/async/retry.js";
import type { MigrationTarget } from "../supabase/functions/_shared/database/transfer/migration-target.ts";
import { MigrationTargetError } from "../supabase/functions/_shared/database/transfer/migration-target-error.ts";

/** Two batches that exclude each other's rows: one of them was let go. */
const deadlock = "40P01";

/** Tries a call of the target again while it does not answer: each can be repeated without harm. */
export async function patiently<Answer>(call: () => Promise<Answer>): Promise<Answer> {
  try {
    return await retry(call, {
      maxAttempts: 5,
      minTimeout: 250,
      maxTimeout: 4000,
      isRetriable,
    });
  } catch (error) {
    throw error instanceof RetryError ? error.cause : error;
  }
}

function isRetriable(error: unknown): boolean {
  if (!(error instanceof MigrationTargetError)) return false;
  return error.problem === "unreachable" || Reflect.get(Object(error.cause), "code") === deadlock;
}

/** Fails now, rather than after a long reading, when the target cannot do its part. */
export async function ensureReady(target: MigrationTarget): Promise<void> {
  await patiently(() => target.exportRecords("artists", null, 1));
}
