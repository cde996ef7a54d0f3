import { pooledMap } from "deno-std/async/pool.js";
import type { PostgrestClient } from "@supabase/postgrest-js";
import { Refusal } from "../../domain/refusal.ts";
import type { KvStore } from "../kv/kv-context.ts";
import type { Row } from "../kv/kv-table.ts";
import {
  type AcknowledgedChange,
  MigrationTarget,
  type TargetChange,
} from "../transfer/migration-target.ts";
import { entities, type ExportedRecord } from "../transfer/record.ts";
import {
  ChangeWriter,
  type RowChange,
  type WrittenBeside,
  type WrittenChange,
} from "./change-writer.ts";
import { CopyToSql } from "./copy-to-sql.ts";
import type { Outdated } from "./kv-writer.ts";
import { TableFacts } from "./table-facts.ts";

export interface CarriedChanges {
  /** Changes that are in the key-value table now. */
  carried: number;
  /** Changes that are not, and stay in the outbox: what was thrown for each. */
  failures: unknown[];
  /** There may be more. */
  isFull: boolean;
}

export interface CarryOptions {
  /** Changes taken at once. */
  pageSize?: number;
  /** Takes the latest ones, not the oldest. */
  newest?: boolean;
}

/** Documents written at the same time. */
const parallelWrites = 5;

/** How often a page is taken again because of rows that somebody else was writing. */
const maximalPasses = 4;

/** A change and what is to be done for it. */
interface Task {
  change: TargetChange;
  write(): Promise<WrittenChange>;
}

interface Failure {
  error: unknown;
  change: TargetChange;
}

interface Pass {
  carried: number;
  failures: Failure[];
  /** What stands in the way of changes, by its key. */
  outdated: Map<string, Outdated & { change: TargetChange }>;
  isFull: boolean;
}

/** Makes the key-value table say what the tables say, change by change, as the outbox of the tables lists them. */
export class CopyToKv {
  private readonly target: MigrationTarget;
  private readonly facts: TableFacts;
  private readonly copyBack: CopyToSql;

  /**
   * @param client of the project with the tables; acts with a secret key
   * @param store its writes are reported to nobody
   */
  constructor(client: PostgrestClient, private readonly store: KvStore) {
    this.target = new MigrationTarget(client);
    this.facts = new TableFacts(client);
    this.copyBack = new CopyToSql(store, client);
  }

  /**
   * Carries a page of changes over. A row that others keep writing stays in the outbox, for them or for the next time;
   * one that the key-value table does not take goes behind the others there. Throws when the tables do not answer.
   */
  async carry({ pageSize = 200, newest = false }: CarryOptions = {}): Promise<CarriedChanges> {
    const all: CarriedChanges = { carried: 0, failures: [], isFull: false };
    let before: ReadonlyMap<string, Row> = new Map();
    for (let passes = 0; passes < maximalPasses; passes++) {
      // Taken after a row that stands in its way was read, what the outbox still has is not older than that row.
      const pass = await this.pass({ pageSize, newest }, before);
      const failures = [...pass.failures];
      before = await this.settle([...pass.outdated.values()], failures);
      all.carried += pass.carried;
      all.failures.push(...failures.map(({ error }) => error));
      all.isFull ||= pass.isFull;
      await this.postpone(failures);
      if (before.size === 0 || failures.some(({ error }) => isAway(error))) break;
    }
    return all;
  }

  /** Carries over what is in the outbox, all of it, those that have failed before included, once. */
  async carryAll(): Promise<CarriedChanges> {
    await this.target.resumeChanges();
    const all: CarriedChanges = { carried: 0, failures: [], isFull: false };
    while (true) {
      const { carried, failures } = await this.carry();
      all.carried += carried;
      all.failures.push(...failures);
      // Those that failed have made room for those behind them.
      if (carried === 0 && failures.length === 0 || failures.some(isAway)) return all;
    }
  }

