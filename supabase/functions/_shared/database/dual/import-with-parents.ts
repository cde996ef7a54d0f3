import type { KvStore } from "../kv/kv-context.ts";
import { artistRecords } from "../transfer/artists.ts";
import type { Lookups } from "../transfer/lookups.ts";
import {
  maximalBatch,
  type MigrationTarget,
  type ReportedKey,
} from "../transfer/migration-target.ts";
import { entities, type Entity, type TransferRecord } from "../transfer/record.ts";
import { takeoversOf } from "../transfer/takeovers.ts";
import { transferRow } from "../transfer/transfer-row.ts";
import type { KeyTransfers } from "./transfer-keys.ts";

export interface Imported {
  /** Records in whose place something else in the tables was kept. */
  kept: TransferRecord[];
  /** Records the tables did not take, and why. */
  refused: { record: TransferRecord; reason: string }[];
}

/** Imports records of any entity; artists and concerts they refer to come along where the tables lack them. */
export class ImportWithParents {
  /** So that each parent is fetched once, whether it was taken or not. */
  private readonly fetched = new Set<string>();

  constructor(
    private readonly target: MigrationTarget,
    private readonly store: KvStore,
    private readonly lookups: Lookups,
  ) {}

  async run({ sources, outcomes }: KeyTransfers): Promise<Imported> {
    const imported: Imported = { kept: [], refused: [] };
    const batches = batchesOf([...sources.keys()]);
    let areTold = false;
    for (const [index, { entity, batch }] of batches.entries()) {
      const isLast = index === batches.length - 1;
      const told = isLast && imported.refused.length === 0 ? outcomes : [];
      const { kept, refused } = await this.importBatch(entity, batch, told);
      imported.kept.push(...kept);
      imported.refused.push(...refused);
      areTold = told.length > 0 && refused.length === 0;
    }
    if (areTold) return imported;
    // Of keys whose records were not taken it is told once they are.
    const failed = new Set(imported.refused.map(({ record }) => sources.get(record)));
    const known = outcomes.filter(({ key }) => !failed.has(key));
    if (known.length > 0) await this.target.importRecords("artists", [], { outcomes: known });
    return imported;
  }

  private async importBatch(
    entity: Entity,
    batch: readonly TransferRecord[],
    outcomes: ReportedKey[],
  ): Promise<Imported> {
    const takeovers = entity === "artists"
      ? await takeoversOf(batch.map(({ id }) => id), this.lookups)
      : [];
    const { kept, rejected } = await this.target.importRecords(entity, [...batch], {
      outcomes,
      takeovers,
    });
    const byId = new Map(batch.map((record) => [record.id, record]));
    const found = ({ id }: { id: string }) => byId.get(id) ?? [];
    const refused = rejected.flatMap(({ id, reason }) => {
      const record = byId.get(id);
      return record ? [{ record, reason }] : [];
    });
    if (!await this.fetchParents(refused)) return { kept: kept.flatMap(found), refused };
    const again = refused.map(({ record }) => record);
    const second = await this.importBatch(entity, again, outcomes);
    return { kept: [...kept.flatMap(found), ...second.kept], refused: second.refused };
  }

  /** Imports what the records refer to; false when there is nothing more to be had. */
  private async fetchParents(refused: Imported["refused"]): Promise<boolean> {
    const found: TransferRecord[] = [];
    for (const { record, reason } of refused) {
      const isArtist = reason === "missing:artists";
      if (!isArtist && reason !== "missing:concerts") continue;
      const id = record.row[isArtist ? "artist_id" : "concert_id"];
      if (typeof id !== "string" || this.fetched.has(id)) continue;
      this.fetched.add(id);
      found.push(...await (isArtist ? this.artist(id) : this.concert(id)));
    }
    for (const { entity, batch } of batchesOf(found)) await this.importBatch(entity, batch, []);
    return found.length > 0;
  }

  private async artist(id: string): Promise<TransferRecord[]> {
    return (await artistRecords(id, this.lookups)).records;
  }

  private async concert(id: string): Promise<TransferRecord[]> {
    const key = await this.store.finder.keyOf(id);
    const row = key === null ? null : await this.store.table.get(key);
    return row === null ? [] : (await transferRow(row, this.lookups)).records;
  }
}

/**
 * In the order of an import: parents before children, and each kind by id, so that of two who import the same new
 * records at once one waits for the other, and never each for the other.
 */
function batchesOf(records: readonly TransferRecord[]) {
  return entities.flatMap((entity) => {
    const own = records.filter((record) => record.entity === entity)
      .sort((one, other) => one.id < other.id ? -1 : 1);
    return Array.from({ length: Math.ceil(own.length / maximalBatch) }, (_, index) => ({
      entity,
      batch: own.slice(index * maximalBatch, (index + 1) * maximalBatch),
    }));
  });
}
