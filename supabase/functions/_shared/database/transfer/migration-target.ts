import type { PostgrestClient } from "@supabase/postgrest-js";
import type { Database as Schema } from "../sql/database.types.ts";
import { listOf } from "../kv/kv-table.ts";
import { migrationTargetError } from "./migration-target-error.ts";
import type { Entity, ExportedRecord, KeyOutcome, TransferRecord } from "./record.ts";
import type { Takeover } from "./takeovers.ts";

/** How many records a call takes or gives at most: one call stays well below the Data API's statement timeout. */
export const maximalBatch = 1000;

/** Where an import goes on; its content is the importer's own. */
export type Checkpoint = Record<string, unknown>;

/** What became of a key, to be kept in the target; `value`: the JSON text of one that was rejected, whole. */
export type ReportedKey = { key: string; value?: string } & KeyOutcome;

export interface ImportedBatch {
  created: number;
  changed: number;
  unchanged: number;
  /** The target's row is newer, or the source's version lower than the one imported last. */
  kept: { id: string; key: string | null }[];
  /** `constraint:<name>`, `unique:<name>`, `missing:<table>`, `not_null:<column>` or `invalid:<SQLSTATE>`. */
  rejected: { id: string; key: string | null; reason: string }[];
  /** Of a dry run: what records hold alone, by unique index, in the order in which PostgreSQL asks them. */
  claims?: Claims[];
  /** Of a dry run: what records refer to and the target does not have. */
  needs?: Needed[];
}

/** Records with a key in a unique index: the id, and a digest of the key. */
export interface Claims {
  /** As in the reason `unique:<name>`. */
  name: string;
  records: [id: string, digest: string][];
}

/** A row that is not there, and the ids of the records that refer to it. */
export interface Needed {
  table: string;
  id: string;
  records: string[];
}

export interface Run {
  run_id: string;
  /** Null at the beginning. */
  checkpoint: Checkpoint | null;
  /** An unfinished run of the same source goes on. */
  resumed: boolean;
}

/** A page of a rollback. */
export interface RolledBack {
  /** Rows deleted or given back what they were; with `check_only` those that would be. */
  undone: number;
  /** Changed since the import, and left alone unless forced. */
  changed: { id: string; key: string | null }[];
  /** Created by the import, but rows of `table` refer to it that were not. */
  in_use: { id: string; key: string | null; table: string }[];
  /** Where the next page begins; null after the last. */
  next: string | null;
  /** When forced: rows of others that went with these, or only let go of them. */
  let_go?: LetGoRows[];
}

/** Rows of a table that went with what a rollback deleted, or whose column refers to nothing now. */
export interface LetGoRows {
  table: string;
  column: string;
  deleted: boolean;
  count: number;
  /** The first twenty of them. */
  ids: string[];
}

export interface MigrationStatus {
  /** Newest first. */
  runs: {
    id: string;
    source: string;
    fingerprint: string;
    options: Record<string, unknown>;
    state: "running" | "finished";
    checkpoint: Checkpoint | null;
    counts: Record<string, unknown> | null;
    started_at: string;
    updated_at: string;
    finished_at: string | null;
  }[];
  /** Of every entity with any: rows the imports know, and how many of them they created. */
  records: Partial<Record<Entity, { known: number; created: number }>>;
  /** By outcome, then by reason, which is empty where an outcome needs none. */
  keys: Partial<Record<KeyOutcome["outcome"], Record<string, number>>>;
  /** How often each repair was made. */
  repairs: Record<string, number>;
  rejects: number;
  /** `until`: null when no changes are being recorded. */
  mirror: { until: string | null; backlog: number };
}

export interface MigrationTotals {
  counts: Record<Entity, number>;
  /** Sums to the kopeck, as texts: `1234.50`. */
  money: Record<
    "total_amount" | "commission_amount" | "net_amount" | "refund_amount" | "refunds_ledger",
    string
  >;
  coins: {
    balances: number;
    ledger: number;
    /** The first hundred whose balance is not the sum of their movements. */
    different: { artist_id: string; balance: number; ledger: number }[];
  };
  /** Of every foreign key: rows that refer to nothing. */
  orphans: { table: string; column: string; references: string; orphans: number }[];
}

/** A row that was written since it was told of last; of deliveries a sheet of them. */
export interface TargetChange {
  /** Of the last change of the row; higher is later. */
  seq: number;
  entity: Entity;
  /** Of a sheet: the id of its campaign, a space, its number. */
  id: string;
  /** For how many changes it stands, and when the last of them was made. */
  changes: number;
  noted_at: string;
  /** The key the row came from, or was acknowledged with; null for a row of the target's own. */
  key: string | null;
  /** Of the source's document when both had the same; 0 for a row of the target's own. */
  version: number;
  /** Of the row; empty when it is gone, null for a sheet. */
  checksum: string | null;
  /** Null when the row is gone, and for a sheet. */
  record: ExportedRecord | null;
}

