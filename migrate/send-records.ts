import { delay } from "deno-std/async/delay.js";
import type {
  Checkpoint,
  ImportedBatch,
  MigrationTarget,
  ReportedKey,
} from "../supabase/functions/_shared/database/transfer/migration-target.ts";
import { entities, type Entity } from "../supabase/functions/_shared/database/transfer/record.ts";
import type { Takeover } from "../supabase/functions/_shared/database/transfer/takeovers.ts";
import { AcrossBatches } from "./across-batches.ts";
import { stopIfAsked } from "./interruption.ts";
import { patiently } from "./patiently.ts";
import type { Progress } from "./terminal/progress.ts";
import { AssembledRecords, type RecordPage } from "./workspace/assembled-records.ts";
import { withoutSecrets } from "./without-secrets.ts";
import { KeyOutcomes } from "./workspace/key-outcomes.ts";
import { SourceRows } from "./workspace/source-rows.ts";
import { Traces } from "./workspace/traces.ts";
import type { Workspace } from "./workspace/workspace.ts";

/** What became of the records of one table. */
export interface EntityResult {
  records: number;
  created: number;
  changed: number;
  unchanged: number;
  /** The target's rows are newer and stay. */
  kept: number;
  rejected: number;
  /** The rejected ones by reason. */
  reasons: Record<string, number>;
}

export type EntityResults = Partial<Record<Entity, EntityResult>>;

/** Where an import goes on, and what it had done until there. */
interface SendingCheckpoint extends Checkpoint {
  /** The table; null: the keys that are in no record. */
  entity: Entity | null;
  /** The last record's place, or the last key, before the batch at hand: so `results` are those of all before. */
  after: number | string | null;
  results: EntityResults;
}

export interface SendingOptions {
  /** The tables to fill; all of them by default. */
  only?: readonly Entity[];
  batchSize: number;
  /** The run, and where it goes on; null: try everything out and leave nothing. */
  run: { id: string; checkpoint: Checkpoint | null } | null;
  progress: Progress;
  signal?: AbortSignal;
}

/**
 * Sends the records of an assembled workspace to the target, parents before children, and then the outcomes of keys
 * that are in no record. Records the target refuses are rejected in the workspace too.
 */
export async function sendRecords(
  workspace: Workspace,
  target: MigrationTarget,
  options: SendingOptions,
): Promise<EntityResults> {
  const sender = new Sender(workspace, target, options);
  const begun = options.run?.checkpoint as SendingCheckpoint | null | undefined ?? null;
  sender.results = begun?.results ?? {};
  const counts = new AssembledRecords(workspace).counts();
  const wanted = entities.filter((entity) => options.only?.includes(entity) ?? true);
  for (const entity of wanted) {
    const isDone = begun !== null &&
      (begun.entity === null || entities.indexOf(entity) < entities.indexOf(begun.entity));
    if (isDone || counts[entity] === 0) continue;
    await sender.sendEntity(
      entity,
      begun?.entity === entity ? Number(begun.after) : 0,
      counts[entity],
    );
  }
  if (options.run && !options.only) {
    const isAtKeys = begun?.entity === null && begun.after !== null;
    await sender.sendKeysWithoutRecord(isAtKeys ? String(begun.after) : null);
  }
  return sender.results;
}

/** Batches on their way: one is written, one travels, one is being made. */
const atOnce = 3;

class Sender {
  results: EntityResults = {};
  /** Everything up to here is written. */
  private reached: Pick<SendingCheckpoint, "entity" | "after"> = { entity: entities[0], after: 0 };
  private readonly rows;
  private readonly records;
  private readonly outcomes;
  private readonly traces;
  /** A dry run's batches leave nothing that the next ones could meet. */
  private readonly acrossBatches;

  constructor(
    workspace: Workspace,
    private readonly target: MigrationTarget,
    private readonly options: SendingOptions,
  ) {
    this.rows = new SourceRows(workspace);
    this.records = new AssembledRecords(workspace);
    this.outcomes = new KeyOutcomes(workspace);
    this.traces = new Traces(workspace);
    this.acrossBatches = options.run
      ? null
      : new AcrossBatches(workspace, options.only ?? entities);
  }

