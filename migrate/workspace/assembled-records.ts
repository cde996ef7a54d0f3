import {
  filledColumns,
  withAllColumns,
} from "../../supabase/functions/_shared/database/transfer/columns.ts";
import {
  entities,
  type Entity,
  type TransferRecord,
} from "../../supabase/functions/_shared/database/transfer/record.ts";
import type { Workspace } from "./workspace.ts";

/** A record as the workspace has it: its row as JSON text, without the columns that are null. */
interface StoredRecord {
  id: string;
  key: string | null;
  version: number;
  row: string;
}

/** Records on their way to the target. */
export interface RecordPage {
  count: number;
  /** The place of the last one. */
  last: number;
  /** The records as JSON text, `[{id, key, version, row}]`: nobody takes it apart before the target does. */
  json: string;
}

/**
 * The records made of a source. To be compared they are read in the order of their ids by code points, to be sent in
 * that in which they were made.
 */
export class AssembledRecords {
  constructor(private readonly workspace: Workspace) {
    workspace.exec(`
      create table if not exists records (
        place integer primary key,
        entity text not null,
        id text not null,
        key text,
        version integer not null,
        artist text,
        row text not null,
        size integer not null
      );
      create unique index if not exists records_by_id on records (entity, id);
      create index if not exists records_by_place on records (entity, place);
    `);
  }

  clear(): void {
    this.workspace.exec("delete from records");
  }

  /**
   * Adds a record. One that a key tells of takes the place of one that only a rule has made. False when another key's
   * has the place already.
   *
   * @param row the record's row as `rowText` gives it
   */
  add(record: TransferRecord, row = rowText(record)): boolean {
    const { entity, id, key, version } = record;
    const added = this.workspace.run(
      `insert into records (entity, id, key, version, artist, row, size) values (?, ?, ?, ?, ?, ?, ?)
       on conflict (entity, id) do update
       set key = excluded.key, version = excluded.version, artist = excluded.artist, row = excluded.row,
         size = excluded.size
       where records.key is null or records.key = excluded.key`,
      entity,
      id,
      key,
      version,
      typeof record.row.artist_id === "string" ? record.row.artist_id : null,
      row,
      row.length,
    );
    return added > 0 || key === null;
  }

  get(entity: Entity, id: string): TransferRecord | null {
    const found = this.workspace.get<StoredRecord>(
      "select id, key, version, row from records where entity = ? and id = ?",
      entity,
      id,
    );
    return found ? recordFrom(entity, found) : null;
  }

  /** Pages of the artists that records refer to and that are no records themselves. */
  *unknownArtists(): Generator<string[]> {
    this.workspace.exec(`
      create temp table unknown_artists (id text primary key) without rowid;
      insert into unknown_artists
        select distinct artist from records
        where artist is not null and not exists (
          select 1 from records as known where known.entity = 'artists' and known.id = records.artist
        );
    `);
    let after = "";
    while (true) {
      const page = this.workspace.all<{ id: string }>(
        "select id from unknown_artists where id > ? order by id limit ?",
        after,
        idsOfPage,
      ).map(({ id }) => id);
      if (page.length === 0) break;
      yield page;
      after = page[page.length - 1];
    }
    this.workspace.exec("drop table unknown_artists");
  }

  remove({ entity, id }: Pick<TransferRecord, "entity" | "id">): void {
    this.workspace.run("delete from records where entity = ? and id = ?", entity, id);
  }

  /** The sum of an amount of money over a table, in kopecks. */
  kopecks(entity: Entity, column: string): number {
    return this.workspace.get<{ sum: number }>(
      `select coalesce(sum(cast(round(json_extract(row, ?) * 100) as integer)), 0) as sum
       from records where entity = ?`,
      `$.${column}`,
      entity,
    )!.sum;
  }

  /** The sum of a column of whole numbers over a table. */
  sum(entity: Entity, column: string): number {
    return this.workspace.get<{ sum: number }>(
      "select coalesce(sum(json_extract(row, ?)), 0) as sum from records where entity = ?",
      `$.${column}`,
      entity,
    )!.sum;
  }

  /** How many records there are of each table. */
  counts(): Record<Entity, number> {
    const counts = Object.fromEntries(entities.map((entity) => [entity, 0]));
    const found = this.workspace.all<{ entity: Entity; count: number }>(
      "select entity, count(*) as count from records group by entity",
    );
    for (const { entity, count } of found) counts[entity] = count;
    return counts as Record<Entity, number>;
  }

  /** The records behind the id `after` in the order of ids, at most `size`, and no more than memory should hold at once. */
  page(entity: Entity, after: string, size: number): TransferRecord[] {
    const last = this.lastOfPage(entity, "id", after, size);
    if (last === null) return [];
    return this.workspace.all<StoredRecord>(
      `select id, key, version, row from records
       where entity = ? and id > ? and id <= ? order by id`,
      entity,
      after,
      last,
    ).map((stored) => recordFrom(entity, stored));
  }

  /**
   * The records behind the place `after`, from 0 on, in the order in which they were made, which is nearly that of the
   * source's keys: so the sales of a concert travel together, and the target finds its row once for all of them. Null
   * behind the last.
   */
  pageToSend(entity: Entity, after: number, size: number): RecordPage | null {
    const last = this.lastOfPage(entity, "place", after, size);
    if (last === null) return null;
    const { count, list } = this.workspace.get<{ count: number; list: string }>(
      `select count(*) as count, group_concat(record, ',') as list
       from (
         select
           '{"id":' || json_quote(id) || ',"key":' || json_quote(key) || ',"version":' || version ||
             ',"row":' || row || '}' as record
         from records where entity = ? and place > ? and place <= ? order by place
       )`,
      entity,
      after,
      last,
    )!;
    return { count, last, json: `[${list}]` };
  }

  private lastOfPage<Place extends string | number>(
    entity: Entity,
    order: "id" | "place",
    after: Place,
    size: number,
  ): Place | null {
    const found = this.workspace.all<{ place: Place; size: number }>(
      `select ${order} as place, size from records
       where entity = ? and ${order} > ? order by ${order} limit ?`,
      entity,
      after,
      size,
    );
    let characters = 0;
    const end = found.findIndex((record) => (characters += record.size) > maximalCharacters);
    // A single record that is larger goes alone.
    return found[end < 0 ? found.length - 1 : Math.max(0, end - 1)]?.place ?? null;
  }
}

const idsOfPage = 1000;

function recordFrom(entity: Entity, { id, key, version, row }: StoredRecord): TransferRecord {
  return { entity, id, key, version, row: withAllColumns(entity, JSON.parse(row)) };
}

/** A record's row as the workspace keeps it. */
export function rowText({ row }: TransferRecord): string {
  return JSON.stringify(filledColumns(row));
}

/** Some requests are on their way at once, each as several texts: larger ones would cost memory, and gain nothing. */
const maximalCharacters = 1_000_000;
