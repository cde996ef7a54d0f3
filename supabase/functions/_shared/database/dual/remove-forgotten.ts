import type { PostgrestClient } from "@supabase/postgrest-js";
import { KvTable } from "../kv/kv-table.ts";
import { MigrationTarget } from "../transfer/migration-target.ts";
import { deleteRecords, type NotCopied } from "./delete-records.ts";

/**
 * Deletes from the tables what came from keys that are gone: an instance removed them and ended before it could say so
 * to the tables. What was changed there since both stores had it stays, and what rows refer to that did not come from
 * these keys is told. Throws when a store does not answer.
 *
 * @param kv the project with the key-value table, and `tables` the one with the tables; both act with a secret key
 */
export async function removeForgotten(
  { kv, tables }: { kv: PostgrestClient; tables: PostgrestClient },
  keys: readonly string[],
): Promise<{ deleted: number; notCopied: NotCopied[] }> {
  const present = await new KvTable(kv).getMany(keys);
  const there = new Set(present.map(({ key }) => key));
  const target = new MigrationTarget(tables);
  let deleted = 0;
  const notCopied = await deleteRecords(
    keys.filter((key) => !there.has(key)),
    async (gone) => deleted += (await target.deleteUnchangedRecords(gone)).deleted,
  );
  return { deleted, notCopied };
}
