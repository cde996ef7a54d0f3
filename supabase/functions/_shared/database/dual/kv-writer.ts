import type { ProfileDocument } from "../kv/artist-profiles.ts";
import { type Documents, hasPending, isDocument, type StoredDocument } from "../kv/documents.ts";
import type { KvTable, Row } from "../kv/kv-table.ts";
import { differingPaths } from "./differing-paths.ts";

/** A document that was brought here from the tables. */
interface MirroredDocument extends StoredDocument {
  /** The number of the change that brought it. */
  mirrored?: number;
  /** The revision it was brought in: one that was written over since has another. */
  mirrored_rev?: number;
}

export type Put =
  /** It is there, in this revision; `added` where nothing was before. */
  | { rev: number; added?: Row }
  /** Not written: what is there may be later. */
  | Outdated;

/** What is there may have been brought by a later change of the tables or, `isOwn`, be the key-value store's own. */
export interface Outdated {
  outdated: Row;
  isOwn: boolean;
}

/** Whether the value was brought here from the tables, or written over one that was. */
export function isMirrored(value: unknown): boolean {
  return isDocument(value) && (value as MirroredDocument).mirrored !== undefined;
}

/** How often a write is tried again when somebody else was faster. */
const maximalAttempts = 10;

/**
 * Writes documents that come from the tables, a revision after what is there, and without undoing a later change. What
 * a document had decided for other keys is completed before it is written over: the tables know of it.
 */
export class KvWriter {
  private readonly table: KvTable;

  /** @param documents of a table whose writes are reported to nobody */
  constructor(private readonly documents: Documents) {
    this.table = documents.table;
  }

  /** The row under the key with nothing pending; null when there is none. */
  async settledRow(key: string): Promise<Row | null> {
    const [row = null] = await this.settledRows([key]);
    return row;
  }

  /** The rows there are under these keys, once nothing is pending in any of them. */
  async settledRows(keys: readonly string[]): Promise<Row[]> {
    const rows = await this.table.getMany(keys);
    const pending = rows.filter(({ value }) => hasPending(value));
    if (pending.length === 0) return rows;
    for (const { key } of pending) await this.documents.settled(key);
    return await this.table.getMany(keys);
  }

  /**
   * @param change the number of the change that brings the document
   * @param before the row as it was before the document was read from the tables: written over whatever it says, as
   *   the document is no older. Numbers begin anew where the schema was made anew.
   * @param known the revision in which both stores had the same: a later one that nothing brought here is the
   *   key-value store's own, and is not written over. Without it all are.
   */
  async put({ key, value }: Row, change: number, before?: Row, known = Infinity): Promise<Put> {
    const document = value as StoredDocument;
    for (let attempt = 1; attempt <= maximalAttempts; attempt++) {
      const row = before ?? await this.settledRow(key);
      if (row === null) {
        const added = { ...document, mirrored: change, mirrored_rev: document.rev };
        if (!await this.table.insert(key, added)) continue;
        return { rev: document.rev, added: { key, value: added } };
      }
      const { rev, mirrored, isOwn } = stateOf(row, known);
      const whole = { ...document, ...unfinishedClaim(row.value) };
      if (isSame(row.value, whole)) return { rev };
      if (!before && (isOwn || mirrored >= change)) return { outdated: row, isOwn };
      const next = Math.max(document.rev, rev + 1);
      const written = { ...whole, rev: next, mirrored: change, mirrored_rev: next };
      if (await this.table.replace(row, written)) return { rev: next };
      if (before) return { outdated: row, isOwn };
    }
    throw new Error(`others kept writing a row of the key-value table`);
  }

  /**
   * Removes what is under the key, unless a later change brought it, or it is the key-value store's own and was written
   * after `since`; null when that is done. `before` and `known` as with `put`.
   */
  async remove(
    key: string,
    change: number,
    { before, known = Infinity, since = "" }: { before?: Row; known?: number; since?: string } = {},
  ): Promise<Outdated | null> {
    for (let attempt = 1; attempt <= maximalAttempts; attempt++) {
      const row = before ?? await this.settledRow(key);
      if (row === null) return null;
      const { mirrored, isOwn } = stateOf(row, known);
      if (!before && isOwn && writtenAt(row) > since) return { outdated: row, isOwn };
      if (!isOwn && mirrored > change) return null;
      if (await this.table.remove(row)) return null;
      if (before) return { outdated: row, isOwn };
    }
    throw new Error(`others kept writing a row of the key-value table`);
  }

  /** Whether the row is the key-value store's own, later than the revision `known`. */
  isOwn(row: Row, known: number): boolean {
    return stateOf(row, known).isOwn;
  }

  /** Takes back what `put` has added, unless somebody has changed it since. */
  async takeBack(added: Row): Promise<void> {
    await this.table.remove(added);
  }
}

function stateOf({ value }: Row, known: number) {
  const { rev = 0, mirrored = 0, mirrored_rev = 0 } = isDocument(value)
    ? value as MirroredDocument
    : {};
  return { rev, mirrored, isOwn: rev > known && rev !== mirrored_rev };
}

/**
 * What a profile says that the tables do not know: whose records are still to be handed over to it. Without it kv mode
 * would leave them with the old owner.
 */
function unfinishedClaim(value: unknown): Pick<ProfileDocument, "claiming"> {
  const claiming = isDocument(value) ? (value as ProfileDocument).claiming : undefined;
  return claiming === undefined ? {} : { claiming };
}

/** When the record was changed last, as far as its document says. */
function writtenAt({ value }: Row): string {
  const instant: unknown = Reflect.get(value as object, "updated_at");
  return typeof instant === "string" ? instant : "";
}

/** Apart from what counts the writes. */
function isSame(one: unknown, other: MirroredDocument): boolean {
  if (!isDocument(one)) return false;
  return differingPaths(withoutCounts(one), withoutCounts(other)).length === 0;
}

function withoutCounts(document: MirroredDocument): object {
  const { rev: _, mirrored: __, mirrored_rev: ___, ...content } = document;
  return content;
}
