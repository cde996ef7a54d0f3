import type { Row } from "../../supabase/functions/_shared/database/kv/kv-table.ts";
import {
  sheetOf,
  sheetRow,
} from "../../supabase/functions/_shared/database/transfer/campaign-deliveries.ts";
import { prefixOf } from "../../supabase/functions/_shared/database/transfer/families.ts";
import { mergedPrefixes } from "../../supabase/functions/_shared/database/transfer/merged-keys.ts";
import type {
  Entity,
  ExportedRecord,
} from "../../supabase/functions/_shared/database/transfer/record.ts";
import { walletKey } from "../../supabase/functions/_shared/database/kv/wallets.ts";
import { partsOf, prefixes } from "../../supabase/functions/_shared/database/legacy/keys.ts";
import { absorbing } from "../../supabase/functions/_shared/database/transfer/coins.ts";
import type { SourceRow } from "../sources/source.ts";
import { SourceRows } from "../workspace/source-rows.ts";
import type { Workspace } from "../workspace/workspace.ts";
import type { WriteDecision } from "./decide.ts";
import type { Settlement } from "./settlement.ts";

const pageSize = 500;

/** A key of the key-value table of which nothing will be told any more. */
export interface LeftKey {
  key: string;
  /** The record it was, or the one that says all of it now. */
  entity: Entity;
  id: string;
  /** The key that a record would be known by. */
  madeFrom: string;
  /** Its record is under another key now, or says what this one did. */
  isObsolete: boolean;
}

/** What the records of a target are in the key-value table, in a workspace. */
export class ReturnedRows {
  constructor(private readonly workspace: Workspace) {
    workspace.exec(`
      create table returned (key text primary key, value text not null) without rowid;
      create table returned_owners (artist_id text primary key, owner text not null) without rowid;
      create table returned_campaigns (id text primary key, key text not null) without rowid;
      create table returned_deliveries (
        campaign_id text not null, sheet integer not null, id text not null, decision text not null,
        record text not null, primary key (campaign_id, sheet, id)
      ) without rowid;
      create table obsolete_keys (key text primary key, entity text not null, id text not null) without rowid;
      create table present (
        entity text not null, id text not null, key text, decision text not null, primary key (entity, id)
      ) without rowid;
    `);
  }

  add(rows: readonly Row[]): void {
    for (const { key, value } of rows) {
      this.workspace.run(
        "insert or replace into returned values (?, ?)",
        key,
        JSON.stringify(value),
      );
    }
  }

  private get(key: string): Row | null {
    const found = this.workspace.get<SourceRow>(
      "select key, value from returned where key = ?",
      key,
    );
    return found ? { key, value: JSON.parse(found.value) } : null;
  }

  /**
   * Notes that the target has the record, and whether there are rows of it here.
   *
   * @param key the key that the key-value table has it by
   */
  setPresent(entity: Entity, id: string, key: string | null, decision: WriteDecision): void {
    this.workspace.run(
      "insert or replace into present values (?, ?, ?, ?)",
      entity,
      id,
      key,
      decision,
    );
  }

  /** Whether there are rows of the record here. */
  isWritten(entity: Entity, id: string): boolean {
    return this.workspace.get(
      "select 1 from present where entity = ? and id = ? and decision = 'write'",
      entity,
      id,
    ) !== undefined;
  }

  /**
   * Records without rows here that were made of a row which one here replaces, or which is to go: they need some of
   * their own then.
   */
  replaced(size: number): { entity: Entity; id: string; decision: WriteDecision }[] {
    return this.workspace.all(
      `select entity, id, decision from present
       where decision <> 'write' and entity <> 'campaign_deliveries'
         and (key in (select key from returned) or key in (select key from obsolete_keys))
       order by entity, id limit ?`,
      size,
    );
  }

  /** Notes a key that is to go once there are the rows of the record, which take its place. */
  addObsolete(key: string, entity: Entity, id: string): void {
    this.workspace.run("insert or ignore into obsolete_keys values (?, ?, ?)", key, entity, id);
  }

  /**
   * Notes the keys that were merged into records of which there are rows here, where these say all of theirs. An
   * artist's say it of movements, too, that are there under two of their ids.
   */
  addMerged(): void {
    this.workspace.run(
      `insert or ignore into obsolete_keys
       select outcomes.key, present.entity, present.id
       from outcomes
       join records as movement on movement.entity = outcomes.entity and movement.id = outcomes.id
       join present on present.entity = 'artists' and present.id = movement.artist and present.decision = 'write'
       where outcomes.outcome = 'merged' and outcomes.prefix = ?`,
      prefixes.coinsTransaction,
    );
    for (const [entity, prefix] of Object.entries(mergedPrefixes)) {
      // What an artist without a profile is made of was merged into the artist by name.
      this.workspace.run(
        `insert or ignore into obsolete_keys
         select outcomes.key, present.entity, present.id
         from outcomes
         join present on present.entity = ? and present.decision = 'write'
           and present.id = coalesce(outcomes.id, substr(outcomes.detail, length(present.entity) + 2))
         where outcomes.outcome = 'merged' and outcomes.prefix = ?`,
        entity,
        prefix,
      );
    }
  }

