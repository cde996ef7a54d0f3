import { deliveriesOnSheet, openCampaign, sheetKeys } from "../kv/campaign-documents.ts";
import type { Row } from "../kv/kv-table.ts";
import { prefixes } from "../legacy/keys.ts";
import { transferSheet } from "./campaign-deliveries.ts";
import type { Lookups } from "./lookups.ts";
import type { Repair } from "./outcome-codes.ts";
import type { ExportedRecord } from "./record.ts";
import { isAtHome, migrated, recordOf, rejected, type Transferred } from "./transferred.ts";

/** `campaign:{owner}:{id}` */
export async function transferCampaign(row: Row, lookups: Lookups): Promise<Transferred> {
  const opened = await openCampaign(row);
  if ("unreadable" in opened) return rejected(opened.unreadable);
  const { document } = opened;
  const repairs: Repair[] = [...opened.repairs];
  if (!await isAtHome(row.key, document.id)) return rejected("broken_document");
  const name = document.concert_id ?? document.concert_name ?? null;
  const concert = name === null ? null : await lookups.concertNamed(name);
  if (name !== null && concert === null) repairs.push("concert_gone");
  const record = recordOf("email_campaigns", row.key, document.rev, {
    ...document,
    artist_id: await lookups.artistIdOf(document.artist_id),
    concert_id: concert?.id ?? null,
  });
  const records = [record];
  if (document.status === "cancelled") {
    // With the campaign those are over who were still to be mailed; their own rows do not say so.
    for (const key of sheetKeys(document)) {
      const sheet = await lookups.row(key);
      if (sheet) records.push(...(await transferSheet(sheet, lookups)).records);
    }
  }
  return migrated(records, repairs);
}

/** The way back. */
export function campaignRow({ key, version, row }: ExportedRecord, owner: string): Row {
  const isStarted = row.delivery_started_at !== null;
  const document = {
    ...row,
    owner,
    sheets: isStarted ? Math.ceil(Number(row.recipient_count) / deliveriesOnSheet) : 0,
    rev: Math.max(version, 1),
  };
  return { key: key ?? `${prefixes.campaign}${owner}:${row.id}`, value: document };
}
