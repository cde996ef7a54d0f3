import type { MigrationTarget } from "../supabase/functions/_shared/database/transfer/migration-target.ts";
import type { Entity } from "../supabase/functions/_shared/database/transfer/record.ts";
import { type OutcomeSummary, summaryOf } from "./outcome-totals.ts";
import { ensureReady } from "./patiently.ts";
import { prepare, type PreparingOptions } from "./prepare.ts";
import type { SourceReading } from "./read-source.ts";
import { type EntityResults, sendRecords } from "./send-records.ts";
import type { Source } from "./sources/source.ts";
import { silence } from "./terminal/progress.ts";
import { KeyOutcomes } from "./workspace/key-outcomes.ts";
import { inTemporaryWorkspace } from "./workspace/workspace-folder.ts";

export interface PlanOptions extends PreparingOptions {
  /** Where the workspace goes. */
  folder: string;
  /** The tables to try; all of them by default. */
  only?: readonly Entity[];
  batchSize: number;
}

export interface PlanResult {
  reading: SourceReading;
  summary: OutcomeSummary;
  results: EntityResults;
}

/**
 * Does all that an import would, every constraint of the target's included, in transactions that are rolled back. What
 * records of different batches do to each other is found by what the target tells of each: see `AcrossBatches`.
 *
 * Throws `MigrationError` and `MigrationTargetError`.
 */
export function planImport(
  source: Source,
  target: MigrationTarget,
  options: PlanOptions,
): Promise<PlanResult> {
  return inTemporaryWorkspace(options.folder, async (workspace) => {
    await ensureReady(target);
    const { reading, keys } = await prepare(source, workspace, options);
    const results = await sendRecords(workspace, target, {
      only: options.only,
      batchSize: options.batchSize,
      run: null,
      progress: options.progress ?? silence,
      signal: options.signal,
    });
    return { reading, summary: summaryOf(new KeyOutcomes(workspace), keys), results };
  });
}
