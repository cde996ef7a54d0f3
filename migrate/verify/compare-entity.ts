import { createHash } from "node:crypto";
import { canonicalRow } from "../../supabase/functions/_shared/database/transfer/columns.ts";
import type { MigrationTarget } from "../../supabase/functions/_shared/database/transfer/migration-target.ts";
import type {
  Entity,
  ExportedRecord,
} from "../../supabase/functions/_shared/database/transfer/record.ts";
import { stopIfAsked } from "../interruption.ts";
import { patiently } from "../patiently.ts";
import type { AssembledRecords } from "../workspace/assembled-records.ts";
import { canonicalText } from "../canonical-text.ts";

/** A record that is not the same on both sides. */
export interface Difference {
  entity: Entity;
  id: string;
  /** The key it comes from; null for one that no key tells of. */
  key: string | null;
  /** Missing in the target, refused by it and kept whole in its rejects, not of the source, or with other values. */
  kind: "missing" | "refused" | "extra" | "different";
  /** The columns with other values. */
  fields: string[];
}

/** One side's records of a table. */
export interface Side {
  count: number;
  /** SHA-256 over all records in the order of their ids, hexadecimal. */
  checksum: string;
}

export interface EntityComparison {
  source: Side;
  target: Side;
  missing: number;
  refused: number;
  extra: number;
  different: number;
}

export interface ComparingOptions {
  /** Whether the target refused this record, which it has not, and keeps what the source has of it. */
  isRefused(record: { entity: Entity; id: string; key: string | null }): boolean;
  onDifference(difference: Difference): void;
  onRecords(count: number): void;
  batchSize: number;
  signal?: AbortSignal;
}

/** Goes through a table on both sides at once, in the order of ids, and compares every record. */
export async function compareEntity(
  entity: Entity,
  records: Pick<AssembledRecords, "page">,
  target: Pick<MigrationTarget, "exportRecords">,
  options: ComparingOptions,
): Promise<EntityComparison> {
  const { batchSize, signal } = options;
  const source = new Reader(
    entity,
    (after) => Promise.resolve(records.page(entity, after, batchSize)),
  );
  const there = new Reader(entity, (after) => {
    stopIfAsked(signal);
    return patiently(() => target.exportRecords(entity, after || null, batchSize));
  });
  const found = { missing: 0, refused: 0, extra: 0, different: 0 };
  const tell = (kind: Difference["kind"], { id, key }: ReadRecord, fields: string[] = []) => {
    found[kind]++;
    options.onDifference({ entity, id, key, kind, fields });
  };

  let [ours, theirs] = [await source.next(), await there.next()];
  while (ours || theirs) {
    options.onRecords(1);
    if (ours && (!theirs || isBefore(ours.id, theirs.id))) {
      // Counted in any case: what the source has and the target has not is never the same.
      source.count(ours);
      tell(options.isRefused({ entity, ...ours }) ? "refused" : "missing", ours);
      ours = await source.next();
    } else if (theirs && (!ours || isBefore(theirs.id, ours.id))) {
      there.count(theirs);
      tell("extra", theirs);
      theirs = await there.next();
    } else if (ours && theirs) {
      source.count(ours);
      there.count(theirs);
      if (ours.text !== theirs.text) tell("different", ours, fieldsThatDiffer(ours, theirs));
      [ours, theirs] = [await source.next(), await there.next()];
    }
  }
  return { source: source.side(), target: there.side(), ...found };
}

/** By code points, as both sides give their pages: JavaScript's `<` orders the rarer characters otherwise. */
function isBefore(one: string, other: string): boolean {
  for (let place = 0; place < one.length && place < other.length;) {
    const [ours, theirs] = [one.codePointAt(place)!, other.codePointAt(place)!];
    if (ours !== theirs) return ours < theirs;
    place += ours > 0xffff ? 2 : 1;
  }
  return one.length < other.length;
}

interface ReadRecord {
  id: string;
  key: string | null;
  row: Record<string, unknown>;
  text: string;
}

/** One side's records, one after the other. */
class Reader {
  private page: ExportedRecord[] = [];
  private place = 0;
  private last = "";
  private counted = 0;
  private readonly hash = createHash("sha256");

  constructor(
    private readonly entity: Entity,
    private readonly read: (after: string) => Promise<ExportedRecord[]>,
  ) {}

  async next(): Promise<ReadRecord | null> {
    if (this.place === this.page.length) {
      this.page = await this.read(this.last);
      this.place = 0;
      if (this.page.length === 0) return null;
      this.last = this.page[this.page.length - 1].id;
    }
    const { id, key, row } = this.page[this.place++];
    const canonical = canonicalRow(this.entity, row);
    return { id, key, row: canonical, text: canonicalText(canonical) };
  }

  count({ id, text }: ReadRecord): void {
    this.counted++;
    this.hash.update(`${id}\n${text}\n`);
  }

  side(): Side {
    return { count: this.counted, checksum: this.hash.digest("hex") };
  }
}

function fieldsThatDiffer(ours: ReadRecord, theirs: ReadRecord): string[] {
  return Object.keys(ours.row)
    .filter((field) => canonicalText(ours.row[field]) !== canonicalText(theirs.row[field]));
}
