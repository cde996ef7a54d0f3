import { removeForgotten } from "../../supabase/functions/_shared/database/dual/remove-forgotten.ts";
import { MigrationTarget } from "../../supabase/functions/_shared/database/transfer/migration-target.ts";
import { connect, type Connection, sourceConnection } from "../connection.ts";
import { reasonOf } from "../migration-error.ts";
import { printable } from "../terminal/table.ts";
import type { VerifyResult } from "../verify/verify.ts";
import type { CommandContext } from "./command-context.ts";

/** So many records are taken for deletions that did not get to the tables; more, and a share, for something else. */
const fewRecords = 20;
const smallShare = 0.1;

/** Deletes from the tables what came from keys that are gone, unless that is in doubt; how many rows. */
export async function removeExtra(
  result: VerifyResult,
  tables: Connection,
  context: CommandContext,
): Promise<number> {
  const told = result.differences.filter(({ kind }) => kind === "extra");
  const keys = [...new Set(told.map(({ key }) => key))].filter((key) => key !== null);
  if (keys.length === 0) return 0;
  const client = connect(tables);
  try {
    const doubt = await doubtAbout(result, told.length, new MigrationTarget(client));
    if (doubt !== null) {
      context.print(`Not repaired: ${doubt}`);
      return 0;
    }
    const kv = connect(sourceConnection(context.variables));
    const { deleted, notCopied } = await removeForgotten({ kv, tables: client }, keys);
    if (deleted > 0) context.print(`Repaired: ${deleted} rows deleted whose keys are gone.`);
    for (const { key, reason } of notCopied) {
      context.print(`  not repaired: ${printable(key)} (${reason})`);
    }
    return deleted;
  } catch (error) {
    context.print(`  not repaired: ${reasonOf(error)}`);
    return 0;
  }
}

/** Why records that are in the tables alone may be no deletions; null when they may well be. */
async function doubtAbout(
  { entities }: VerifyResult,
  told: number,
  target: MigrationTarget,
): Promise<string | null> {
  const compared = Object.values(entities);
  const extra = compared.reduce((sum, entity) => sum + entity.extra, 0);
  const records = compared.reduce((sum, { source }) => sum + source.count, 0);
  if (extra > told || (extra > fewRecords && extra > records * smallShare)) {
    return `${extra} records are in the tables alone. So many are hardly deletions: ` +
      "see whether this is the right key-value table.";
  }
  const { mirror } = await target.status();
  if (mirror.until === null) return null;
  return `${extra} records are in the tables alone. These list changes of their own, so the tables may be right: ` +
    "export-kv brings the records back; docs/migration.md says how to delete them.";
}