  /**
   * Lets the balances that are to be written count along those of the same artist that are to go: until they are gone,
   * they would count twice.
   */
  absorbObsoleteBalances(): void {
    const found = this.workspace.all<{ id: string; key: string; prefix: string }>(
      `select obsolete.id, obsolete.key, outcomes.prefix
       from obsolete_keys as obsolete join outcomes on outcomes.key = obsolete.key
       where obsolete.entity = 'artists' and outcomes.prefix in (?, ?) order by obsolete.id`,
      prefixes.coinsBalance,
      prefixes.coinsTransaction,
    );
    const source = new SourceRows(this.workspace);
    for (const [artistId, obsolete] of Map.groupBy(found, ({ id }) => id)) {
      const key = walletKey(this.ownerOf(artistId));
      const wallet = this.get(key);
      const others = new Set(
        obsolete.map(({ key, prefix }) =>
          prefix === prefixes.coinsBalance ? key : walletKey(partsOf(key, prefix).owner ?? "")
        ),
      );
      others.delete(key);
      if (wallet === null) continue;
      const rows = [...others].map((key): Row => ({
        key,
        value: JSON.parse(source.get(key) ?? "null"),
      }));
      this.add([absorbing(wallet, rows)]);
    }
  }

  setOwner(artistId: string, owner: string): void {
    this.workspace.run("insert or replace into returned_owners values (?, ?)", artistId, owner);
  }

  ownerOf(artistId: string): string {
    return this.workspace.get<{ owner: string }>(
      "select owner from returned_owners where artist_id = ?",
      artistId,
    )?.owner ?? artistId;
  }

  setCampaign(id: string, key: string): void {
    this.workspace.run("insert or replace into returned_campaigns values (?, ?)", id, key);
  }

  addDelivery(record: ExportedRecord, decision: WriteDecision): void {
    this.workspace.run(
      "insert or replace into returned_deliveries values (?, ?, ?, ?, ?)",
      String(record.row.campaign_id),
      sheetOf(record),
      record.id,
      decision,
      JSON.stringify(record),
    );
  }

  /** Makes rows of the deliveries that are to be written, each with all that share its sheet. */
  addSheets(settlement: Settlement | null): void {
    let after: [campaignId: string, sheet: number] = ["", -1];
    while (true) {
      const sheets = this.workspace.all<{ campaign_id: string; sheet: number; key: string | null }>(
        `select campaign_id, sheet, campaign.key
         from returned_deliveries left join returned_campaigns as campaign on campaign.id = campaign_id
         where (campaign_id, sheet) > (?, ?)
         group by campaign_id, sheet having max(decision = 'write') = 1
         order by campaign_id, sheet limit ?`,
        ...after,
        pageSize,
      );
      for (const { campaign_id, sheet, key } of sheets) {
        const deliveries = this.workspace.all<{ record: string; decision: WriteDecision }>(
          "select record, decision from returned_deliveries where campaign_id = ? and sheet = ?",
          campaign_id,
          sheet,
        ).map(({ record, decision }) => ({
          record: JSON.parse(record) as ExportedRecord,
          decision,
        }));
        const row = sheetRow(key ?? "", sheet, deliveries.map(({ record }) => record));
        this.add([row]);
        for (const { record, decision } of deliveries) {
          if (decision === "newer_there") continue;
          settlement?.addReturned(record, "campaign_deliveries", [row], decision === "write");
        }
      }
      if (sheets.length < pageSize) return;
      const last = sheets[sheets.length - 1];
      after = [last.campaign_id, last.sheet];
    }
  }

  count(): number {
    return this.workspace.get<{ count: number }>("select count(*) as count from returned")!.count;
  }

  /** The keys to be written, by their beginnings. */
  countByPrefix(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const page of this.pages()) {
      for (const { key } of page) counts[prefixOf(key)] = (counts[prefixOf(key)] ?? 0) + 1;
    }
    return counts;
  }

  *pages(): Generator<SourceRow[]> {
    let after = "";
    while (true) {
      const page = this.workspace.all<SourceRow>(
        "select key, value from returned where key > ? order by key limit ?",
        after,
        pageSize,
      );
      if (page.length === 0) return;
      yield page;
      after = page[page.length - 1].key;
    }
  }

  /**
   * Pages of the keys that have no record in the target any more, of which it may never have had one, and of those
   * whose record is under another key or says what they did.
   */
  *withoutRecord(size: number): Generator<LeftKey[]> {
    // No record was ever made of a key without any text.
    let after = "";
    while (true) {
      const page = this.workspace.all<Omit<LeftKey, "isObsolete"> & { obsolete: number }>(
        `select outcomes.key, coalesce(obsolete.entity, outcomes.entity) as entity,
           coalesce(obsolete.id, outcomes.id) as id,
           iif(outcome = 'merged', detail, outcomes.key) as madeFrom, obsolete.key is not null as obsolete
         from outcomes left join obsolete_keys as obsolete on obsolete.key = outcomes.key
         where outcomes.key > ? and outcomes.key not in (select key from returned) and (
           obsolete.key is not null
           or outcomes.entity is not null and outcome in ('migrated', 'merged')
             and not exists (
               select 1 from present where present.entity = outcomes.entity and present.id = outcomes.id
             )
         )
         order by outcomes.key limit ?`,
        after,
        size,
      );
      if (page.length === 0) return;
      yield page.map(({ obsolete, ...found }) => ({ ...found, isObsolete: obsolete === 1 }));
      after = page[page.length - 1].key;
    }
  }
}
