import { retry, RetryError } from "deno-std/async/retry.js";
import { Refusal } from "../../domain/refusal.ts";
import type { KvTable, Row } from "./kv-table.ts";
import { SerializeByKey } from "./serialize-by-key.ts";

/** What every value of the new shape carries beside its own fields. */
export interface StoredDocument {
  /** Counts the writes, from 1 on; 0 for an old value that was read and not yet rewritten. */
  rev: number;
  /** The whole old value this one replaced, null for values without a past. Its presence marks the new shape. */
  legacy: unknown;
  /** What the last write decided for other keys and is not known to be written there yet. */
  pending?: { operation: number; writes: FollowUp[] };
  /** By deciding key, the last operation of its that was applied here. */
  applied?: Record<string, number>;
}

/**
 * What a decision writes to another key. Each can be repeated without harm:
 *
 * - `insert`: the value goes there if the key is free;
 * - `set`, `add`: the fields are set, the numbers added to, once for each operation; nothing where there is no value,
 *   or where its fields are not those of `where` any more;
 * - `remove`: the key goes.
 */
export type FollowUp =
  | { key: string; insert: object }
  | {
    key: string;
    set: Record<string, unknown>;
    add?: Record<string, number>;
    where?: Record<string, unknown>;
  }
  | { key: string; remove: true };

/** What is to become of a document. Without `write` and `remove` it stays as it is. */
export interface Decision<Result> {
  result: Result;
  write?: object;
  remove?: true;
  followUps?: FollowUp[];
}

/** Makes a document of a row, of an old one in the shape it is rewritten in; null where a row cannot be read. */
export type OpenRow = (row: Row) => Promise<StoredDocument | null>;

/**
 * Values that are read, decided on and written as one step, though the store has no transactions.
 *
 * A decision that concerns several keys is taken on one of them, the deciding row. One conditional write puts down its
 * new value and, as `pending`, what is to be written elsewhere; then the others are written and `pending` is cleared.
 * Whoever next changes or settles the deciding row first completes what is pending. So wherever the process dies,
 * either nothing was decided, or all of it takes effect, and takes effect once: a target remembers in `applied` the
 * last operation of each deciding row, of which no second one begins before the first is through.
 */
export class Documents {
  private readonly queue = new SerializeByKey();

  constructor(readonly table: KvTable, private readonly open: OpenRow) {}

  /** The document under `key` with nothing pending; null when there is none or it cannot be read. */
  async settled<Document extends StoredDocument>(key: string): Promise<Document | null> {
    const current = await this.load(key);
    if (current === null) return null;
    if (!hasPending(current.document)) return current.document as Document;
    return await this.queue.run(key, () => this.untilWon(() => this.loadSettled(key)))
      .then((settled) => settled?.document as Document | undefined ?? null);
  }

  /**
   * Changes the document under `key` by what `decide` makes of it, null where there is none. `decide` may be called
   * again with a newer document; what it throws is thrown, with nothing changed.
   *
   * Throws `unavailable` when others kept changing the document.
   */
  change<Document extends StoredDocument, Result>(
    key: string,
    decide: (current: Document | null) => Promise<Decision<Result>> | Decision<Result>,
  ): Promise<Result> {
    return this.queue.run(key, () =>
      this.untilWon(async () => {
        const current = await this.loadSettled(key);
        const decision = await decide(current?.document as Document | undefined ?? null);
        if (!decision.write && !decision.remove) return decision.result;
        const written = await this.put(key, current, decision);
        if (written) await this.complete(key, written);
        return decision.result;
      }));
  }

  /** Writes a decision; the document it wrote, null when it removed one and that was all. */
  private async put(
    key: string,
    current: Loaded | null,
    { write, remove, followUps = [] }: Decision<unknown>,
  ): Promise<StoredDocument | null> {
    if (remove && followUps.length === 0) {
      if (current && !await this.table.remove(current.row)) throw new Contention(key);
      return null;
    }
    const rev = (current?.document.rev ?? 0) + 1;
    const document: StoredDocument = { legacy: null, ...write ?? current?.document, rev };
    // What is to go goes last: until then it remembers what else is to be done.
    const writes: FollowUp[] = remove ? [...followUps, { key, remove }] : followUps;
    if (writes.length > 0) document.pending = { operation: rev, writes };
    const won = current
      ? await this.table.replace(current.row, document)
      : await this.table.insert(key, document);
    if (!won) throw new Contention(key);
    return document;
  }