  /**
   * Some batches are on their way at once: while the target writes one, the next is taken from the workspace and
   * travels. Each carries the place up to which all is known to be written, wherever others are by then.
   */
  async sendEntity(entity: Entity, after: number, total: number): Promise<void> {
    const { batchSize, progress, signal, run } = this.options;
    progress.begin(`${run ? "Importing" : "Trying"} ${entity}`, total);
    progress.advance((this.results[entity] ??= noResult()).records);
    this.reached = { entity, after };
    const underway: Promise<void>[] = [];
    try {
      for (
        let batch = this.records.pageToSend(entity, after, batchSize);
        batch !== null;
        batch = this.records.pageToSend(entity, after, batchSize)
      ) {
        if (underway.length === atOnce) await underway.shift();
        stopIfAsked(signal);
        const before = underway.at(-1) ?? Promise.resolve();
        const sent = this.send(entity, batch, after, before);
        sent.catch(() => {});
        underway.push(sent);
        after = batch.last;
        // The request needs a moment to be on its way, before the next batch is made.
        await delay(1);
      }
    } finally {
      await Promise.allSettled(underway);
    }
    await Promise.all(underway);
    progress.end();
  }

  async sendKeysWithoutRecord(after: string | null): Promise<void> {
    const { batchSize, signal } = this.options;
    let batch = this.outcomes.withoutRecord(after, batchSize);
    while (batch.length > 0) {
      stopIfAsked(signal);
      this.reached = { entity: null, after };
      await this.report(entities[0], batch);
      after = batch[batch.length - 1].key;
      batch = this.outcomes.withoutRecord(after, batchSize);
    }
  }

  private async send(
    entity: Entity,
    batch: RecordPage,
    after: number,
    before: Promise<void>,
  ): Promise<void> {
    const { count, last, json } = batch;
    // An import before, interrupted, may have met what is no longer in the way.
    this.outcomes.forgetRefusals(entity, after, last);
    const outcomes = this.options.run ? this.outcomes.ofRecords(entity, after, last) : [];
    // Whose value has to come along goes apart; so does all, once the target has refused something of this.
    const isApart = outcomes.some(({ outcome }) => outcome === "rejected");
    const takeovers = entity === "artists" ? this.traces.takeovers(after, last) : [];
    let answer = await this.import(entity, json, isApart ? [] : outcomes, takeovers);
    // A key of which several records are refused has the reason of the first.
    await before;
    if (this.acrossBatches) {
      answer = await this.acrossBatches.completed(
        entity,
        batch,
        answer,
        (records) => this.import(entity, records, []),
      );
    }
    for (const { id, key, reason } of answer.rejected) {
      this.outcomes.reject({ entity, id }, key, reason);
    }
    if (this.options.run && (isApart || answer.rejected.length > 0)) {
      await this.report(entity, this.outcomes.ofRecords(entity, after, last));
    }
    this.results[entity] = addedTo(this.results[entity] ?? noResult(), count, answer);
    this.reached = { entity, after: last };
    this.options.progress.advance(count);
  }

  private async report(
    entity: Entity,
    outcomes: ReportedKey[],
  ): Promise<void> {
    for (const part of this.withValues(outcomes)) await this.import(entity, "[]", part);
  }

  private import(
    entity: Entity,
    records: string,
    outcomes: ReportedKey[],
    takeovers: readonly Takeover[] = [],
  ): Promise<ImportedBatch> {
    const { run } = this.options;
    const checkpoint: SendingCheckpoint = { ...this.reached, results: this.results };
    return patiently(() =>
      this.target.importRecords(
        entity,
        records,
        run ? { run_id: run.id, checkpoint, outcomes, takeovers } : { dry_run: true, takeovers },
      )
    );
  }

  /** Outcomes with the values of what is rejected, in parts that fit into a request. */
  private *withValues(outcomes: ReportedKey[]): Generator<ReportedKey[]> {
    let part: ReportedKey[] = [];
    let characters = 0;
    for (const reported of outcomes) {
      const whole = reported.outcome === "rejected" ? this.rows.get(reported.key) : null;
      const value = whole && withoutSecrets(reported.key, whole);
      const complete = value === null ? reported : { ...reported, value };
      if (part.length > 0 && characters + (value?.length ?? 0) > maximalCharacters) {
        yield part;
        [part, characters] = [[], 0];
      }
      part.push(complete);
      characters += value?.length ?? 0;
    }
    if (part.length > 0) yield part;
  }
}

/** Gateways refuse requests of more than some megabytes. */
const maximalCharacters = 4_000_000;

function noResult(): EntityResult {
  return { records: 0, created: 0, changed: 0, unchanged: 0, kept: 0, rejected: 0, reasons: {} };
}

function addedTo(result: EntityResult, records: number, answer: ImportedBatch): EntityResult {
  const reasons = { ...result.reasons };
  for (const { reason } of answer.rejected) reasons[reason] = (reasons[reason] ?? 0) + 1;
  return {
    records: result.records + records,
    created: result.created + answer.created,
    changed: result.changed + answer.changed,
    unchanged: result.unchanged + answer.unchanged,
    kept: result.kept + answer.kept.length,
    rejected: result.rejected + answer.rejected.length,
    reasons,
  };
}
