import { assemble } from "./assemble.ts";
import { type ReadingOptions, readSource, type SourceReading } from "./read-source.ts";
import type { Source } from "./sources/source.ts";
import type { Workspace } from "./workspace/workspace.ts";

export interface PreparingOptions extends ReadingOptions {
  /** Whether the rows that the old generator of sample sales made are sales too. */
  includeTestSales?: boolean;
}

/** A source whose records and outcomes are in a workspace. */
export interface Prepared {
  reading: SourceReading;
  /** The keys that all have an outcome: the source's, and those that interrupted writes still had to add. */
  keys: number;
  /** Tells these records and outcomes from any others. */
  fingerprint: string;
  /** When it was read, for one that a command before had prepared. */
  preparedBefore: string | null;
}

/** A live source that was read longer ago is read again: too much of it will have changed. */
const longestAge = 24 * 60 * 60 * 1000;

/**
 * Reads a source and makes records of it, unless the workspace has them from a command that was interrupted.
 *
 * @param isUnderway whether what was made, told by its fingerprint, is still on its way: only then it goes on
 *
 * Throws `MigrationError` when the source cannot be read.
 */
export async function prepare(
  source: Source,
  workspace: Workspace,
  options: PreparingOptions = {},
  isUnderway: (fingerprint: string) => Promise<boolean> = () => Promise.resolve(false),
): Promise<Prepared> {
  const includeTestSales = options.includeTestSales ?? false;
  const identity = JSON.stringify([await source.identity(), includeTestSales]);
  const saved = workspace.fact("prepared");
  if (saved !== null && workspace.fact("identity") === identity) {
    const prepared: Prepared = { ...JSON.parse(saved), preparedBefore: workspace.fact("read_at") };
    const age = Date.now() - Date.parse(prepared.preparedBefore ?? "");
    const isFresh = !source.isLive || age < longestAge;
    if (isFresh && await isUnderway(prepared.fingerprint)) return prepared;
  }
  workspace.setFact("identity", "");
  const reading = await readSource(source, workspace, options);
  const readAt = new Date().toISOString();
  const assembled = await assemble(workspace, { ...options, includeTestSales });
  const prepared: Omit<Prepared, "preparedBefore"> = { reading, ...assembled };
  // What is marked as prepared has to be there whatever happens.
  workspace.settle();
  workspace.setFact("prepared", JSON.stringify(prepared));
  workspace.setFact("read_at", readAt);
  workspace.setFact("identity", identity);
  return { ...prepared, preparedBefore: null };
}