/** `key` and `version`: those of the document that now holds the row, so that a later import knows it. */
export interface AcknowledgedChange {
  seq: number;
  entity: Entity;
  id: string;
  key: string | null;
  version: number;
  /** That of the row which the document holds; without it, whatever the row is by now. */
  checksum?: string | null;
}

/** Of a record that both stores are known to have had: whether each still has what both had last. */
export interface ComparedRecord {
  id: string;
  /** The one both had last. */
  version: number;
  /** The record that was given. */
  given_agrees: boolean;
  /** The target's row. */
  present_agrees: boolean;
}

export interface RejectedKey {
  key: string;
  value: string;
  reason: string;
  first_seen: string;
}

/**
 * The project with the tables, as the migration writes and reads it through the functions of 008_migration.sql.
 *
 * Every call is one transaction and can be repeated: a second time it finds done what the first has done. Throws
 * `MigrationTargetError`, whose message is one sentence that says what to do.
 */
export class MigrationTarget {
  /** @param client acts with a secret key. */
  constructor(private readonly client: PostgrestClient) {}

  /** The address of its Data API. */
  get url(): string {
    return this.client.url;
  }

  /** Begins a run, or goes on with the unfinished one of the same source and fingerprint. */
  beginImport(
    source: string,
    fingerprint: string,
    options: Record<string, unknown>,
  ): Promise<Run> {
    return this.call("begin_import", { source, fingerprint, options });
  }

  /**
   * Writes records of one table, `maximalBatch` at most, with the outcomes of their keys and the checkpoint, all in one
   * transaction. When some are rejected the others are written, outcomes and checkpoint are not: send the outcomes
   * again, those rejected marked so, with no records.
   *
   * The records of a large import come as the JSON text of such a list. `run_id` null: a mirrored write, of no run.
   * `dry_run`: the same answer, and nothing stays; rows these refer to count as present, except ticket providers, and
   * `claims` and `needs` tell what other batches may have to do with this one. `takeovers` are those of artists among the
   * records: whom the target has by a former id, it has by the account's then, with all that is theirs.
   */
  importRecords(
    entity: Entity,
    records: TransferRecord[] | string,
    run: {
      run_id?: string | null;
      checkpoint?: Checkpoint | null;
      outcomes?: ReportedKey[];
      dry_run?: boolean;
      takeovers?: readonly Takeover[];
    } = {},
  ): Promise<ImportedBatch> {
    return this.call("import_records", {
      entity,
      records: typeof records === "string"
        ? records
        : records.map(({ id, key, version, row }) => ({ id, key, version, row })),
      run_id: run.run_id ?? null,
      checkpoint: run.checkpoint ?? null,
      outcomes: JSON.stringify((run.outcomes ?? []).map(outcomeRow)),
      dry_run: run.dry_run ?? false,
      takeovers: (run.takeovers ?? []).map(({ former, account }) => ({ former, account })),
    });
  }

  /**
   * Ends a run. Sets right the balance of artists whose profile was kept while movements of coins were added to it;
   * how many these were.
   */
  finishImport(
    run_id: string,
    counts: Record<string, unknown>,
  ): Promise<{ balances_corrected: number }> {
    return this.call("finish_import", { run_id, counts });
  }

  /** Deletes the rows that came from these keys, and what is known of the keys. */
  deleteRecords(keys: string[]): Promise<{ deleted: number }> {
    return this.call("delete_records", { keys });
  }

  /** A page of a table in the order of ids by code points (as SQLite and `<` over UTF-8 bytes have it). */
  exportRecords(
    entity: Entity,
    after: string | null = null,
    page_size = maximalBatch,
  ): Promise<ExportedRecord[]> {
    return this.call("export_records", { entity, after, page_size });
  }

  /**
   * Takes back a page of what imports did to a table, in the order of ids. Entities go children first. `check_only`
   * changes nothing and tells what a rollback would find.
   */
  rollbackRecords(
    entity: Entity,
    { after = null, page_size = maximalBatch, force = false, check_only = false }: {
      after?: string | null;
      page_size?: number;
      force?: boolean;
      check_only?: boolean;
    } = {},
  ): Promise<RolledBack> {
    return this.call("rollback_records", { entity, after, page_size, force, check_only });
  }

  /**
   * Forgets runs, keys and rejects, once every table is rolled back; while rows stay, only keys that have none any more.
   * `remaining`: how many stay, and are still known.
   */
  finishRollback(): Promise<{ remaining: number }> {
    return this.call("finish_rollback", {});
  }

  status(): Promise<MigrationStatus> {
    return this.call("migration_status", {});
  }

