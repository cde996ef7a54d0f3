import type { Claims } from "../../supabase/functions/_shared/database/transfer/migration-target.ts";
import type { Entity } from "../../supabase/functions/_shared/database/transfer/record.ts";
import type { Workspace } from "./workspace.ts";

/**
 * What a plan's batches have found out about each other's records, of which the target keeps nothing: the keys of unique
 * indexes that are taken, and the records that will not be there. In the workspace, because they may be millions.
 */
export class PlannedRecords {
  constructor(private readonly workspace: Workspace) {
    workspace.exec(`
      create table if not exists planned_claims (
        name text not null, digest text not null, primary key (name, digest)
      ) without rowid;
      create table if not exists planned_refusals (
        entity text not null, id text not null, primary key (entity, id)
      ) without rowid;
    `);
  }

  /** The ids of those whose key another batch's record has. */
  taken({ name, records }: Claims): string[] {
    return this.workspace.all<{ id: string }>(
      `select json_extract(wanted.value, '$[0]') as id
       from json_each(?) as wanted
       where exists (
         select 1 from planned_claims where name = ? and digest = json_extract(wanted.value, '$[1]')
       )
       order by wanted.key`,
      JSON.stringify(records),
      name,
    ).map(({ id }) => id);
  }

  claim({ name, records }: Claims): void {
    this.workspace.run(
      `insert or ignore into planned_claims
       select ?, json_extract(value, '$[1]') from json_each(?) order by 2`,
      name,
      JSON.stringify(records),
    );
  }

  /** The ids, of a table that is sent, which no record has that the target takes. */
  absent(table: string, ids: readonly string[]): Set<string> {
    const found = this.workspace.all<{ id: string }>(
      `select wanted.value as id
       from json_each(?) as wanted
       where not exists (select 1 from records where entity = ?2 and id = wanted.value)
         or exists (select 1 from planned_refusals where entity = ?2 and id = wanted.value)`,
      JSON.stringify(ids),
      table,
    );
    return new Set(found.map(({ id }) => id));
  }

  refuse(entity: Entity, ids: readonly string[]): void {
    this.workspace.run(
      "insert or ignore into planned_refusals select ?, value from json_each(?)",
      entity,
      JSON.stringify(ids),
    );
  }
}
