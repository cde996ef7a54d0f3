import type { Entity } from "../../supabase/functions/_shared/database/transfer/record.ts";
import { planImport } from "../plan.ts";
import { describeOutcomes, describeResults, verdict } from "../terminal/describe-outcomes.ts";
import { describeReading } from "../terminal/describe-reading.ts";
import {
  type CommandContext,
  type ExitCode,
  sourceOf,
  targetOf,
  workspaceFolder,
} from "./command-context.ts";

/** What `plan` and `import` can be told. */
export interface ImportCommandOptions {
  from?: string;
  incomplete?: boolean;
  only?: Entity[];
  batchSize: number;
  includeTestSales?: boolean;
}

/** `plan`: what an import would do, every constraint tried out; 1 when something would be rejected. */
export async function runPlan(
  options: ImportCommandOptions & { allowRejects?: boolean },
  context: CommandContext,
): Promise<ExitCode> {
  const { target } = targetOf(context);
  const { reading, summary, results } = await planImport(
    await sourceOf(options, context),
    target,
    {
      folder: workspaceFolder(context),
      only: options.only,
      batchSize: options.batchSize,
      includeTestSales: options.includeTestSales,
      progress: context.progress,
      signal: context.signal,
    },
  );
  context.print(describeReading(reading));
  context.print(describeOutcomes(summary));
  context.print(describeResults(results));
  const { rejected } = summary.totals;
  if (rejected === 0) {
    context.print(verdict(true, "An import would reject nothing. Nothing was written."));
    return 0;
  }
  const kept = options.only
    ? "; one of all tables would keep each whole in migration_rejects"
    : " and keep them whole in migration_rejects";
  context.print(
    verdict(
      false,
      `An import would reject ${rejected.toLocaleString("en")} keys${kept}. Nothing was written.`,
    ),
  );
  return options.allowRejects ? 0 : 1;
}
