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

/** Deletes from the tables what the key-value table does not tell of any more, unless that is in doubt; how many rows. */
export async function removeExtra(
  result: VerifyResult,
  tables: Connection,
  context: CommandContext,
): Promise<number> {
  const told = result.differences.filter(({ kind }) => kind === "extra");
  const keys = [...new Set(told.map(({ key }) => key))].filter((key) => key !== null);
  // Artists without a profile follow from other records: when the last of these goes no key is left to tell of it.
  const artists = told.filter(({ entity, key }) => entity === "artists" && key === null)
    .map(({ id }) => id);
  if (keys.length + artists.length === 0) return 0;
  const client = connect(tables);
  try {
    const tooMuch = tooMuchIn(result, told.length);
    if (tooMuch !== null) {
      context.print(`Not repaired: ${tooMuch}`);
      return 0;
    }
    return await removeKeys(keys, client, context) + await removeArtists(artists, client, context);
  } catch (error) {
    context.print(`  not repaired: ${reasonOf(error)}`);
    return 0;
  }
}

/** Deletes what came from keys that are gone, unless the tables may be right; how many rows. */
async function removeKeys(
  keys: readonly string[],
  client: ReturnType<typeof connect>,
  context: CommandContext,
): Promise<number> {
  if (keys.length === 0) return 0;
  const { mirror } = await new MigrationTarget(client).status();
  if (mirror.until !== null) {
    context.print(
      `Not repaired: records of ${keys.length} keys are in the tables alone. ` +
        "These list changes of their own, so the tables may be right: " +
        "export-kv brings the records back; docs/migration.md says how to delete them.",
    );
    return 0;
  }
  const kv = connect(sourceConnection(context.variables));
  const { deleted, notCopied } = await removeForgotten({ kv, tables: client }, keys);
  if (deleted > 0) context.print(`Repaired: ${deleted} rows deleted whose keys are gone.`);
  for (const { key, reason } of notCopied) {
    context.print(`  not repaired: ${printable(key)} (${reason})`);
  }
  return deleted;
}

/**
 * Deletes artists of whom no record tells any more; how many. Also while the tables list changes of their own: nothing
 * in them refers to such an artist, and there is nothing to be lost but an id.
 */
async function removeArtists(
  ids: string[],
  client: ReturnType<typeof connect>,
  context: CommandContext,
): Promise<number> {
  if (ids.length === 0) return 0;
  const { deleted } = await new MigrationTarget(client).deleteDerivedArtists(ids);
  if (deleted > 0) {
    context.print(`Repaired: ${deleted} artists deleted of whom no record tells any more.`);
  }
  return deleted;
}

/** Why records that are in the tables alone are too many to be deletions; null when they may well be. */
function tooMuchIn({ entities }: VerifyResult, told: number): string | null {
  const compared = Object.values(entities);
  const extra = compared.reduce((sum, entity) => sum + entity.extra, 0);
  const records = compared.reduce((sum, { source }) => sum + source.count, 0);
  if (extra <= told && (extra <= fewRecords || extra <= records * smallShare)) return null;
  return `${extra} records are in the tables alone. So many are hardly deletions: ` +
    "see whether this is the right key-value table.";
}
