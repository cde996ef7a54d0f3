import type { PostgrestError } from "@supabase/postgrest-js";
import { MigrationTargetError } from "../transfer/migration-target-error.ts";

/** A key whose state did not get into the tables, and why: a code, nothing of the content. */
export interface NotCopied {
  key: string;
  reason: string;
}

const foreignKeyViolation = "23503";

/**
 * Deletes what came from the keys, by `remove`; those are told that cannot go because rows refer to theirs that stay,
 * such as the sales of a concert that the other store knows nothing of. Throws when the tables do not answer.
 */
export async function deleteRecords(
  keys: readonly string[],
  remove: (keys: string[]) => Promise<unknown>,
): Promise<NotCopied[]> {
  if (keys.length === 0) return [];
  const reason = await refusalOf(() => remove([...keys]));
  if (reason === null) return [];
  if (keys.length === 1) return [{ key: keys[0], reason }];
  // One by one, and again as long as some go: one may be in the way of another.
  let waiting: NotCopied[] = keys.map((key) => ({ key, reason }));
  while (true) {
    const stay: NotCopied[] = [];
    for (const { key } of waiting) {
      const reason = await refusalOf(() => remove([key]));
      if (reason !== null) stay.push({ key, reason });
    }
    if (stay.length === 0 || stay.length === waiting.length) return stay;
    waiting = stay;
  }
}

/** The rule that stops the deletion; null when it is done. */
async function refusalOf(deletion: () => Promise<unknown>): Promise<string | null> {
  try {
    await deletion();
    return null;
  } catch (error) {
    const cause = error instanceof MigrationTargetError ? error.cause as PostgrestError : null;
    if (cause?.code !== foreignKeyViolation) throw error;
    const [, name = "foreign_key"] = /constraint "([^"]+)"/.exec(cause.message) ?? [];
    return `constraint:${name}`;
  }
}
