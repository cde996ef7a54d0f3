import { stopIfAsked } from "./interruption.ts";
import { MigrationError } from "./migration-error.ts";
import type { Source } from "./sources/source.ts";
import { type Progress, silence } from "./terminal/progress.ts";
import { type ChangeKind, SourceRows } from "./workspace/source-rows.ts";
import type { Workspace } from "./workspace/workspace.ts";

/** What a source turned out to hold. */
export interface SourceReading {
  keys: number;
  /** Keys that others wrote while it was read. What was read last is what counts. */
  changed: Record<ChangeKind, string[]>;
  /** What people should know about it. */
  remarks: string[];
}

export interface ReadingOptions {
  progress?: Progress;
  /** Aborted: stop between two pages, by throwing `Interrupted`. */
  signal?: AbortSignal;
  /** Whether a source without rows is one too. */
  mayBeEmpty?: boolean;
}

/**
 * Reads a source into an empty workspace. One that others may write to is read twice: a key-value table has neither
 * clock nor snapshot, and what differs between the two readings was written meanwhile.
 *
 * Throws `MigrationError` when it cannot be read to its end, or has no rows at all and should have.
 */
export async function readSource(
  source: Source,
  workspace: Workspace,
  { progress = silence, signal, mayBeEmpty = false }: ReadingOptions = {},
): Promise<SourceReading> {
  const rows = new SourceRows(workspace);
  rows.clear();
  let repeated = 0;
  progress.begin("Reading the source", await source.count());
  for await (const page of source.read()) {
    stopIfAsked(signal);
    repeated += await rows.put(page);
    progress.advance(page.length);
  }
  progress.end();
  if (source.isLive) {
    progress.begin("Reading it again, for what has changed meanwhile", rows.count());
    for await (const page of source.read()) {
      stopIfAsked(signal);
      await rows.putAgain(page);
      progress.advance(page.length);
    }
    await rows.endSecondReading();
    progress.end();
  }
  const keys = rows.count();
  if (keys === 0 && !mayBeEmpty) {
    throw new MigrationError(
      `The source ${source.name} has no rows at all: name the one that has the old store's.`,
    );
  }
  return {
    keys,
    changed: rows.changes(),
    remarks: [
      ...source.remarks,
      ...repeated > 0 && !source.isLive
        ? [`${repeated} keys are in ${source.name} more than once: the last value of each counts.`]
        : [],
    ],
  };
}
