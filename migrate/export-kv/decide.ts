import type {
  ComparedRecord,
  MigrationTarget,
} from "../../supabase/functions/_shared/database/transfer/migration-target.ts";
import type {
  Entity,
  ExportedRecord,
} from "../../supabase/functions/_shared/database/transfer/record.ts";
import { canonicalText } from "../canonical-text.ts";
import { patiently } from "../patiently.ts";
import type { AssembledRecords } from "../workspace/assembled-records.ts";
import type { Traces } from "../workspace/traces.ts";
import { portions } from "./portions.ts";

/** Whether a record is to be written, needs none, or would replace something newer. */
export type WriteDecision = "write" | "same" | "newer_there";

export interface Decided {
  decision: WriteDecision;
  /** The record as the key-value table gives it now. */
  there: ExportedRecord | null;
}

/** What the key-value table says by now. */
export interface KvKnowledge {
  /** The records it gives. */
  known: AssembledRecords;
  /** What its rows tell about others. */
  traces: Traces;
  /** Records of which keys are still to go, as `recordsWithLeftKeys` has them: they are written, though they are the same. */
  left: ReadonlySet<string>;
}

/**
 * What is to become of records of the tables. What both stores last had is known to the ledger, and tells which of the
 * two has been changed since; the times that stand in the records, which old data may have invented, decide only where
 * both were, or where nothing is known.
 */
export async function decide(
  target: MigrationTarget,
  { known, left, traces }: KvKnowledge,
  entity: Entity,
  records: readonly ExportedRecord[],
): Promise<Decided[]> {
  const all = records.map((record) => {
    const there: ExportedRecord | null = known.get(entity, record.id);
    const isSame = there !== null && canonicalText(there.row) === canonicalText(record.row);
    return { record, there, isSame };
  });
  const doubtful = all.flatMap(({ there, isSame }) => there && !isSame ? [there] : []);
  const compared = await compareAll(target, entity, doubtful);
  return all.map(({ record, there, isSame }) => {
    if (there === null) {
      // An account has claimed the profile there, and is the artist's record now. Who has the id here as an account of
      // their own came later.
      const isTakenOver = entity === "artists" && record.row.claimed_at === null &&
        traces.afterClaims(record.id) !== record.id;
      return { decision: isTakenOver ? "newer_there" : "write", there };
    }
    if (isSame) return { decision: left.has(`${entity} ${record.id}`) ? "write" : "same", there };
    const isNewer = isNewerThere(there, record, compared.get(record.id));
    return { decision: isNewer ? "newer_there" : "write", there };
  });
}

/** What the ledger knows of records of the key-value table, by their ids. */
export async function compareAll(
  target: MigrationTarget,
  entity: Entity,
  records: Iterable<ExportedRecord>,
): Promise<Map<string, ComparedRecord>> {
  const compared = new Map<string, ComparedRecord>();
  for (const some of portions(records, ({ row }) => JSON.stringify(row).length)) {
    const found = await patiently(() => target.compareRecords(entity, some));
    for (const one of found) compared.set(one.id, one);
  }
  return compared;
}

function isNewerThere(
  there: ExportedRecord,
  here: ExportedRecord,
  compared: ComparedRecord | undefined,
): boolean {
  if (compared) {
    // Nobody has written it there since; or a later state has come there after this one was read, or been put back.
    if (compared.given_agrees || there.version < compared.version) return false;
    if (compared.present_agrees) return true;
  }
  return writtenAt(there) > writtenAt(here);
}

/** When it was written. No write was in the future, whatever the data say. */
function writtenAt({ row }: ExportedRecord): string {
  const stated = String(row.updated_at ?? row.created_at ?? "");
  const now = new Date().toISOString();
  return stated < now ? stated : now;
}