  private async pass(
    { pageSize, newest }: Required<CarryOptions>,
    before: ReadonlyMap<string, Row>,
  ): Promise<Pass> {
    const changes = await this.target.takeChanges(pageSize, newest);
    const writer = new ChangeWriter(this.store.documents, this.facts, before);
    const taken = changes.reduce((sum, { changes }) => sum + changes, 0);
    const pass: Pass = {
      carried: 0,
      failures: [],
      outdated: new Map(),
      isFull: taken >= pageSize,
    };
    const acknowledged: AcknowledgedChange[] = [];
    const besides: WrittenBeside[] = [];
    const added: { change: TargetChange; record: ExportedRecord; rows: Row[] }[] = [];

    const work = async ({ change, write }: Task) => {
      if (pass.failures.some(({ error }) => isAway(error))) return;
      try {
        const written = await write();
        if ("outdated" in written) {
          for (const found of written.outdated) {
            pass.outdated.set(found.outdated.key, { ...found, change });
          }
          return;
        }
        const { key, version } = written;
        const { seq, entity, id, checksum } = change;
        acknowledged.push({ seq, entity, id, key, version, checksum });
        besides.push(...written.besides ?? []);
        if (written.added.length > 0 && change.record) {
          added.push({ change, record: change.record, rows: written.added });
        }
      } catch (error) {
        pass.failures.push({ error, change });
      }
    };
    for (const tasks of tasksOf(changes, writer)) {
      await Array.fromAsync(pooledMap(parallelWrites, tasks, work));
    }
    pass.carried = acknowledged.length;
    // No change of theirs is meant; those that have one among these are told with it.
    const changed = new Set(changes.map(({ entity, id }) => `${entity} ${id}`));
    for (const record of besides) {
      if (!changed.has(`${record.entity} ${record.id}`)) acknowledged.push({ ...record, seq: 0 });
    }
    if (acknowledged.length > 0) await this.target.acknowledgeChanges(acknowledged);

    // A row can have gone, and its going been carried over, between the taking of its change and the adding here.
    const look = async ({ change, record, rows }: typeof added[number]) => {
      if (await this.facts.has(change.entity, record)) return;
      for (const row of rows) await writer.takeBack(row);
    };
    await Array.fromAsync(pooledMap(parallelWrites, added, look));
    return pass;
  }

  /**
   * What the key-value store has of its own, written by a mode in which it decides, is brought to the tables first,
   * where the later of the two wins. Then what the tables have is no older, and may be written over it.
   */
  private async settle(
    found: (Outdated & { change: TargetChange })[],
    failures: Failure[],
  ): Promise<Map<string, Row>> {
    const own = found.filter(({ isOwn }) => isOwn).map(({ outdated }) => outdated.key);
    const { notCopied } = own.length > 0 ? await this.copyBack.copy(own) : { notCopied: [] };
    const reasons = new Map(notCopied.map(({ key, reason }) => [key, reason]));
    const before = new Map<string, Row>();
    for (const { outdated, change } of found) {
      const reason = reasons.get(outdated.key);
      if (reason === undefined) before.set(outdated.key, outdated);
      else {failures.push({
          error: new Error(`the tables refuse what is there: ${reason}`),
          change,
        });}
    }
    return before;
  }

  private async postpone(failures: readonly Failure[]): Promise<void> {
    const changes = failures.filter(({ error }) => !isAway(error)).map(({ change }) => change);
    if (changes.length > 0) await this.target.postponeChanges(changes);
  }
}

/** By entity: what is in one list can be written at once, what is in a later one refers to it. */
function tasksOf(changes: readonly TargetChange[], writer: ChangeWriter): Task[][] {
  const byEntity = Map.groupBy(changes, ({ entity }) => entity);
  return entities.map((entity) =>
    (byEntity.get(entity) ?? []).map((change) => ({
      change,
      write: () =>
        entity === "campaign_deliveries"
          ? writer.writeSheet(change)
          : writer.write(change as RowChange),
    }))
  );
}

function isAway(error: unknown): boolean {
  return error instanceof Refusal && error.code === "unavailable";
}
