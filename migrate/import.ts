import type { MigrationTarget } from "../supabase/functions/_shared/database/transfer/migration-target.ts";
import { Interrupted } from "./interruption.ts";
import { summaryOf } from "./outcome-totals.ts";
import { ensureReady, patiently } from "./patiently.ts";
import type { PlanOptions, PlanResult } from "./plan.ts";
import { prepare } from "./prepare.ts";
import { sendRecords } from "./send-records.ts";
import type { Source } from "./sources/source.ts";
import { silence } from "./terminal/progress.ts";
import { AssembledRecords } from "./workspace/assembled-records.ts";
import { KeyOutcomes } from "./workspace/key-outcomes.ts";
import { openLastingWorkspace, removeWorkspace } from "./workspace/workspace-folder.ts";

export type ImportOptions = PlanOptions;

export interface ImportResult extends PlanResult {
  /** Whether it went on where an earlier one was interrupted. */
  resumed: boolean;
  /** When the source was read, if an earlier import had read it. */
  readBefore: string | null;
  /** Artists whose balance had to be set right because their profiles were kept. */
  balancesCorrected: number;
}

/**
 * Brings a source's records into the target. What is there already stays as it is, unless the source has something
 * newer; so a second import changes nothing, and an interrupted one goes on where it was.
 *
 * Throws `MigrationError` and `MigrationTargetError`, and `Interrupted` when it was asked to stop.
 */
export async function importSource(
  source: Source,
  target: MigrationTarget,
  options: ImportOptions,
): Promise<ImportResult> {
  const { only, batchSize, progress = silence, signal } = options;
  const workspace = await openLastingWorkspace(options.folder, target.url, source.name);
  let begun = false;
  try {
    await ensureReady(target);
    const { reading, keys, fingerprint, preparedBefore } = await prepare(
      source,
      workspace,
      options,
      (saved) => isUnderway(target, source.name, fingerprintOf(saved, only)),
    );
    const run = await target.beginImport(source.name, fingerprintOf(fingerprint, only), {
      only: only ?? null,
      include_test_sales: options.includeTestSales ?? false,
      records: new AssembledRecords(workspace).counts(),
    });
    begun = true;
    // What the target refused stands in the workspace alone: with another one all is sent again.
    const results = await sendRecords(workspace, target, {
      only,
      batchSize,
      run: { id: run.run_id, checkpoint: preparedBefore === null ? null : run.checkpoint },
      progress,
      signal,
    });
    const summary = summaryOf(new KeyOutcomes(workspace), keys);
    const { balances_corrected } = await patiently(() =>
      target.finishImport(run.run_id, { keys: summary.totals, records: results })
    );
    workspace.close();
    await removeWorkspace(workspace.path);
    return {
      reading,
      summary,
      results,
      resumed: run.resumed,
      readBefore: preparedBefore,
      balancesCorrected: balances_corrected,
    };
  } catch (error) {
    if (!(error instanceof Interrupted) || !begun) throw error;
    throw new Interrupted(
      "Stopped after a whole batch: run the same command to go on from there, " +
        "or rollback to take back what was imported.",
    );
  } finally {
    workspace.close();
  }
}

/**
 * Whether the target has a part of this import. Of what was never begun there, or taken back since, nothing goes on: an
 * old reading of the source must not bring back what is no longer in it.
 */
async function isUnderway(
  target: MigrationTarget,
  source: string,
  fingerprint: string,
): Promise<boolean> {
  const { runs } = await patiently(() => target.status());
  return runs.some((run) =>
    run.state === "running" && run.checkpoint !== null && run.source === source &&
    run.fingerprint === fingerprint
  );
}

/** An import of some tables only is none of all of them, and does not go on as one. */
function fingerprintOf(fingerprint: string, only: ImportOptions["only"]): string {
  return only ? `${fingerprint} ${only.join(",")}` : fingerprint;
}
