import { openProfile } from "../kv/artist-profiles.ts";
import { sheetKey } from "../kv/campaign-documents.ts";
import { type Documents, isDocument } from "../kv/documents.ts";
import type { KvTable, Row } from "../kv/kv-table.ts";
import { walletKey } from "../kv/wallets.ts";
import { prefixes } from "../legacy/keys.ts";
import { sheetRow } from "../transfer/campaign-deliveries.ts";
import { absorbing } from "../transfer/coins.ts";
import { mergedPrefixes } from "../transfer/merged-keys.ts";
import type { AcknowledgedChange, TargetChange } from "../transfer/migration-target.ts";
import { type ReturnedEntity, rowsOf } from "../transfer/rows-of.ts";
import { keyOfGone } from "./key-of-gone.ts";
import { isMirrored, KvWriter, type Outdated, type Put } from "./kv-writer.ts";
import type { TableFacts } from "./table-facts.ts";

/** A change of a row that is there; deliveries go by sheets. */
export type RowChange = TargetChange & { entity: ReturnedEntity };

/** What became of a change. */
export type WrittenChange =
  /** The key the record has now, and the revisions of the documents that make it, in sum. */
  | { key: string | null; version: number; added: Row[]; besides?: WrittenBeside[] }
  /** Rows that may be later. */
  | { outdated: Outdated[] };

/** A record that did not change, and has got a row of its own. */
export type WrittenBeside = Omit<AcknowledgedChange, "seq">;

const nothing: WrittenChange = { key: null, version: 0, added: [] };

/** Writes changes of the tables' rows into the key-value table. */
export class ChangeWriter {
  private readonly table: KvTable;
  private readonly writer: KvWriter;

  /**
   * @param documents of a table whose writes are reported to nobody
   * @param before rows, by their keys, as they were before the changes were taken
   */
  constructor(
    documents: Documents,
    private readonly facts: TableFacts,
    private readonly before: ReadonlyMap<string, Row>,
  ) {
    this.table = documents.table;
    this.writer = new KvWriter(documents);
  }

  async write(change: RowChange): Promise<WrittenChange> {
    const { seq, entity, record, version: known } = change;
    if (record === null) return await this.writeGone(change);
    if (entity === "artists") await this.facts.knowArtist(record);
    const { rows, obsolete } = await rowsOf(entity, record, this.facts);
    const merged = (await this.mergedKeys(change)).filter((key) =>
      rows.every((row) => row.key !== key)
    );
    const present = entity === "artists"
      ? await this.writer.settledRows([...rows.map(({ key }) => key), ...merged])
      : [];
    if (entity === "artists") {
      rows[1] = absorbing(rows[1], present.filter(({ key }) => merged.includes(key)));
    }
    const revisions = this.knownRevisions(entity, rows, present, known);
    const besides = entity === "artists" && this.hasOldBalance(rows, present, revisions)
      ? await this.writeMovements(record.id, seq)
      : [];
    const written = await this.put(rows, seq, revisions);
    if (entity === "email_campaigns") this.facts.knowCampaign(record.id, rows[0].key);
    if ("outdated" in written) return written;
    for (const key of obsolete === null ? merged : [obsolete, ...merged]) {
      const outdated = await this.writer.remove(key, seq);
      if (outdated) return { outdated: [outdated] };
    }
    const [own] = written.revisions;
    const sum = written.revisions.reduce((total, rev) => total + rev, 0);
    // An artist is made of their profile and their balance; a sale's other rows only lead to it.
    const version = entity === "artists" ? sum : own;
    return { key: rows[0].key, version, added: written.added, besides };
  }

  /** Writes a sheet of deliveries as it is now. */
  async writeSheet({ id, seq, version: known, noted_at }: TargetChange): Promise<WrittenChange> {
    const [campaignId, number] = id.split(" ");
    const sheet = Number(number);
    const key = sheetKey(campaignId, sheet);
    // First what is to be replaced, then what replaces it: so it is no older, unless it is the other store's own.
    const current = await this.writer.settledRow(key) ?? undefined;
    const deliveries = await this.facts.deliveriesOn(campaignId, sheet);
    const campaignKey = deliveries.length === 0 ? null : await this.facts.campaignKey(campaignId);
    if (campaignKey === null) {
      const outdated = await this.writer.remove(key, seq, { known, since: noted_at });
      return outdated ? { outdated: [outdated] } : { ...nothing, key };
    }
    const row = sheetRow(campaignKey, sheet, deliveries);
    const before = this.before.get(key);
    const isOwn = current !== undefined && !before && this.writer.isOwn(current, known);
    const put = await this.writer.put(row, seq, before ?? (isOwn ? undefined : current), known);
    if ("outdated" in put) return { outdated: [put] };
    return { key, version: put.rev, added: put.added ? [put.added] : [] };
  }

