import { suppressionKey } from "../kv/campaign-audience.ts";
import { hasShape } from "../kv/document-shapes.ts";
import type { StoredDocument } from "../kv/documents.ts";
import type { Row } from "../kv/kv-table.ts";
import type { Lookups } from "./lookups.ts";
import type { ExportedRecord } from "./record.ts";
import {
  documentIn,
  merged,
  migrated,
  recordOf,
  rejected,
  type Transferred,
} from "./transferred.ts";

interface SuppressionDocument extends StoredDocument {
  artist_id: string;
  address: string;
  reason: string;
  created_at: string;
}

/** `mail_suppression:{artist}:{address}` */
export async function transferSuppression(row: Row, lookups: Lookups): Promise<Transferred> {
  const document = documentIn<SuppressionDocument>(row, (value) => hasShape("suppression", value));
  if (document === null || suppressionKey(document.artist_id, document.address) !== row.key) {
    return rejected("broken_document");
  }
  const artist_id = await lookups.artistIdOf(document.artist_id);
  // The address may be suppressed for the artist's former id and for the one of today.
  const today = suppressionKey(artist_id, document.address);
  if (today !== row.key && await lookups.row(today)) return merged(today, []);
  return migrated(
    [recordOf("mail_suppressions", row.key, document.rev, { ...document, artist_id })],
    [],
  );
}

/** The way back. */
export function suppressionRow({ version, row }: ExportedRecord): Row {
  return {
    key: suppressionKey(String(row.artist_id), String(row.address)),
    value: { ...row, rev: Math.max(version, 1), legacy: null },
  };
}
