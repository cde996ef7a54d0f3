import { hasShape } from "../kv/document-shapes.ts";
import type { StoredDocument } from "../kv/documents.ts";
import type { Row } from "../kv/kv-table.ts";
import { prefixes } from "../legacy/keys.ts";
import type { Lookups } from "./lookups.ts";
import type { ExportedRecord } from "./record.ts";
import { documentIn, migrated, recordOf, rejected, type Transferred } from "./transferred.ts";

interface EventDocument extends StoredDocument {
  sale_id: string;
  occurred_at: string;
  received_at: string;
}

/** `ticket_event:{artist}:{provider}:{event}`; a provider may well put colons into its ids. */
export async function transferEvent(row: Row, lookups: Lookups): Promise<Transferred> {
  const document = documentIn<EventDocument>(row, (value) => hasShape("event", value));
  const place = /^([0-9a-f-]{36}):([^:]+):([^]+)$/.exec(
    row.key.slice(prefixes.ticketEvent.length),
  );
  if (document === null || place === null) return rejected("broken_document");
  const [, artist, provider_id, event_id] = place;
  const record = recordOf("ticket_events", row.key, document.rev, {
    ...document,
    artist_id: await lookups.artistIdOf(artist),
    provider_id,
    event_id,
  });
  return migrated([record], []);
}

/** The way back. */
export function eventRow({ version, row }: ExportedRecord): Row {
  const { artist_id, provider_id, event_id, ...fields } = row;
  return {
    key: `${prefixes.ticketEvent}${artist_id}:${provider_id}:${event_id}`,
    value: { ...fields, rev: Math.max(version, 1), legacy: null },
  };
}