  private async load(key: string): Promise<Loaded | null> {
    const row = await this.table.get(key);
    const document = row && await this.open(row);
    return document && { row, document };
  }

  private async loadSettled(key: string): Promise<Loaded | null> {
    const current = await this.load(key);
    if (!current || !hasPending(current.document)) return current;
    await this.complete(key, current.document);
    // Another writer may have decided something new meanwhile, and its follow-ups must not be written over.
    throw new Contention(key);
  }

  /** Applies what is pending in `document` and clears it. */
  private async complete(key: string, { pending }: StoredDocument): Promise<void> {
    if (!pending) return;
    for (const write of pending.writes) await this.apply(key, pending.operation, write);
    await this.untilWon(async () => {
      const current = await this.load(key);
      if (current?.document.pending?.operation !== pending.operation) return;
      const { pending: _, ...document } = current.document;
      if (!await this.table.replace(current.row, { ...document, rev: document.rev + 1 })) {
        throw new Contention(key);
      }
    });
  }

  private async apply(source: string, operation: number, followUp: FollowUp): Promise<void> {
    if ("insert" in followUp) {
      await this.table.insert(followUp.key, { legacy: null, ...followUp.insert, rev: 1 });
      return;
    }
    if ("remove" in followUp) return await this.table.removeKey(followUp.key);
    await this.untilWon(async () => {
      const target = await this.load(followUp.key);
      if (target === null) return;
      const applied = new Map(Object.entries(target.document.applied ?? {}));
      if ((applied.get(source) ?? 0) >= operation) return;
      if (!hasFields(target.document, followUp.where ?? {})) return;
      applied.set(source, operation);
      const changed = {
        ...target.document,
        ...followUp.set,
        ...sums(target.document, followUp.add ?? {}),
        rev: target.document.rev + 1,
        applied: Object.fromEntries(applied),
      };
      if (!await this.table.replace(target.row, changed)) throw new Contention(followUp.key);
    });
  }

  /** Tries `attempt` again while another writer was faster. */
  private async untilWon<Result>(attempt: () => Promise<Result>): Promise<Result> {
    try {
      return await retry(attempt, {
        minTimeout: 10,
        maxTimeout: 500,
        maxAttempts: 15,
        isRetriable: (error: unknown) => error instanceof Contention,
      });
    } catch (error) {
      if (error instanceof RetryError) throw new Refusal("unavailable", [], { cause: error });
      throw error;
    }
  }
}

interface Loaded {
  row: Row;
  document: StoredDocument;
}

/** Another writer was faster; to be tried again with what it wrote. */
class Contention extends Error {
  override readonly name = "Contention";
}

function hasFields(document: object, fields: Record<string, unknown>): boolean {
  return Object.entries(fields).every(([field, value]) => Reflect.get(document, field) === value);
}

function sums(document: object, addends: Record<string, number>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(addends).map(([field, addend]) => {
      const value: unknown = Reflect.get(document, field);
      return [field, (typeof value === "number" ? value : 0) + addend];
    }),
  );
}

/** Whether a value's writer has left writes to be completed; of values that nobody checked, only what can be. */
export function hasPending(value: unknown): boolean {
  if (!isDocument(value) || !Array.isArray(value.pending?.writes)) return false;
  return Number.isInteger(value.pending.operation) &&
    value.pending.writes.every((write) => typeof write?.key === "string");
}

/** Whether a value is of the new shape. Old values, which nobody ever filtered, may well have a field `rev`. */
export function isDocument(value: unknown): value is StoredDocument {
  return typeof value === "object" && value !== null && "legacy" in value && "rev" in value &&
    Number.isInteger(value.rev) && Number(value.rev) >= 1;
}
