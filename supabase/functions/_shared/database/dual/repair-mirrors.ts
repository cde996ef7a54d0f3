import type { PostgrestClient } from "@supabase/postgrest-js";
import { Refusal } from "../../domain/refusal.ts";
import { createKvStore } from "../kv/kv-context.ts";
import { CopyToKv } from "./copy-to-kv.ts";
import { CopyToSql } from "./copy-to-sql.ts";
import { copyRepairs, type RepairedKeys } from "./repairs.ts";

export interface RepairedMirrors extends RepairedKeys {
  /** Changes of the tables that were brought to the key-value table. */
  carried: number;
  /** What kept changes of the tables from being brought over; they stay in the outbox. */
  failures: unknown[];
}

/**
 * Does again what the dual modes have not managed: brings over what the outbox of the tables still lists, then the
 * keys that are noted in the key-value table. Nothing is done where nothing is left; it can be repeated, and run while
 * the functions work. Throws when one of the stores does not answer.
 *
 * @param kv the project with the key-value table, and `tables` the one with the tables; both act with a secret key
 */
export async function repairMirrors(
  { kv, tables }: { kv: PostgrestClient; tables: PostgrestClient },
): Promise<RepairedMirrors> {
  const store = createKvStore(kv, noAccounts);
  const { carried, failures } = await new CopyToKv(tables, store).carryAll();
  const repaired: RepairedMirrors = { carried, copied: 0, notCopied: [], failures };
  // Without the key-value table nothing can be read of it.
  if (failures.some(isAway)) return repaired;
  return { ...repaired, ...await copyRepairs(store.table, new CopyToSql(store, tables)) };
}

function isAway(error: unknown): boolean {
  return error instanceof Refusal && error.code === "unavailable";
}

/** Nobody signs in here. */
const noAccounts = {
  verifiedEmail: () => Promise.resolve(null),
  hasNoAccount: () => Promise.resolve(false),
};
