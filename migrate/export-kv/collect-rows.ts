import { canonicalRow } from "../../supabase/functions/_shared/database/transfer/columns.ts";
import { partsOf, prefixes } from "../../supabase/functions/_shared/database/legacy/keys.ts";
import { ownerOfArtist } from "../../supabase/functions/_shared/database/transfer/artists.ts";
import type { MigrationTarget } from "../../supabase/functions/_shared/database/transfer/migration-target.ts";
import {
  entities,
  type Entity,
  type ExportedRecord,
} from "../../supabase/functions/_shared/database/transfer/record.ts";
import {
  type ReturnLookups,
  rowsOf,
} from "../../supabase/functions/_shared/database/transfer/rows-of.ts";
import { stopIfAsked } from "../interruption.ts";
import { patiently } from "../patiently.ts";
import type { Progress } from "../terminal/progress.ts";
import type { AssembledRecords } from "../workspace/assembled-records.ts";
import type { Workspace } from "../workspace/workspace.ts";
import type { Decided, WriteDecision } from "./decide.ts";
import type { ReturnedRows } from "./returned-rows.ts";
import type { Settlement } from "./settlement.ts";

const pageSize = 500;

/** So many records are told of one by one; all of them are counted. */
export const toldRecords = 1000;

export interface CollectingOptions {
  decide(entity: Entity, records: readonly ExportedRecord[]): Promise<Decided[]>;
  /** Where the records go of which the target is to be told afterwards. */
  settlement: Settlement | null;
  progress: Progress;
  batchSize: number;
  signal?: AbortSignal;
}

/** What is to become of the records of a target. */
export interface Collected {
  counts: Record<WriteDecision, number>;
  /** Those that are newer in the key-value table, by their keys: the first of them. */
  newer: string[];
}

/** Reads all records of a target, and makes rows of those that are to be written. */
export async function collectRows(
  target: MigrationTarget,
  workspace: Workspace,
  returned: ReturnedRows,
  { decide, settlement, progress, batchSize, signal }: CollectingOptions,
): Promise<Collected> {
  const counts: Record<WriteDecision, number> = { write: 0, same: 0, newer_there: 0 };
  const newer: string[] = [];
  const lookups = ownersIn(returned);
  const totals = await patiently(() => target.totals());
  for (const entity of entities) {
    progress.begin(`Reading ${entity}`, totals.counts[entity]);
    let page = await patiently(() => target.exportRecords(entity, null, batchSize));
    while (page.length > 0) {
      stopIfAsked(signal);
      const last = page[page.length - 1].id;
      const records = page.map((exported) => ({
        ...exported,
        row: canonicalRow(entity, exported.row),
      }));
      const decided = await decide(entity, records);
      await workspace.transaction(async () => {
        for (const [index, record] of records.entries()) {
          const { decision, there } = decided[index];
          counts[decision]++;
          if (decision === "newer_there" && newer.length < toldRecords) {
            newer.push(there?.key ?? `${entity} ${record.id}`);
          }
          returned.setPresent(entity, record.id, there?.key ?? null, decision);
          if (decision === "same" && there !== null && isNews(there, record)) {
            settlement?.addFound(there, entity);
          }
          if (entity === "artists") returned.setOwner(record.id, await ownerOfArtist(record));
          if (entity === "coin_transactions") leaveOtherWallet(returned, there);
          if (entity === "campaign_deliveries") {
            // What is newer there goes back there with the sheet.
            const kept = decision === "newer_there" ? there : null;
            returned.addDelivery(kept ?? record, decision);
            continue;
          }
          const isLoose = entity === "coin_transactions" && there?.key === null &&
            returned.isWritten("artists", String(record.row.artist_id));
          if (decision !== "write" && entity !== "email_campaigns" && !isLoose) continue;
          const { rows, obsolete } = await rowsOf(entity, record, lookups);
          if (entity === "email_campaigns") returned.setCampaign(record.id, rows[0].key);
          // What followed from movements alone would follow from those of all the artist's ids together.
          if (decision !== "write" && !isLoose) continue;
          returned.add(rows);
          settlement?.addReturned(record, entity, rows, decision === "write");
          if (obsolete !== null) returned.addObsolete(obsolete, entity, record.id);
        }
      });
      progress.advance(page.length);
      page = await patiently(() => target.exportRecords(entity, last, batchSize));
    }
    progress.end();
  }
  await workspace.transaction(() => returned.addSheets(settlement));
  return { counts, newer };
}

/**
 * A balance that is written back has all coins of the artist. Movements under another owner's id that is theirs come
 * along: they would make a wallet of their own.
 */
function leaveOtherWallet(returned: ReturnedRows, movement: ExportedRecord | null): void {
  if (!movement?.key?.startsWith(prefixes.coinsTransaction)) return;
  const artistId = String(movement.row.artist_id);
  const { owner } = partsOf(movement.key, prefixes.coinsTransaction);
  if (owner !== returned.ownerOf(artistId) && returned.isWritten("artists", artistId)) {
    returned.addObsolete(movement.key, "artists", artistId);
  }
}

/**
 * One old row can tell of several records: a balance of a movement too, a sale of its refund. Where it is replaced for
 * the sake of one of them, or goes, the others get rows of their own.
 *
 * @param known the records that the key-value table gives now
 */
export async function addReplaced(
  returned: ReturnedRows,
  known: AssembledRecords,
  settlement: Settlement,
): Promise<void> {
  const lookups = ownersIn(returned);
  for (
    let page = returned.replaced(pageSize);
    page.length > 0;
    page = returned.replaced(pageSize)
  ) {
    for (const { entity, id, decision } of page) {
      const record = known.get(entity, id);
      if (record === null || entity === "campaign_deliveries") continue;
      const { rows } = await rowsOf(entity, record, lookups);
      returned.add(rows);
      if (decision === "same") settlement.addReturned(record, entity, rows, false);
      returned.setPresent(entity, id, record.key, "write");
    }
  }
}

/** Whether the ledger does not know yet that the key-value table has the record so. */
function isNews(there: ExportedRecord, { key, version }: ExportedRecord): boolean {
  return there.key !== key || there.version > version;
}

function ownersIn(returned: ReturnedRows): ReturnLookups {
  return { ownerOf: (artistId) => Promise.resolve(returned.ownerOf(artistId)) };
}
