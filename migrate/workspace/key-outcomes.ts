import type { ReportedKey } from "../../supabase/functions/_shared/database/transfer/migration-target.ts";
import { prefixOf } from "../../supabase/functions/_shared/database/transfer/families.ts";
import type { LeftOutRule } from "../../supabase/functions/_shared/database/transfer/outcome-codes.ts";
import type {
  Entity,
  KeyOutcome,
} from "../../supabase/functions/_shared/database/transfer/record.ts";
import type { Workspace } from "./workspace.ts";

/** The record that a key became, or became part of. */
export interface Place {
  entity: Entity;
  id: string;
}

/** An outcome, as the target's refusal of a record has it, or else as the source's own rules do. */
const columns = `key, prefix, iif(refusal is null, outcome, 'rejected') as outcome,
  coalesce(refusal, detail) as detail, repairs`;

interface StoredOutcome {
  key: string;
  outcome: KeyOutcome["outcome"];
  /** Into what it was merged, the rule by which it was left out, why it was rejected. */
  detail: string | null;
  /** JSON */
  repairs: string;
}

/** How many keys of a beginning ended so, for one reason. */
export interface OutcomeCount {
  prefix: string;
  outcome: KeyOutcome["outcome"];
  /** The rule or reason; empty for what is migrated or merged. */
  reason: string;
  count: number;
}

/** What became of every key of a source, which each have exactly one outcome. */
export class KeyOutcomes {
  constructor(private readonly workspace: Workspace) {
    workspace.exec(`
      create table if not exists outcomes (
        key text primary key,
        prefix text not null,
        outcome text not null,
        detail text,
        repairs text not null,
        entity text,
        id text,
        refusal text,
        refused_entity text,
        refused_id text
      ) without rowid;
      create index if not exists outcomes_refused on outcomes (refused_entity, refused_id)
        where refusal is not null;
    `);
  }

  clear(): void {
    this.workspace.exec("drop index if exists outcomes_by_place; delete from outcomes");
  }

  /** @param place null for a key that is in no record */
  set(key: string, outcome: KeyOutcome, place: Place | null): void {
    this.workspace.run(
      "insert or replace into outcomes (key, prefix, outcome, detail, repairs, entity, id) values (?, ?, ?, ?, ?, ?, ?)",
      key,
      prefixOf(key),
      outcome.outcome,
      detailOf(outcome),
      JSON.stringify("repairs" in outcome ? outcome.repairs : []),
      place?.entity ?? null,
      place?.id ?? null,
    );
  }

  /** Gives the keys that were merged into another key's record that record's place; once all keys are there. */
  findPlaces(): void {
    this.workspace.run(
      `update outcomes set entity = target.entity, id = target.id
       from outcomes as target
       where outcomes.outcome = 'merged' and target.key = outcomes.detail and target.entity is not null`,
    );
    // Ids are in no order: made all at once, the index costs a part of what it does row by row.
    this.workspace.exec("create index outcomes_by_place on outcomes (entity, id)");
  }

  /** The keys that a record is made of, `key` among them. */
  keysOf({ entity, id }: Place, key: string | null): string[] {
    return this.workspace.all<{ key: string }>(
      "select key from outcomes where (entity = ? and id = ?) or key = ?",
      entity,
      id,
      key,
    ).map((found) => found.key);
  }

  /** Rejects the keys of a record that the target refuses; those of another refused one are that already. */
  reject(place: Place, key: string | null, reason: string): void {
    for (const rejected of this.keysOf(place, key)) {
      this.workspace.run(
        "update outcomes set refusal = ?, refused_entity = ?, refused_id = ? where key = ? and refusal is null",
        reason,
        place.entity,
        place.id,
        rejected,
      );
    }
  }

  /** Forgets refusals of the records behind the place `after` up to `last`, which are to be tried again. */
  forgetRefusals(entity: Entity, after: number, last: number): void {
    this.workspace.run(
      `update outcomes set refusal = null, refused_entity = null, refused_id = null
       where refusal is not null and (refused_entity, refused_id) in (
         select entity, id from records where entity = ? and place > ? and place <= ?
       )`,
      entity,
      after,
      last,
    );
  }

  get(key: string): KeyOutcome | null {
    const found = this.workspace.get<StoredOutcome>(
      `select ${columns} from outcomes where key = ?`,
      key,
    );
    return found ? outcomeOf(found) : null;
  }

  /**
   * The outcomes of the keys that are in the records behind the place `after` up to `last`, or refused with one of them.
   */
  ofRecords(entity: Entity, after: number, last: number): ReportedKey[] {
    return this.workspace.all<StoredOutcome>(
      `with sent as (
         select entity as sent_entity, id as sent_id from records where entity = ? and place > ? and place <= ?
       )
       select ${columns} from sent cross join outcomes on entity = sent_entity and id = sent_id
       union
       select ${columns} from sent cross join outcomes
         on refusal is not null and refused_entity = sent_entity and refused_id = sent_id
       order by key`,
      entity,
      after,
      last,
    ).map(reportOf);
  }

  /** The outcomes of keys behind `after`, null for the first ones, that are in no record. */
  withoutRecord(after: string | null, size: number): ReportedKey[] {
    // There may be a key without any text.
    const isBehind = after === null ? "key >= ?" : "key > ?";
    return this.workspace.all<StoredOutcome>(
      `select ${columns} from outcomes where entity is null and ${isBehind} order by key limit ?`,
      after ?? "",
      size,
    ).map(reportOf);
  }

  /** The keys that are rejected, in their order. */
  rejectedKeys(): string[] {
    return this.workspace.all<{ key: string }>(
      "select key from outcomes where outcome = 'rejected' order by key",
    ).map(({ key }) => key);
  }

  counts(): OutcomeCount[] {
    return this.workspace.all(
      `select prefix, outcome, iif(outcome in ('left_out', 'rejected'), detail, '') as reason, count(*) as count
       from (select ${columns} from outcomes) group by 1, 2, 3 order by 1, 2, 3`,
    );
  }

  /** How often each repair was made. */
  repairs(): Record<string, number> {
    const found = this.workspace.all<{ repair: string; count: number }>(
      `select repair.value as repair, count(*) as count
       from outcomes, json_each(outcomes.repairs) as repair group by 1 order by 2 desc, 1`,
    );
    return Object.fromEntries(found.map(({ repair, count }) => [repair, count]));
  }
}

function detailOf(outcome: KeyOutcome): string | null {
  switch (outcome.outcome) {
    case "migrated":
      return null;
    case "merged":
      return outcome.into;
    case "left_out":
      return outcome.rule;
    case "rejected":
      return outcome.reason;
  }
}

function reportOf(stored: StoredOutcome): ReportedKey {
  return { key: stored.key, ...outcomeOf(stored) };
}

function outcomeOf({ outcome, detail, repairs }: StoredOutcome): KeyOutcome {
  switch (outcome) {
    case "migrated":
      return { outcome, repairs: JSON.parse(repairs) };
    case "merged":
      return { outcome, into: detail ?? "", repairs: JSON.parse(repairs) };
    case "left_out":
      return { outcome, rule: detail as LeftOutRule };
    case "rejected":
      return { outcome, reason: detail ?? "" };
  }
}
