import type { Row } from "../../supabase/functions/_shared/database/kv/kv-table.ts";
import type { MigrationTarget } from "../../supabase/functions/_shared/database/transfer/migration-target.ts";
import {
  entities,
  type Entity,
  type ExportedRecord,
} from "../../supabase/functions/_shared/database/transfer/record.ts";
import { patiently } from "../patiently.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { portions } from "./portions.ts";
import type { WrittenRows } from "./row-writer.ts";

const pageSize = 500;

/** A row of the key-value table that holds a record, or a part of it; without a revision it has not been written. */
interface HoldingRow {
  key: string;
  rev: number | null;
}

/**
 * The records of which the ledger is to know that both stores have them, and where: whoever deletes one of them
 * afterwards, or changes it in one of the stores, is understood by the dual modes and by the next import.
 */
export class Settlement {
  constructor(private readonly workspace: Workspace) {
    workspace.exec(`
      create table settling (
        entity text not null, id text not null, key text, version integer, is_change integer not null,
        row text not null, primary key (entity, id)
      ) without rowid;
      create table holding (
        entity text not null, id text not null, place integer not null, key text not null,
        primary key (entity, id, place)
      ) without rowid;
      create table written (key text primary key, rev integer not null) without rowid;
    `);
  }

  /** A record that the key-value table has already. */
  addFound({ id, key, version, row }: ExportedRecord, entity: Entity): void {
    this.add(entity, { id, key, version, row }, false);
  }

  /**
   * A record that is to be in these rows once they are written, the first of them its own.
   *
   * @param isChange whether it is one that the key-value table had otherwise, or not at all
   */
  addReturned(
    { id, row }: ExportedRecord,
    entity: Entity,
    rows: readonly Row[],
    isChange = true,
  ): void {
    this.add(entity, { id, key: null, version: null, row }, isChange);
    for (const [place, { key }] of rows.entries()) {
      this.workspace.run(
        "insert or replace into holding values (?, ?, ?, ?)",
        entity,
        id,
        place,
        key,
      );
    }
  }

  setWritten(rows: WrittenRows): void {
    for (const [key, rev] of rows) {
      this.workspace.run("insert or replace into written values (?, ?)", key, rev);
    }
  }

  /** Whether the rows of a record that is to be written are all there. */
  isWritten(entity: Entity, id: string): boolean {
    const rows = this.rowsHolding(entity, id);
    return rows.length > 0 && placeOf(entity, rows) !== null;
  }

  /**
   * Tells the target of the records whose rows are all there. Those that it has no more are no record of either store:
   * `takeBack` is called with the rows that were written of them. How many records were brought over.
   */
  async settle(
    target: MigrationTarget,
    takeBack: (key: string, rev: number) => Promise<void>,
  ): Promise<number> {
    let written = 0;
    for (const entity of entities) {
      for (const some of portions(this.settled(entity), ({ row }) => JSON.stringify(row).length)) {
        const records = some.map(({ isChange: _, ...record }) => record);
        const gone = new Set(
          (await patiently(() => target.settleRecords(entity, records))).gone,
        );
        written += some.filter(({ id, isChange }) => isChange && !gone.has(id)).length;
        for (const id of gone) {
          for (const { key, rev } of this.rowsHolding(entity, id)) {
            if (rev !== null) await takeBack(key, rev);
          }
        }
      }
    }
    return written;
  }

  private *settled(entity: Entity): Generator<ExportedRecord & { isChange: boolean }> {
    let after = "";
    while (true) {
      const page = this.workspace.all<
        { id: string; key: string | null; version: number | null; is_change: number; row: string }
      >(
        "select id, key, version, is_change, row from settling where entity = ? and id > ? order by id limit ?",
        entity,
        after,
        pageSize,
      );
      if (page.length === 0) return;
      for (const { id, key, version, is_change, row } of page) {
        const place = version === null
          ? placeOf(entity, this.rowsHolding(entity, id))
          : { key, version };
        if (place !== null) yield { id, ...place, row: JSON.parse(row), isChange: is_change === 1 };
      }
      after = page[page.length - 1].id;
    }
  }

  private rowsHolding(entity: Entity, id: string): HoldingRow[] {
    return this.workspace.all(
      `select holding.key, rev from holding left join written on written.key = holding.key
       where entity = ? and id = ? order by place`,
      entity,
      id,
    );
  }

  private add(
    entity: Entity,
    { id, key, version, row }: Omit<ExportedRecord, "version"> & { version: number | null },
    isChange: boolean,
  ): void {
    this.workspace.run(
      "insert or replace into settling values (?, ?, ?, ?, ?, ?)",
      entity,
      id,
      key,
      version,
      Number(isChange),
      JSON.stringify(row),
    );
  }
}

/** The key and version of a record that is in these rows; null when one of them was not written. */
function placeOf(entity: Entity, rows: readonly HoldingRow[]) {
  const revisions = rows.map(({ rev }) => rev).filter((rev) => rev !== null);
  if (revisions.length < rows.length) return null;
  const [own] = revisions;
  // An artist is made of their profile and their balance; a sale's other rows only lead to it.
  const version = entity === "artists" ? revisions.reduce((sum, rev) => sum + rev, 0) : own;
  return { key: rows[0].key, version };
}
