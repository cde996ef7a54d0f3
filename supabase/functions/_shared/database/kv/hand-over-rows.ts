import { isDocument } from "./documents.ts";
import type { KvTable, Row } from "./kv-table.ts";

/** The id under which an old owner's records were known, and the one of the account that took over their profile. */
export interface HandOver {
  oldId: string;
  newId: string;
  /**
   * Whether it has not been brought to its end by others. What bears the old id from then on was made by an account that
   * has it, and stays theirs: asked once a record is read, before it is written.
   */
  goesOn(): Promise<boolean>;
}

/**
 * Copies rows whose keys are `{prefix}{artist}:…` and that nobody ever changes; what is there already stays. Can be
 * repeated.
 */
export async function copyRows(table: KvTable, prefix: string, handOver: HandOver): Promise<void> {
  await eachRow(table, prefix, handOver, async () => {});
}

/** The same, and takes away what was copied: a row is under its new key before it is gone from the old one. */
export async function moveRows(table: KvTable, prefix: string, handOver: HandOver): Promise<void> {
  await eachRow(table, prefix, handOver, ({ key }) => table.removeKey(key));
}

async function eachRow(
  table: KvTable,
  prefix: string,
  { oldId, newId, goesOn }: HandOver,
  afterCopy: (row: Row) => Promise<void>,
): Promise<void> {
  const beginning = `${prefix}${oldId}:`;
  for await (const rows of table.scanPages(beginning)) {
    if (rows.length === 0 || !await goesOn()) return;
    for (const row of rows) {
      const { key, value } = row;
      if (!isDocument(value)) continue;
      const named = "artist_id" in value ? { artist_id: newId } : {};
      await table.insert(`${prefix}${newId}:${key.slice(beginning.length)}`, {
        ...value,
        ...named,
      });
      await afterCopy(row);
    }
  }
}
