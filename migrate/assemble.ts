import { createHash } from "node:crypto";
import type { Row } from "../supabase/functions/_shared/database/kv/kv-table.ts";
import { artistRecords } from "../supabase/functions/_shared/database/transfer/artists.ts";
import type {
  KeyOutcome,
  TransferRecord,
} from "../supabase/functions/_shared/database/transfer/record.ts";
import type { Lookups } from "../supabase/functions/_shared/database/transfer/lookups.ts";
import { type Trace, tracesOf } from "../supabase/functions/_shared/database/transfer/traces.ts";
import { transferRow } from "../supabase/functions/_shared/database/transfer/transfer-row.ts";
import type {
  TransferOptions,
  Transferred,
} from "../supabase/functions/_shared/database/transfer/transferred.ts";
import { prefixes } from "../supabase/functions/_shared/database/legacy/keys.ts";
import { deriveIdsBy } from "../supabase/functions/_shared/database/legacy/ids.ts";
import { canonicalText } from "./canonical-text.ts";
import { completePending } from "./complete-pending.ts";
import { deriveId } from "./derive-id.ts";
import { stopIfAsked } from "./interruption.ts";
import type { ReadingOptions } from "./read-source.ts";
import type { SourceRow } from "./sources/source.ts";
import { silence } from "./terminal/progress.ts";
import { AssembledRecords, rowText } from "./workspace/assembled-records.ts";
import { KeyOutcomes } from "./workspace/key-outcomes.ts";
import { SourceRows } from "./workspace/source-rows.ts";
import { Traces } from "./workspace/traces.ts";
import type { Workspace } from "./workspace/workspace.ts";
import { WorkspaceLookups } from "./workspace/workspace-lookups.ts";

export interface AssemblingOptions extends ReadingOptions {
  includeTestSales: boolean;
}

export interface Assembled {
  /** The keys that have an outcome: the source's, and those that interrupted writes still had to add. */
  keys: number;
  /** SHA-256 over records and outcomes, hexadecimal: the same source gives the same. */
  fingerprint: string;
}

/** Makes records of the rows in a workspace, and an outcome of every key. */
export async function assemble(
  workspace: Workspace,
  { includeTestSales, progress = silence, signal }: AssemblingOptions,
): Promise<Assembled> {
  const rows = new SourceRows(workspace);
  const traces = new Traces(workspace);
  const assembly = new Assembly(workspace, new WorkspaceLookups(rows, traces));
  deriveIdsBy(deriveId);
  assembly.clear();
  traces.clear();

  const { removed } = await completePending(workspace);
  // Unless another one has put it there again.
  const gone = new Map(
    removed.filter(({ key }) => rows.get(key) === null).map(({ key, by }) => [key, by]),
  );
  const count = rows.count();
  const forEachPage = (pages: Iterable<SourceRow[]>, work: (page: SourceRow[]) => Promise<void>) =>
    inTransactions(workspace, pages, async (page) => {
      stopIfAsked(signal);
      await work(page);
      progress.advance(page.length);
    });

  progress.begin("Looking at what belongs together", null);
  // What sales tell, the most of all rows, only concerts ask for: so they are read once, and concerts come last.
  await forEachPage(rows.pagesBeside(prefixes.ticketSale), async (page) => {
    const found = await Promise.all(page.map((row) => tracesOf(parsed(row))));
    found.flat().forEach((trace) => traces.add(trace));
  });
  await workspace.transaction(() => traces.resolve());
  progress.end();

  progress.begin("Making records", count);
  const make = async (page: SourceRow[]) => {
    const made = await Promise.all(page.map(async (source) => {
      const row = parsed(source);
      const transferred = await transferRow(row, assembly.lookups, { includeTestSales });
      return { transferred, seats: await seatsIn(row, transferred, { includeTestSales }) };
    }));
    page.forEach(({ key }, index) => assembly.add(key, made[index].transferred));
    traces.addSeats(made.flatMap(({ seats }) => seats));
  };
  await forEachPage(rows.pagesBeside(prefixes.concert), make);
  await workspace.transaction(() => traces.resolveSeats());
  await forEachPage(rows.pagesOf(prefixes.concert), make);
  await workspace.transaction(() => assembly.addMissingArtists());
  // What an interrupted write had decided to remove is part of that decision.
  for (const [key, by] of gone) {
    assembly.add(key, { records: [], outcome: { outcome: "merged", into: by, repairs: [] } });
  }
  assembly.outcomes.findPlaces();
  progress.end();
  return { keys: count + gone.size, fingerprint: assembly.fingerprint() };
}

