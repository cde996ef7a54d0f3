import type {
  MigrationTarget,
  MigrationTotals,
} from "../../supabase/functions/_shared/database/transfer/migration-target.ts";
import {
  entities,
  type Entity,
} from "../../supabase/functions/_shared/database/transfer/record.ts";
import { MigrationError } from "../migration-error.ts";
import { type OutcomeSummary, summaryOf } from "../outcome-totals.ts";
import { ensureReady, patiently } from "../patiently.ts";
import { prepare, type PreparingOptions } from "../prepare.ts";
import type { SourceReading } from "../read-source.ts";
import type { Source } from "../sources/source.ts";
import { silence } from "../terminal/progress.ts";
import { AssembledRecords } from "../workspace/assembled-records.ts";
import { KeyOutcomes } from "../workspace/key-outcomes.ts";
import { inTemporaryWorkspace } from "../workspace/workspace-folder.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { compareEntity, type Difference, type EntityComparison } from "./compare-entity.ts";
import { type ComparedSums, compareSums, isSameButRefused, sumsOf } from "./compare-sums.ts";
import { KeptRejects, type RejectsComparison } from "./kept-rejects.ts";

/** So many differences are told one by one; all of them are counted. */
const toldDifferences = 1000;

export interface VerifyOptions extends PreparingOptions {
  /** Where the workspace goes. */
  folder: string;
  batchSize: number;
}

export interface VerifyResult extends ComparedSums {
  /** Whether the target has exactly what the source says, and no reference leads nowhere. */
  identical: boolean;
  /** Whether that is so but for records that the target refused and whose keys' values it keeps as they are. */
  identicalButRefused: boolean;
  reading: SourceReading;
  summary: OutcomeSummary;
  entities: Record<Entity, EntityComparison>;
  /** The first thousand. */
  differences: Difference[];
  /** Artists whose balance in the target is not the sum of their movements. */
  balances: MigrationTotals["coins"]["different"];
  /** References of the target that lead nowhere. */
  orphans: MigrationTotals["orphans"];
  rejects: RejectsComparison;
}

/**
 * Compares every record of a source with the target's, by values and by sums.
 *
 * Throws `MigrationError` and `MigrationTargetError` when it cannot.
 */
export function verify(
  source: Source,
  target: MigrationTarget,
  options: VerifyOptions,
): Promise<VerifyResult> {
  return inTemporaryWorkspace(options.folder, async (workspace) => {
    await ensureReady(target);
    const { reading, keys } = await prepare(source, workspace, options);
    const remark = await remarkOnTestSales(target, options.includeTestSales ?? false);
    if (remark !== null) reading.remarks.push(remark);
    const summary = summaryOf(new KeyOutcomes(workspace), keys);
    const compared = await compareAll(workspace, target, options);
    const identicalButRefused = isIdenticalButRefused(compared);
    const identical = identicalButRefused && compared.rejects.refused === 0;
    return { identical, identicalButRefused, reading, summary, ...compared };
  });
}

/** Sample sales that one reading takes and the other leaves out would all be differences. */
async function remarkOnTestSales(
  target: MigrationTarget,
  isIncluded: boolean,
): Promise<string | null> {
  const { runs } = await patiently(() => target.status());
  const wasIncluded = runs[0]?.options.include_test_sales;
  if (wasIncluded === undefined || wasIncluded === isIncluded) return null;
  return `The last import was ${
    wasIncluded ? "made with" : "made without"
  } --include-test-sales, ` +
    `this comparison is ${isIncluded ? "with" : "without"} it.`;
}

type Compared = Omit<
  VerifyResult,
  "identical" | "identicalButRefused" | "reading" | "summary"
>;

async function compareAll(
  workspace: Workspace,
  target: MigrationTarget,
  { batchSize, progress = silence, signal }: VerifyOptions,
): Promise<Compared> {
  const records = new AssembledRecords(workspace);
  const rejects = await KeptRejects.read(workspace, target);
  const counts = records.counts();
  if (Object.values(counts).every((count) => count === 0)) {
    throw new MigrationError(
      "The source gives not one record, so there is nothing to compare: name the one that has the old store's rows.",
    );
  }
  const differences: Difference[] = [];
  const comparisons: Partial<Record<Entity, EntityComparison>> = {};
  const all = sumsOf(records);
  for (const entity of entities) {
    progress.begin(`Comparing ${entity}`, counts[entity]);
    comparisons[entity] = await compareEntity(entity, records, target, {
      batchSize,
      signal,
      isRefused(record) {
        const isRefused = rejects.refuses(record);
        // What is left in the end are the records that the target has taken.
        if (isRefused) records.remove(record);
        return isRefused;
      },
      onDifference(difference) {
        if (differences.length < toldDifferences) differences.push(difference);
      },
      onRecords: (count) => progress.advance(count),
    });
    progress.end();
  }
  const totals = await patiently(() => target.totals());
  return {
    entities: comparisons as Record<Entity, EntityComparison>,
    differences,
    ...compareSums(all, sumsOf(records), totals),
    balances: totals.coins.different,
    orphans: totals.orphans.filter(({ orphans }) => orphans > 0),
    rejects: rejects.comparison(),
  };
}

function isIdenticalButRefused(compared: Compared): boolean {
  const { entities, money, coins, balances, orphans, rejects } = compared;
  return Object.values(entities).every(({ source, target, missing, refused, extra, different }) =>
    missing + extra + different === 0 && source.count === target.count + refused &&
    (refused > 0 || source.checksum === target.checksum)
  ) && [...money, ...coins].every(isSameButRefused) &&
    balances.length === 0 && orphans.length === 0 &&
    rejects.lost.length === 0 && rejects.changed.length === 0;
}
