import { repairMirrors } from "../../supabase/functions/_shared/database/dual/repair-mirrors.ts";
import { connect, type Connection, sourceConnection } from "../connection.ts";
import { reasonOf } from "../migration-error.ts";
import { describeOutcomes } from "../terminal/describe-outcomes.ts";
import { describeReading } from "../terminal/describe-reading.ts";
import { describeVerdict, describeVerification } from "../terminal/describe-verification.ts";
import { printable } from "../terminal/table.ts";
import { verify } from "../verify/verify.ts";
import {
  type CommandContext,
  type ExitCode,
  sourceOf,
  targetOf,
  workspaceFolder,
} from "./command-context.ts";
import { removeExtra } from "./remove-extra.ts";

/** `verify`: compares source and target; 0 identical, 1 differences, of which refused records can be allowed. */
export async function runVerify(
  options: {
    from?: string;
    incomplete?: boolean;
    batchSize: number;
    includeTestSales?: boolean;
    json?: boolean;
    repair?: boolean;
    allowRejects?: boolean;
  },
  context: CommandContext,
): Promise<ExitCode> {
  const { target, ...connection } = targetOf(context);
  const tell = options.json ? () => {} : context.print;
  if (options.repair) await repair(connection, { ...context, print: tell });
  const compare = async () =>
    await verify(await sourceOf(options, context), target, {
      folder: workspaceFolder(context),
      batchSize: options.batchSize,
      includeTestSales: options.includeTestSales,
      progress: context.progress,
      signal: context.signal,
    });
  let result = await compare();
  if (options.repair && options.from === undefined) {
    const removed = await removeExtra(result, connection, { ...context, print: tell });
    if (removed > 0) result = await compare();
  }
  const { allowRejects = false } = options;
  const isFine = allowRejects ? result.identicalButRefused : result.identical;
  if (options.json) {
    context.print(JSON.stringify(result, null, 2));
    return isFine ? 0 : 1;
  }
  context.print(describeReading(result.reading));
  context.print(describeOutcomes(result.summary));
  context.print(describeVerification(result));
  context.print(describeVerdict(result, allowRejects));
  return isFine ? 0 : 1;
}

/** Does again what the dual modes have not managed. */
async function repair(tables: Connection, context: CommandContext): Promise<void> {
  const kv = sourceConnection(context.variables);
  const repaired = await repairMirrors({ kv: connect(kv), tables: connect(tables) });
  context.print(
    `Repaired: ${repaired.copied} keys brought to the tables, ${repaired.carried} rows to the key-value table.`,
  );
  for (const { key, reason } of repaired.notCopied) {
    context.print(`  not repaired: ${printable(key)} (${reason})`);
  }
  for (const failure of repaired.failures) context.print(`  not repaired: ${reasonOf(failure)}`);
}
