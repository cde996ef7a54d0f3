import { prefixes } from "../legacy/keys.ts";
import type { DatabaseHealth, UnreadableRecords } from "../types.ts";
import { whyNoProfile } from "./artist-profiles.ts";
import { openConcert } from "./concert-documents.ts";
import type { KvTable, Row } from "./kv-table.ts";

/** Counts the records that cannot be read, by kind and reason. */
export async function storeHealth(table: KvTable): Promise<DatabaseHealth> {
  const [concerts, profiles] = await Promise.all([
    countReasons("concert", await table.scan(prefixes.concert), async (row) => {
      const opened = await openConcert(row);
      return "unreadable" in opened ? opened.unreadable : null;
    }),
    countReasons("profile", await table.scan(prefixes.profile), whyNoProfile),
  ]);
  return { unreadable: [...concerts, ...profiles] };
}

async function countReasons(
  entity: string,
  rows: Row[],
  reasonOf: (row: Row) => Promise<string | null>,
): Promise<UnreadableRecords[]> {
  const counts = new Map<string, number>();
  for (const row of rows) {
    const reason = await reasonOf(row);
    if (reason !== null) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return [...counts].map(([reason, count]) => ({ entity, reason, count }));
}
