import type { MigrationTarget } from "../../supabase/functions/_shared/database/transfer/migration-target.ts";
import { entities } from "../../supabase/functions/_shared/database/transfer/record.ts";
import { connect, type Connection } from "../connection.ts";
import { stopIfAsked } from "../interruption.ts";
import type { Manifest } from "../manifest.ts";
import { MigrationError } from "../migration-error.ts";
import { ensureReady, patiently } from "../patiently.ts";
import { prepare } from "../prepare.ts";
import type { ReadingOptions } from "../read-source.ts";
import { LiveSource } from "../sources/live-source.ts";
import { silence } from "../terminal/progress.ts";
import { AssembledRecords } from "../workspace/assembled-records.ts";
import { SourceRows } from "../workspace/source-rows.ts";
import { Traces } from "../workspace/traces.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { inTemporaryWorkspace } from "../workspace/workspace-folder.ts";
import { writeExport } from "../write-export.ts";
import { addReplaced, collectRows, toldRecords } from "./collect-rows.ts";
import { decide } from "./decide.ts";
import { recordsWithLeftKeys } from "./left-keys.ts";
import { addMissingProfiles } from "./missing-profiles.ts";
import { Removals } from "./removals.ts";
import { ReturnedRows } from "./returned-rows.ts";
import { RowWriter } from "./row-writer.ts";
import { SettledSource } from "./settled-source.ts";
import { Settlement } from "./settlement.ts";

export interface ExportKvOptions extends ReadingOptions {
  /** Where the workspace goes. */
  folder: string;
  batchSize: number;
}

export interface ReturnOptions extends ExportKvOptions {
  /** Tells what would be done, and does nothing. */
  dryRun?: boolean;
  /** Removes as many keys as there are to be removed. */
  force?: boolean;
  /** Is told what is going to be done, before anything is. */
  onPlan?(plan: ReturnPlan): void;
}

/** What is to be done to the key-value table, by the beginnings of keys. */
export interface ReturnPlan {
  /** The keys there are. */
  keys: number;
  write: Record<string, number>;
  remove: Record<string, number>;
}

export interface ReturnResult {
  /** Records whose rows were written; in a dry run: would be. */
  written: number;
  /** Records that the key-value table has just so already; their rows stay as they are. */
  same: number;
  /** Records that the key-value table has something newer of, or that others kept writing there. */
  kept: number;
  /** The first thousand of these, by their keys. */
  keptKeys: string[];
  /** Keys that were removed, since their records are gone or under other keys. */
  removed: number;
}

/** What others write meanwhile is looked at again, so many times in all. */
const maximalPasses = 3;

/** More keys than these, and more than this share of all, are not removed without being asked to. */
const removableKeys = 20;
const removableShare = 0.1;

/** Nor are all records of a table, when they were more than these. */
const emptiableRecords = 5;

/**
 * Brings what was written to the tables back into the key-value table, under the keys and in the shapes that kv mode
 * reads. Rows of which nothing has changed stay as they are, old shapes included; what was written to the key-value
 * table since both stores had the same stays too. From before the tables are read they list their changes, so that
 * nothing of what people do meanwhile is missed by `verify --repair`.
 *
 * Throws `MigrationError` and `MigrationTargetError`.
 */
export async function exportToKvTable(
  target: MigrationTarget,
  kv: Connection,
  options: ReturnOptions,
): Promise<ReturnResult> {
  await ensureReady(target);
  const { counts } = await patiently(() => target.totals());
  if (Object.values(counts).every((count) => count === 0)) {
    throw new MigrationError(
      "The tables have no records, so nothing is brought back: name the project that was migrated to.",
    );
  }
  if (!options.dryRun) await patiently(() => target.startMirroring());
  let written = 0;
  let removed = 0;
  let before: string | null = null;
  for (let number = 1;; number++) {
    const pass = await inTemporaryWorkspace(
      options.folder,
      (workspace) => new ReturnPass(workspace, target, kv, options).run(number === 1),
    );
    written += pass.written;
    removed += pass.removed;
    const kept = pass.newerCount + pass.changing.length;
    const keptKeys = [...pass.newer, ...pass.changing].slice(0, toldRecords);
    // What somebody is writing may look newer until both stores have it: then it is no more.
    const isStable = kept === 0 || keptKeys.join("\n") === before;
    before = keptKeys.join("\n");
    if (!options.dryRun && !isStable && number < maximalPasses) continue;
    const same = Math.max(0, pass.same - (written - pass.written));
    return { written, same, kept, keptKeys, removed };
  }
}

/** One reading of both stores, and the writing of what differs. */
class ReturnPass {
  private readonly returned: ReturnedRows;
  private readonly settlement: Settlement;
  private readonly removals: Removals;

  constructor(
    private readonly workspace: Workspace,
    private readonly target: MigrationTarget,
    private readonly kv: Connection,
    private readonly options: ReturnOptions,
  ) {
    this.returned = new ReturnedRows(workspace);
    this.settlement = new Settlement(workspace);
    this.removals = new Removals(workspace);
  }

