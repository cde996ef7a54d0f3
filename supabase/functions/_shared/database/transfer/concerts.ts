import type { ConcertDocument } from "../kv/concert-documents.ts";
import { openConcert } from "../kv/concert-documents.ts";
import type { Row } from "../kv/kv-table.ts";
import { prefixes } from "../legacy/keys.ts";
import { innerIdOf } from "../legacy/read-concert.ts";
import { fieldsOf } from "../legacy/reading.ts";
import type { Lookups } from "./lookups.ts";
import type { ExportedRecord } from "./record.ts";
import { isAtHome, migrated, recordOf, rejected, type Transferred } from "./transferred.ts";

/** `concert:{id}`, `concert:{owner}:{id}` */
export async function transferConcert(row: Row, lookups: Lookups): Promise<Transferred> {
  const opened = await openConcert(row);
  if ("unreadable" in opened) return rejected(opened.unreadable);
  const { document, repairs } = opened;
  if (!await isAtHome(row.key, document.id)) return rejected("broken_document");
  const record = recordOf("concerts", row.key, document.rev, {
    ...document,
    artist_id: await lookups.artistIdOf(document.artist_id),
    // Rewritten ones carry the number themselves.
    tickets_sold: document.rev === 0
      ? await lookups.seatsSoldOf(document.id)
      : document.tickets_sold,
  });
  return migrated([record], repairs);
}

/** The way back. */
export function concertRow({ key, version, row }: ExportedRecord, owner: string): Row {
  const legacyId = row.legacy_id;
  const content = fieldsOf(row.legacy);
  const document = {
    ...row,
    event_time: row.event_time === null ? null : String(row.event_time).slice(0, 5),
    inner_id: typeof legacyId === "string" && typeof content === "object"
      ? innerIdOf(content, legacyId)
      : null,
    owner,
    rev: Math.max(version, 1),
  } as unknown as ConcertDocument;
  return { key: key ?? prefixes.concert + document.id, value: document };
}