  takeBack(added: Row): Promise<void> {
    return this.writer.takeBack(added);
  }

  private async put(
    rows: readonly Row[],
    seq: number,
    known: readonly number[],
  ): Promise<{ revisions: number[]; added: Row[] } | { outdated: Outdated[] }> {
    const revisions: number[] = [];
    const added: Row[] = [];
    const outdated: Outdated[] = [];
    for (const [index, row] of rows.entries()) {
      const before = this.before.get(row.key);
      const put: Put = await this.writer.put(row, seq, before, known[index]);
      if ("outdated" in put) outdated.push(put);
      else {
        revisions.push(put.rev);
        if (put.added) added.push(put.added);
      }
    }
    return outdated.length > 0 ? { outdated } : { revisions, added };
  }

  /** The keys that go with a record that is written, or gone: others would say once more what they say. */
  private async mergedKeys({ entity, id, key, record }: RowChange): Promise<string[]> {
    const prefix = mergedPrefixes[entity];
    const own = record?.key ?? key;
    // What has never been in the key-value table has nothing merged into it; but an artist may have no key of their own.
    if (prefix === undefined || own === null && entity !== "artists") return [];
    const into = own === null ? [] : [own];
    return await this.facts.keysMergedInto([...into, `${entity} ${id}`], prefix);
  }

  /**
   * In which revisions both stores had the documents, of a record of the version `known`.
   *
   * @param present the rows there are of an artist, other balances included
   */
  private knownRevisions(
    entity: ReturnedEntity,
    rows: readonly Row[],
    present: readonly Row[],
    known: number,
  ): number[] {
    // What only leads to a record does not change.
    if (entity !== "artists") return rows.map((_, index) => index === 0 ? known : Infinity);
    // Theirs is the sum of the profile and all balances.
    const sum = present.reduce((total, row) => total + revisionOf(row), 0);
    return rows.map(({ key }) => {
      const row = present.find((row) => row.key === key);
      return known - sum + (row ? revisionOf(row) : 0);
    });
  }

  /** Whether the balance is going to be written for the first time; not over what is the key-value store's own. */
  private hasOldBalance(
    rows: readonly Row[],
    present: readonly Row[],
    known: readonly number[],
  ): boolean {
    const found = rows.map(({ key }) => present.find((row) => row.key === key));
    const isOutdated = found.some((row, index) =>
      row && !this.before.has(row.key) && this.writer.isOwn(row, known[index])
    );
    const [, balance] = found;
    return !isOutdated && !(balance && isMirrored(balance.value));
  }

  /**
   * Gives movements rows beside the balance of today, before that is written: those that an old balance implies, which
   * it would no longer, and those under another id of the artist's, which would make a second balance.
   */
  private async writeMovements(artistId: string, seq: number): Promise<WrittenBeside[]> {
    const written: WrittenBeside[] = [];
    for (const movement of await this.facts.movementsBeside(artistId)) {
      const { rows: [row], obsolete } = await rowsOf("coin_transactions", movement, this.facts);
      const put = await this.writer.put(row, seq);
      if ("outdated" in put) continue;
      if (obsolete !== null) await this.writer.remove(obsolete, seq);
      const { id } = movement;
      written.push({ entity: "coin_transactions", id, key: row.key, version: put.rev });
    }
    return written;
  }

  private async writeGone(change: RowChange): Promise<WrittenChange> {
    const { seq, version: known, noted_at: since } = change;
    // Without a key it never came as far as here, unless the answer that said so was lost.
    const key = change.key ?? await keyOfGone(change, this.facts, this.table);
    // The next of the reminders that the old code made several times over would take its place.
    for (const merged of await this.mergedKeys(change)) await this.writer.remove(merged, seq);
    if (key === null) return nothing;
    if (key.startsWith(prefixes.profile)) await this.leaveMark(key, seq);
    else {
      const before = this.before.get(key);
      const outdated = await this.writer.remove(key, seq, { before, known, since });
      if (outdated) return { outdated: [outdated] };
    }
    return { ...nothing, key };
  }

  /** A profile is never removed but by the account that has taken it over: that leaves a mark, and no balance. */
  private async leaveMark(key: string, seq: number): Promise<void> {
    const owner = key.slice(prefixes.profile.length);
    const row = await this.writer.settledRow(key);
    const account = await this.facts.accountWith(owner);
    if (row === null || account === null) await this.writer.remove(key, seq);
    else {
      const value = { ...await openProfile(row), claimed_by: account };
      const put = await this.writer.put({ key, value }, seq, row);
      if ("outdated" in put) throw new Error("others were writing a claimed profile");
    }
    await this.writer.remove(walletKey(owner), seq);
  }
}

function revisionOf({ value }: Row): number {
  return isDocument(value) ? value.rev : 0;
}
