import type { Row } from "../../supabase/functions/_shared/database/kv/kv-table.ts";
import {
  artistRecords,
  ownerOfArtist,
} from "../../supabase/functions/_shared/database/transfer/artists.ts";
import {
  sheetOf,
  sheetRow,
} from "../../supabase/functions/_shared/database/transfer/campaign-deliveries.ts";
import { MemoryLookups } from "../../supabase/functions/_shared/database/transfer/memory-lookups.ts";
import {
  entities,
  type KeyOutcome,
  type TransferRecord,
} from "../../supabase/functions/_shared/database/transfer/record.ts";
import { rowsOf } from "../../supabase/functions/_shared/database/transfer/rows-of.ts";
import { transferRow } from "../../supabase/functions/_shared/database/transfer/transfer-row.ts";
import type { TransferOptions } from "../../supabase/functions/_shared/database/transfer/transferred.ts";

/** A whole store as records, artists that only other records tell of included. */
export interface WholeTransfer {
  /** In the order of an import, by id. */
  records: TransferRecord[];
  outcomes: Map<string, KeyOutcome>;
}

/** Transfers all rows. Two keys that make different records of the same id are an error. */
export async function transferAll(
  rows: readonly Row[],
  options: TransferOptions = {},
): Promise<WholeTransfer> {
  const lookups = await MemoryLookups.of(rows, options);
  const records = new Map<string, TransferRecord>();
  const outcomes = new Map<string, KeyOutcome>();
  const add = (record: TransferRecord) => {
    const place = `${record.entity} ${record.id}`;
    const known = records.get(place);
    if (known && JSON.stringify(known) !== JSON.stringify(record)) {
      throw new Error(`${place} comes from ${known.key} and ${record.key}`);
    }
    records.set(place, record);
  };
  for (const row of rows) {
    const transferred = await transferRow(row, lookups, options);
    outcomes.set(row.key, transferred.outcome);
    transferred.records.forEach(add);
  }
  const artists = new Set(
    [...records.values()].map(({ row }) => row.artist_id).filter((id) => typeof id === "string"),
  );
  for (const artist of artists) (await artistRecords(artist, lookups)).records.forEach(add);
  const ordered = [...records.values()].sort((one, other) =>
    entities.indexOf(one.entity) - entities.indexOf(other.entity) ||
    (one.id < other.id ? -1 : 1)
  );
  return { records: ordered, outcomes };
}

/** The way back of all records. */
export async function returnAll(records: readonly TransferRecord[]): Promise<Row[]> {
  const owners = new Map<string, string>();
  const campaigns = new Map<string, string>();
  const rows = new Map<string, Row>();
  const sheets = new Map<string, TransferRecord[]>();
  const lookups = {
    ownerOf: (artistId: string) => Promise.resolve(owners.get(artistId) ?? artistId),
  };
  for (const record of records) {
    if (record.entity === "artists") owners.set(record.id, await ownerOfArtist(record));
  }
  for (const record of records) {
    if (record.entity === "campaign_deliveries") {
      const place = `${record.row.campaign_id} ${sheetOf(record)}`;
      sheets.set(place, [...sheets.get(place) ?? [], record]);
      continue;
    }
    const returned = await rowsOf(record.entity, record, lookups);
    if (record.entity === "email_campaigns") campaigns.set(record.id, returned.rows[0].key);
    for (const row of returned.rows) rows.set(row.key, row);
  }
  for (const [place, deliveries] of sheets) {
    const [campaignId, sheet] = place.split(" ");
    const row = sheetRow(campaigns.get(campaignId) ?? "", Number(sheet), deliveries);
    rows.set(row.key, row);
  }
  // As the store gives them back.
  return [...rows.values()].map((row) => JSON.parse(JSON.stringify(row)))
    .sort((one, other) => one.key < other.key ? -1 : 1);
}
