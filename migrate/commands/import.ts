import { importSource } from "../import.ts";
import { describeOutcomes, describeResults, verdict } from "../terminal/describe-outcomes.ts";
import { describeReading } from "../terminal/describe-reading.ts";
import {
  type CommandContext,
  type ExitCode,
  sourceOf,
  targetOf,
  workspaceFolder,
} from "./command-context.ts";
import type { ImportCommandOptions } from "./plan.ts";

/** `import`: brings the records into the target; goes on where it was interrupted; 1 when something was rejected. */
export async function runImport(
  options: ImportCommandOptions & { allowRejects?: boolean },
  context: CommandContext,
): Promise<ExitCode> {
  const { target, url } = targetOf(context);
  const source = await sourceOf(options, context);
  const result = await importSource(source, target, {
    folder: workspaceFolder(context),
    only: options.only,
    batchSize: options.batchSize,
    includeTestSales: options.includeTestSales,
    progress: context.progress,
    signal: context.signal,
  });
  if (result.resumed || result.readBefore) {
    const readAt = result.readBefore ? ` (its source was read at ${result.readBefore})` : "";
    context.print(`Went on with an import that had been interrupted${readAt}.`);
    if (result.readBefore && source.isLive) {
      context.print("Import once more to take in what was written since then.");
    }
  }
  context.print(describeReading(result.reading));
  context.print(describeOutcomes(result.summary));
  context.print(describeResults(result.results));
  if (result.balancesCorrected > 0) {
    context.print(
      `${result.balancesCorrected} balances of coins were set to their movements' sum.`,
    );
  }
  const { rejected } = result.summary.totals;
  const done = options.only
    ? `Imported ${options.only.join(", ")} into ${url}; nothing else was sent.`
    : `Imported into ${url}.`;
  const left = options.only
    ? "keys are rejected: an import of all tables keeps each whole in migration_rejects."
    : "keys were rejected and are whole in migration_rejects.";
  context.print(
    verdict(
      rejected === 0,
      rejected === 0 ? done : `${done} ${rejected.toLocaleString("en")} ${left}`,
    ),
  );
  return rejected === 0 || options.allowRejects ? 0 : 1;
}