  totals(): Promise<MigrationTotals> {
    return this.call("migration_totals", {});
  }

  /** A page of the rejected keys in their order, `maximalBatch` at most. */
  async rejects(after: string | null = null): Promise<RejectedKey[]> {
    const query = this.client.from("migration_rejects")
      .select("key,value,reason,first_seen")
      .order("key").limit(maximalBatch);
    const { data, error, status } = await (after === null ? query : query.gt("key", after));
    if (error) throw migrationTargetError(error, status, this.client.url);
    return data;
  }

  /** Those of the keys, some dozens at most, of which imports have made records. */
  async importedKeys(keys: readonly string[]): Promise<Set<string>> {
    const { data, error, status } = await this.client.from("migration_records").select("key")
      .filter("key", "in", `(${listOf(keys)})`);
    if (error) throw migrationTargetError(error, status, this.client.url);
    return new Set(data.map(({ key }) => key));
  }

  /** Those of the keys, some dozens at most, that imports have found to be part of other keys' records. */
  async mergedKeys(keys: readonly string[]): Promise<Set<string>> {
    const { data, error, status } = await this.client.from("migration_keys").select("key")
      .eq("outcome", "merged").filter("key", "in", `(${listOf(keys)})`);
    if (error) throw migrationTargetError(error, status, this.client.url);
    return new Set(data.map(({ key }) => key));
  }

  /** Of records of another store's, those that the target is known to have had just so once, and who has changed them. */
  compareRecords(
    entity: Entity,
    records: readonly Pick<TransferRecord, "id" | "row">[],
  ): Promise<ComparedRecord[]> {
    return this.call("compare_records", {
      entity,
      records: records.map(({ id, row }) => ({ id, row })),
    });
  }

  /**
   * The other store has these records in the documents of their keys and versions: changes that came to that are no
   * changes any more. `gone`: the ids of which the target has no row any more.
   */
  settleRecords(
    entity: Entity,
    records: readonly ExportedRecord[],
  ): Promise<{ gone: string[] }> {
    return this.call("settle_records", { entity, records });
  }

  /** Neither store has these records any more. A row that is there all the same stays. */
  async forgetRecords(entity: Entity, ids: readonly string[]): Promise<void> {
    await this.call("forget_records", { entity, ids });
  }

  /** From now on, for a week, changes of the tables are recorded; begun anew once a day, however often it is called. */
  startMirroring(): Promise<{ until: string; backlog: number }> {
    return this.call("start_mirroring", {});
  }

  /** How many changes are recorded; 10001: more than 10,000. */
  mirrorBacklog(): Promise<number> {
    return this.call("mirror_backlog", {});
  }

  /** The rows changed longest ago, or the `newest`, each once, as they are now. */
  takeChanges(page_size = 100, newest = false): Promise<TargetChange[]> {
    return this.call("take_changes", { page_size, newest });
  }

  /** These changes are in the other store; what happened to the rows since is told again. */
  async acknowledgeChanges(changes: AcknowledgedChange[]): Promise<void> {
    await this.call("acknowledge_changes", { changes });
  }

  /** The other store did not take these changes: they are not told again for a while. */
  async postponeChanges(changes: Pick<TargetChange, "seq" | "entity" | "id">[]): Promise<void> {
    await this.call("postpone_changes", {
      changes: changes.map(({ seq, entity, id }) => ({ seq, entity, id })),
    });
  }

  /** All changes are told again, those that were postponed, too. */
  async resumeChanges(): Promise<void> {
    await this.call("resume_changes", {});
  }

  /** As `deleteRecords`, but for keys of which a row was changed since both stores had it. */
  deleteUnchangedRecords(keys: string[]): Promise<{ deleted: number }> {
    return this.call("delete_unchanged_records", { keys });
  }

  /** Deletes those of these artists that no key told of, nobody has changed since and no row refers to. */
  deleteDerivedArtists(ids: string[]): Promise<{ deleted: number }> {
    return this.call("delete_derived_artists", { ids });
  }

  private async call<Answer>(
    name: keyof Schema["public"]["Functions"],
    parameters: Record<string, unknown>,
  ): Promise<Answer> {
    const { data, error, status } = await this.client.rpc(name, parameters);
    if (error) throw migrationTargetError(error, status, this.client.url);
    return data;
  }
}

function outcomeRow(reported: ReportedKey) {
  const { key, outcome } = reported;
  switch (reported.outcome) {
    case "migrated":
      return { key, outcome, repairs: reported.repairs };
    case "merged":
      return { key, outcome, into: reported.into, repairs: reported.repairs };
    case "left_out":
      return { key, outcome, reason: reported.rule };
    case "rejected":
      return { key, outcome, reason: reported.reason, value: reported.value };
  }
}