/** Pages that are written together: their index pages reach the disk once for all of them. */
const pagesTogether = 100;

async function inTransactions<Page>(
  workspace: Workspace,
  pages: Iterable<Page>,
  work: (page: Page) => Promise<void>,
): Promise<void> {
  const left = Iterator.from(pages);
  let isEnd = false;
  while (!isEnd) {
    await workspace.transaction(async () => {
      for (let count = 0; count < pagesTogether && !isEnd; count++) {
        const { value, done } = left.next();
        isEnd = done ?? false;
        if (!done) await work(value);
      }
    });
  }
}

/** What a sale tells of seats, also one that was refused before anybody read it: kv mode counts those, too. */
async function seatsIn(
  row: Row,
  { seats }: Transferred,
  options: TransferOptions,
): Promise<readonly Trace[]> {
  if (seats) return seats;
  return row.key.startsWith(prefixes.ticketSale) ? await tracesOf(row, options) : [];
}

function parsed({ key, value }: SourceRow): Row {
  return { key, value: JSON.parse(value) };
}

class Assembly {
  readonly outcomes: KeyOutcomes;
  private readonly records: AssembledRecords;
  private readonly hash = createHash("sha256");

  constructor(workspace: Workspace, readonly lookups: Lookups) {
    this.records = new AssembledRecords(workspace);
    this.outcomes = new KeyOutcomes(workspace);
  }

  clear(): void {
    this.records.clear();
    this.outcomes.clear();
  }

  add(key: string, { records, outcome }: Transferred): void {
    const rows = records.map(rowText);
    const added = records.map((record, index) => this.records.add(record, rows[index]));
    // What a rule made of a key, as the refund of an old sale, is the same as what the other key says.
    const taken = records.filter(({ entity }, index) =>
      !added[index] && entity === records[0].entity
    );
    const final = taken.length === 0 ? outcome : this.outcomeOfRepeat(taken);
    if (final.outcome === "rejected") {
      records.filter((record, index) => added[index] && record.key === key)
        .forEach((record) => this.records.remove(record));
    }
    const isOwn = final.outcome === "migrated" && records.length > 0;
    this.outcomes.set(key, final, isOwn ? records[0] : null);
    this.hash.update(
      JSON.stringify([key, final, records.map(({ entity, id, version }) => [entity, id, version])]),
    );
    for (const row of rows) this.hash.update(row);
  }

  /**
   * What becomes of a key whose records another key has told of: a copy, as an interrupted move leaves one, is part of
   * the other. Two keys that say otherwise of one record cannot both be right.
   */
  private outcomeOfRepeat(taken: readonly TransferRecord[]): KeyOutcome {
    const known = taken.map(({ entity, id }) => this.records.get(entity, id));
    const isCopy = known.every((there, index) =>
      there !== null && canonicalText(there.row) === canonicalText(taken[index].row)
    );
    const into = known[0]?.key ?? null;
    return isCopy && into !== null
      ? { outcome: "merged", into, repairs: [] }
      : { outcome: "rejected", reason: "duplicate_id" };
  }

  /** Records refer to artists of whom no row tells. */
  async addMissingArtists(): Promise<void> {
    for (const page of this.records.unknownArtists()) {
      for (const artistId of page) {
        const { records } = await artistRecords(artistId, this.lookups);
        for (const record of records) this.records.add(record);
        this.hash.update(JSON.stringify(records));
      }
    }
  }

  fingerprint(): string {
    return this.hash.digest("hex");
  }
}
