import type { Row } from "../kv/kv-table.ts";
import { artistIdOf } from "../legacy/ids.ts";
import { prefixes } from "../legacy/keys.ts";
import { artistRecords } from "../transfer/artists.ts";
import type { Lookups } from "../transfer/lookups.ts";
import type { ReportedKey } from "../transfer/migration-target.ts";
import type { TransferRecord } from "../transfer/record.ts";
import { transferRow } from "../transfer/transfer-row.ts";

/** Of these no record is ever made: others say the same. */
const onlyMerged = [prefixes.username, prefixes.ticketExternal];

/** What the tables are to hold of some keys. */
export interface KeyTransfers {
  /** With the key that brought each; a record made by a rule has none of its own. */
  sources: Map<TransferRecord, string>;
  outcomes: ReportedKey[];
  /** Keys of which the tables are to hold nothing: the row is gone, or part of another record. */
  without: string[];
}

/** @param rows those there are under `keys` */
export async function transferKeys(
  keys: Iterable<string>,
  rows: Map<string, Row>,
  lookups: Lookups,
): Promise<KeyTransfers> {
  const records = new Map<string, { record: TransferRecord; key: string }>();
  const outcomes: ReportedKey[] = [];
  const without: string[] = [];
  for (const key of keys) {
    const row = rows.get(key);
    if (row === undefined) {
      without.push(key);
      continue;
    }
    const { records: made, outcome } = await transferRow(row, lookups);
    // An artist comes with each of the rows they are made of.
    for (const record of made) records.set(`${record.entity} ${record.id}`, { record, key });
    outcomes.push(
      outcome.outcome === "rejected"
        ? { key, ...outcome, value: JSON.stringify(row.value) }
        : { key, ...outcome },
    );
    // What can no longer be read stays in the tables as it was last.
    const isOthers = outcome.outcome === "merged" && made.length === 0;
    const hadRecords = !onlyMerged.some((prefix) => key.startsWith(prefix));
    if (isOthers && hadRecords && !await isTakenOver(key, lookups)) without.push(key);
  }
  const sources = new Map([...records.values()].map(({ record, key }) => [record, key]));
  return { sources, outcomes, without };
}

/** What is made up of an artist who has no profile; nothing of one who has. */
export async function recordsWithoutProfile(
  artistId: string,
  lookups: Lookups,
): Promise<TransferRecord[]> {
  if (await lookups.row(prefixes.profile + artistId)) return [];
  const { records, profileKey } = await artistRecords(artistId, lookups);
  return profileKey === null ? records : [];
}

/** Whether it is a profile that an account has taken over: its record becomes the account's. */
async function isTakenOver(key: string, lookups: Lookups): Promise<boolean> {
  if (!key.startsWith(prefixes.profile)) return false;
  const owner = key.slice(prefixes.profile.length);
  return await lookups.artistIdOf(owner) !== await artistIdOf(owner);
}
