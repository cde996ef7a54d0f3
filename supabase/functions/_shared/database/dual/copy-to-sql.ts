import type { PostgrestClient } from "@supabase/postgrest-js";
import type { KvStore } from "../kv/kv-context.ts";
import type { Row } from "../kv/kv-table.ts";
import { classify } from "../transfer/families.ts";
import { prefixes } from "../legacy/keys.ts";
import type { Lookups } from "../transfer/lookups.ts";
import { KvLookups } from "../transfer/kv-lookups.ts";
import { MigrationTarget } from "../transfer/migration-target.ts";
import type { TransferRecord } from "../transfer/record.ts";
import { deleteRecords, type NotCopied } from "./delete-records.ts";
import { ImportWithParents } from "./import-with-parents.ts";
import { Ledger } from "./ledger.ts";
import { type KeyTransfers, recordsWithoutProfile, transferKeys } from "./transfer-keys.ts";

export interface Copied {
  notCopied: NotCopied[];
  /** Keys in whose place the tables keep something else: newer, or changed there since both had the same. */
  kept: string[];
  /** Keys that are changed all the time: the tables may be a little behind, or not. */
  changing: string[];
}

/** Keys read at once. */
const keysAtOnce = 100;

/** How often keys are copied again that changed while they were copied. */
const maximalRounds = 5;

/**
 * Makes the tables say of keys what the key-value table says.
 *
 * After each copy the keys are looked at again, and those that have changed meanwhile are copied once more. So
 * whoever writes last is followed by a look that sees it: however many copy the same keys at once, what they leave
 * behind is the state of the end.
 */
export class CopyToSql {
  private readonly target: MigrationTarget;
  private readonly ledger: Ledger;

  /**
   * @param store its writes are reported to nobody
   * @param client of the project with the tables; acts with a secret key
   */
  constructor(private readonly store: KvStore, client: PostgrestClient) {
    this.target = new MigrationTarget(client);
    this.ledger = new Ledger(client);
  }

  /** Copies `keys`. Throws when one of the stores does not answer. */
  async copy(keys: Iterable<string>): Promise<Copied> {
    const notCopied = new Map<string, string>();
    const kept = new Set<string>();
    let waiting = new Set([...keys].filter(isCopied));
    for (let round = 0; round < maximalRounds && waiting.size > 0; round++) {
      const copied = await this.copyOnce(waiting);
      for (const key of copied.seen.keys()) {
        notCopied.delete(key);
        kept.delete(key);
      }
      for (const { key } of copied.kept) if (key !== null) kept.add(key);
      for (const { key, reason } of copied.notCopied) notCopied.set(key, reason);
      waiting = await this.changedSince(copied.seen);
      for (const key of await this.forgotten(copied.kept, waiting)) waiting.add(key);
    }
    return {
      notCopied: [...notCopied].map(([key, reason]) => ({ key, reason })),
      kept: [...kept],
      changing: [...waiting],
    };
  }

  private async copyOnce(wanted: Iterable<string>) {
    const lookups = new KvLookups(this.store);
    const seen = await this.read(wanted);
    const rows = new Map([...present(seen)].map((row) => [row.key, row]));
    const transfers = await transferKeys(seen.keys(), rows, lookups);
    await this.addArtistsWithoutProfile(transfers, lookups);
    const { without } = transfers;
    const stay = await deleteRecords(without, (gone) => this.target.deleteRecords(gone));
    const importing = new ImportWithParents(this.target, this.store, lookups);
    const { kept, refused } = await importing.run(transfers);
    const notCopied = refused.map(({ record, reason }) => ({
      key: transfers.sources.get(record) ?? record.id,
      reason,
    }));
    return { seen, kept, notCopied: [...stay, ...notCopied] };
  }

  /** What is told of an artist without a profile follows from the concerts that have come or gone. */
  private async addArtistsWithoutProfile(
    { sources, without }: KeyTransfers,
    lookups: Lookups,
  ): Promise<void> {
    const gone = without.filter((key) => key.startsWith(prefixes.concert));
    const artists = gone.length > 0 ? await this.ledger.artistsOfConcerts(gone) : [];
    const keys = new Map(artists.map((id) => [id, gone[0]]));
    for (const [{ entity, version, row }, key] of sources) {
      if (entity === "concerts" && version <= 1) keys.set(String(row.artist_id), key);
    }
    for (const { entity, id } of sources.keys()) if (entity === "artists") keys.delete(id);
    for (const [artistId, key] of keys) {
      for (const record of await recordsWithoutProfile(artistId, lookups)) sources.set(record, key);
    }
  }

  /** The rows under `keys`; null for those that are not there. */
  private async read(keys: Iterable<string>): Promise<Map<string, Row | null>> {
    const rows = new Map<string, Row | null>([...keys].map((key) => [key, null]));
    const wanted = [...rows.keys()];
    for (let start = 0; start < wanted.length; start += keysAtOnce) {
      for (const row of await this.store.table.getMany(wanted.slice(start, start + keysAtOnce))) {
        rows.set(row.key, row);
      }
    }
    return rows;
  }

  private async changedSince(seen: Map<string, Row | null>): Promise<Set<string>> {
    const now = await this.read(seen.keys());
    const isChanged = (key: string) =>
      JSON.stringify(seen.get(key)?.value) !== JSON.stringify(now.get(key)?.value);
    return new Set([...seen.keys()].filter(isChanged));
  }

  /**
   * Takes out of the tables what they have of an earlier record under the same key: it had come to a later version
   * before it was removed, and its removal did not reach the tables. Answers the keys that are to be copied again.
   */
  private async forgotten(kept: TransferRecord[], changed: Set<string>): Promise<string[]> {
    const settled = kept.filter(({ key }) => key !== null && !changed.has(key));
    if (settled.length === 0) return [];
    const keys = (await this.ledger.laterThan(settled)).map(({ key }) => key)
      .filter((key) => key !== null);
    const stay = new Set(
      (await deleteRecords(keys, (gone) => this.target.deleteRecords(gone))).map(({ key }) => key),
    );
    return keys.filter((key) => !stay.has(key));
  }
}

/** Whether the tables have anything to do with the key: what no migration takes along does not change them. */
export function isCopied(key: string): boolean {
  const known = classify(key);
  return known !== null && "family" in known && known.family !== "idempotency";
}

function present(rows: Map<string, Row | null>): Row[] {
  return [...rows.values()].filter((row) => row !== null);
}