  async run(isFirst: boolean) {
    const { options, target, workspace, returned, settlement, removals } = this;
    const { progress = silence } = options;
    await this.readKvTable();
    const known = new AssembledRecords(workspace);
    const there = { known, left: recordsWithLeftKeys(workspace), traces: new Traces(workspace) };
    const { counts, newer } = await collectRows(target, workspace, returned, {
      ...options,
      settlement,
      progress,
      decide: (entity, records) => decide(target, there, entity, records),
    });
    await workspace.transaction(() => {
      returned.addMerged();
      return addReplaced(returned, known, settlement);
    });
    const deletedHere = await removals.find(target, returned, known);
    await workspace.transaction(async () => {
      await addMissingProfiles(workspace, returned, known, settlement);
      // With these profiles come wallets, which replace old balances.
      await addReplaced(returned, known, settlement);
      returned.absorbObsoleteBalances();
    });
    if (isFirst) this.announce();
    await this.checkRemovals();
    const found = {
      same: counts.same,
      newer: [...newer, ...deletedHere],
      newerCount: counts.newer_there + deletedHere.length,
    };
    if (options.dryRun) {
      const removed = sum(removals.countByPrefix());
      return { ...found, written: counts.write, removed, changing: [] };
    }
    return { ...found, ...await this.write() };
  }

  private async readKvTable(): Promise<void> {
    const { kv, options, target, workspace } = this;
    // What the import left out is to look the same now: left out.
    const [lastRun] = (await patiently(() => target.status())).runs;
    const source = options.dryRun ? new LiveSource(kv) : new SettledSource(kv, connect(kv));
    await prepare(source, workspace, {
      ...options,
      includeTestSales: lastRun?.options.include_test_sales === true,
      mayBeEmpty: true,
    });
  }

  private announce(): void {
    this.options.onPlan?.({
      keys: new SourceRows(this.workspace).count(),
      write: this.returned.countByPrefix(),
      remove: this.removals.countByPrefix(),
    });
  }

  /** Throws when more would be taken out than can be meant. */
  private async checkRemovals(): Promise<void> {
    const gone = this.removals.goneCount();
    if (this.options.force || gone === 0) return;
    const keys = new SourceRows(this.workspace).count();
    if (gone > removableKeys && gone > keys * removableShare) {
      throw new MigrationError(
        `Of ${keys} keys ${gone} would be removed, since the tables have their records no more: ` +
          "make sure that the tables are whole, then say --force.",
      );
    }
    const { records } = await patiently(() => this.target.status());
    const { counts } = await patiently(() => this.target.totals());
    const emptied = entities.filter((entity) =>
      counts[entity] === 0 && (records[entity]?.known ?? 0) > emptiableRecords
    );
    if (emptied.length > 0) {
      throw new MigrationError(
        `Tables that had records have none any more (${emptied.join(", ")}): ` +
          "make sure that they are whole, then say --force.",
      );
    }
  }

  private async write() {
    const { options: { progress = silence, signal }, returned, settlement, workspace } = this;
    const writer = new RowWriter(connect(this.kv), new SourceRows(workspace));
    const changing: string[] = [];
    progress.begin("Writing to the key-value table", returned.count());
    for (const page of returned.pages()) {
      stopIfAsked(signal, "Stopped halfway: run export-kv again to write the rest.");
      const { written, changed } = await writer.put(page);
      await workspace.transaction(() => settlement.setWritten(written));
      changing.push(...changed);
      progress.advance(page.length);
    }
    progress.end();
    const written = await settlement.settle(
      this.target,
      (key, rev) => writer.takeBack(key, rev),
    );
    const removed = await this.remove(writer, changing);
    return { written, removed, changing };
  }

  private async remove(writer: RowWriter, changing: string[]): Promise<number> {
    let removed = 0;
    for (const page of this.removals.pages()) {
      stopIfAsked(this.options.signal, "Stopped halfway: run export-kv again to remove the rest.");
      // What has nothing in its place yet stays.
      const wanted = page.filter(({ entity, id, isGone }) =>
        isGone || this.settlement.isWritten(entity, id)
      );
      const changed = new Set(await writer.remove(wanted.map(({ key }) => key)));
      changing.push(...changed);
      const done = wanted.filter(({ key }) => !changed.has(key));
      removed += done.length;
      const gone = done.filter(({ isGone }) => isGone);
      for (const [entity, places] of Map.groupBy(gone, ({ entity }) => entity)) {
        await patiently(() => this.target.forgetRecords(entity, places.map(({ id }) => id)));
      }
    }
    return removed;
  }
}

function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

/**
 * Writes all records of the tables into a file, as `exportSource` would after they were brought back into an empty
 * key-value table.
 *
 * Throws `MigrationError` and `MigrationTargetError`.
 */
export function exportKvToFile(
  target: MigrationTarget,
  options: ExportKvOptions & { out: string; gzip?: boolean; name: string },
): Promise<Manifest> {
  return inTemporaryWorkspace(options.folder, async (workspace) => {
    const { progress = silence, out, gzip = false } = options;
    const started_at = new Date().toISOString();
    await ensureReady(target);
    const returned = new ReturnedRows(workspace);
    await collectRows(target, workspace, returned, {
      ...options,
      progress,
      settlement: null,
      decide: (_, records) =>
        Promise.resolve(records.map(() => ({ decision: "write", there: null }))),
    });
    const count = returned.count();
    if (count === 0) {
      throw new MigrationError(
        `The tables of ${options.name} have no records: name the project that was migrated to.`,
      );
    }
    progress.begin(`Writing ${out}`, count);
    const manifest = await writeExport(
      returned.pages(),
      {
        source: options.name,
        started_at,
        changed_while_reading: { added: [], changed: [], removed: [] },
      },
      { out, gzip, onRows: (rows) => progress.advance(rows) },
    );
    progress.end();
    return manifest;
  });
}
