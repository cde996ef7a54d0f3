import { isDocument, type StoredDocument } from "../kv/documents.ts";
import type { KvTable, Row } from "../kv/kv-table.ts";
import type { CopyToSql } from "./copy-to-sql.ts";
import type { NotCopied } from "./delete-records.ts";

/** No family of records: a migration leaves these keys out. */
const notePrefix = "mirror_repair:";

/** What is still to be written to the tables, and why it was not. */
export interface RepairDocument extends StoredDocument {
  at: string;
  /** A code, without any of the record's content. */
  reason: string;
}

/** A key that is to be mirrored again, and the row that says so. */
export interface Repair {
  key: string;
  row: Row;
}

/** Notes that `key` is to be mirrored again. Each note counts up, so that none is taken for an earlier one. */
export async function noteRepair(table: KvTable, key: string, reason: string): Promise<void> {
  const at = new Date().toISOString();
  const noteKey = notePrefix + key;
  while (true) {
    const row = await table.get(noteKey);
    const rev = row && isDocument(row.value) ? row.value.rev : 0;
    const note: RepairDocument = { at, reason, legacy: null, rev: rev + 1 };
    if (row ? await table.replace(row, note) : await table.insert(noteKey, note)) return;
  }
}

/** Everything that is to be mirrored again. */
async function pendingRepairs(table: KvTable): Promise<Repair[]> {
  const rows = await table.scan(notePrefix);
  return rows.map((row) => ({ key: row.key.slice(notePrefix.length), row }));
}

export function countRepairs(table: KvTable): Promise<number> {
  return table.countKeys(notePrefix);
}

export interface RepairedKeys {
  /** Keys that were brought to the tables. */
  copied: number;
  /** Keys that could not be, and why; they stay noted. */
  notCopied: NotCopied[];
}

/** Keys that are copied together. */
const keysAtOnce = 100;

/** Brings to the tables what is noted. Throws when one of the stores does not answer. */
export async function copyRepairs(table: KvTable, copy: CopyToSql): Promise<RepairedKeys> {
  const repaired: RepairedKeys = { copied: 0, notCopied: [] };
  const repairs = await pendingRepairs(table);
  for (let start = 0; start < repairs.length; start += keysAtOnce) {
    const some = repairs.slice(start, start + keysAtOnce);
    const { notCopied, changing } = await copy.copy(some.map(({ key }) => key));
    repaired.notCopied.push(
      ...notCopied,
      ...changing.map((key) => ({ key, reason: "kept_changing" })),
    );
    const failed = new Set(repaired.notCopied.map(({ key }) => key));
    for (const { key, row } of some) {
      if (failed.has(key)) continue;
      // Unless it was noted once more meanwhile.
      if (await table.remove(row)) repaired.copied++;
    }
  }
  return repaired;
}
