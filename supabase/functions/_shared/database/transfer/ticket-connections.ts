import { isDocument } from "../kv/documents.ts";
import type { Row } from "../kv/kv-table.ts";
import { type ConnectionDocument, openConnection } from "../kv/ticket-connections.ts";
import { artistIdOf } from "../legacy/ids.ts";
import { partsOf, prefixes } from "../legacy/keys.ts";
import type { Lookups } from "./lookups.ts";
import type { ExportedRecord } from "./record.ts";
import { merged, migrated, recordOf, rejected, type Transferred } from "./transferred.ts";

/** `ticket_provider:{owner}:{provider}` */
export async function transferConnection(row: Row, lookups: Lookups): Promise<Transferred> {
  const opened = openConnection(row);
  if ("unreadable" in opened) return rejected(opened.unreadable);
  const { document, repairs } = opened;
  const { owner, id: providerId } = partsOf(row.key, prefixes.ticketProvider);
  if (owner === null) return rejected("missing_owner");
  if (document.provider_id !== providerId) return rejected("broken_document");
  const artistId = await lookups.artistIdOf(owner);
  const inUse = await connectionInUse(artistId, providerId, lookups);
  if (inUse !== null && inUse !== row.key) return merged(inUse, repairs);
  const record = recordOf("artist_ticket_providers", row.key, document.rev, {
    ...document,
    artist_id: artistId,
    created_at: Reflect.get(document, "created_at") ?? document.connected_at,
    updated_at: Reflect.get(document, "updated_at") ?? document.connected_at,
  });
  return migrated([record], repairs);
}

/**
 * The key of the connection that counts: one under the artist's own id before those under ids they had; and one of
 * today's shape before an old one under another spelling, which was left behind when it was rewritten.
 */
async function connectionInUse(
  artistId: string,
  providerId: string,
  lookups: Lookups,
): Promise<string | null> {
  const found: { key: string; rank: number }[] = [];
  for (const owner of new Set([artistId, ...await lookups.ownersOf(artistId)])) {
    const row = await lookups.row(connectionKey(owner, providerId));
    if (!row || !("document" in openConnection(row))) continue;
    const isOwn = await artistIdOf(owner) === artistId;
    found.push({ key: row.key, rank: (isOwn ? 0 : 2) + (isDocument(row.value) ? 0 : 1) });
  }
  return found.sort((one, other) => one.rank - other.rank)[0]?.key ?? null;
}

/** The way back. */
export function connectionRow({ version, row }: ExportedRecord, owner: string): Row {
  const { artist_id: _, legacy_id: __, ...fields } = row;
  const document = {
    ...fields,
    rev: Math.max(version, 1),
  } as unknown as ConnectionDocument;
  return { key: connectionKey(owner, document.provider_id), value: document };
}

function connectionKey(owner: string, providerId: string): string {
  return `${prefixes.ticketProvider}${owner}:${providerId}`;
}
