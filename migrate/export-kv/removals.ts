import type { MigrationTarget } from "../../supabase/functions/_shared/database/transfer/migration-target.ts";
import { prefixOf } from "../../supabase/functions/_shared/database/transfer/families.ts";
import type {
  Entity,
  ExportedRecord,
} from "../../supabase/functions/_shared/database/transfer/record.ts";
import { patiently } from "../patiently.ts";
import type { AssembledRecords } from "../workspace/assembled-records.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { compareAll } from "./decide.ts";
import type { LeftKey, ReturnedRows } from "./returned-rows.ts";

/** So many keys fit into the address of a request. */
const keysAtATime = 40;

/** A key that is to be removed. */
export interface Removal {
  key: string;
  /** The record it was, where that is gone; else the one that takes its place. */
  entity: Entity;
  id: string;
  isGone: boolean;
}

/** The keys that are to be removed from the key-value table, in a workspace. */
export class Removals {
  constructor(private readonly workspace: Workspace) {
    workspace.exec(
      `create table removals (
         key text primary key, entity text not null, id text not null, is_gone integer not null
       ) without rowid`,
    );
  }

  /**
   * Finds the keys of records that both stores had and the tables have no more, and those in whose place others say
   * the same. What was never in the tables stays; and what was changed in the key-value table since both had it
   * is newer than its deletion: the answer are the keys of these.
   */
  async find(
    target: MigrationTarget,
    returned: ReturnedRows,
    known: AssembledRecords,
  ): Promise<string[]> {
    const newer: string[] = [];
    for (const page of returned.withoutRecord(keysAtATime)) {
      const imported = await patiently(() =>
        target.importedKeys(page.map(({ madeFrom }) => madeFrom))
      );
      // What a reminder repeats may not say any more of which concert it was, once it has been brought back.
      const reminders = page.filter(({ entity }) => entity === "notifications");
      const repeats = reminders.length === 0
        ? new Set<string>()
        : await patiently(() => target.mergedKeys(reminders.map(({ key }) => key)));
      const isGone = ({ key, madeFrom }: LeftKey) => imported.has(madeFrom) || repeats.has(key);
      const gone = page.filter((found) => !found.isObsolete && isGone(found));
      const changed = await changedThere(target, known, gone);
      for (const found of page) {
        const { key, entity, id, isObsolete } = found;
        if (!isObsolete && changed.has(`${entity} ${id}`)) newer.push(key);
        else if (isObsolete || isGone(found)) {
          this.add({ key, entity, id, isGone: !isObsolete });
        }
      }
    }
    return newer;
  }

  /** How many records are to go for good, by the keys of theirs. */
  goneCount(): number {
    return this.workspace.get<{ count: number }>(
      "select count(*) as count from removals where is_gone = 1",
    )!.count;
  }

  /** The keys to be removed, by their beginnings. */
  countByPrefix(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const page of this.pages()) {
      for (const { key } of page) counts[prefixOf(key)] = (counts[prefixOf(key)] ?? 0) + 1;
    }
    return counts;
  }

  *pages(): Generator<Removal[]> {
    let after = "";
    while (true) {
      const page = this.workspace.all<Omit<Removal, "isGone"> & { is_gone: number }>(
        "select * from removals where key > ? order by key limit ?",
        after,
        keysAtATime,
      );
      if (page.length === 0) return;
      yield page.map(({ is_gone, ...removal }) => ({ ...removal, isGone: is_gone === 1 }));
      after = page[page.length - 1].key;
    }
  }

  private add({ key, entity, id, isGone }: Removal): void {
    this.workspace.run(
      "insert or ignore into removals values (?, ?, ?, ?)",
      key,
      entity,
      id,
      Number(isGone),
    );
  }
}

/** Those that the key-value table has otherwise than both stores had them last: `<entity> <id>`. */
async function changedThere(
  target: MigrationTarget,
  known: AssembledRecords,
  places: readonly { entity: Entity; id: string }[],
): Promise<Set<string>> {
  const changed = new Set<string>();
  for (const [entity, some] of Map.groupBy(places, ({ entity }) => entity)) {
    const records = new Map<string, ExportedRecord>();
    for (const { id } of some) {
      const record = known.get(entity, id);
      if (record !== null) records.set(id, record);
    }
    for (
      const { id, given_agrees } of (await compareAll(target, entity, records.values())).values()
    ) {
      if (!given_agrees) changed.add(`${entity} ${id}`);
    }
  }
  return changed;
}
