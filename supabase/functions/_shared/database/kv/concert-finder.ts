import { isUuid } from "../../domain/uuid.ts";
import { prefixes } from "../legacy/keys.ts";
import { type ConcertDocument, openConcert, type StoredConcert } from "./concert-documents.ts";
import type { KvTable } from "./kv-table.ts";
import { SerializeByKey } from "./serialize-by-key.ts";

/** Finds concerts by any of their ids, and lists them all. */
export class ConcertFinder {
  /** Keys of concerts by their ids of today; a concert keeps its ids and its key for life. */
  private readonly keys = new Map<string, string>();
  /** The same by ids of the old store, of which each is known as it is spelled there. */
  private readonly keysByOldId = new Map<string, string>();
  /** So that many visitors of one old concert make one search. */
  private readonly searches = new SerializeByKey();

  constructor(private readonly table: KvTable) {}

  /** Every readable concert. */
  async all(): Promise<StoredConcert[]> {
    const concerts: StoredConcert[] = [];
    for (const row of await this.table.scan(prefixes.concert)) {
      const opened = await openConcert(row);
      if ("document" in opened) concerts.push({ key: row.key, document: opened.document });
    }
    return concerts;
  }

  /** The key of the concert with this id, else with this id in the old store; null when there is none. */
  async keyOf(id: string): Promise<string | null> {
    const name = isUuid(id) ? id.toLowerCase() : id;
    return this.knownKey(name, id) ?? await this.searches.run(name, async () => {
      const known = this.knownKey(name, id);
      if (known !== undefined) return known;
      const found = await this.search(name, id);
      if (found?.document.id === name) this.keys.set(name, found.key);
      else if (found) this.keysByOldId.set(id, found.key);
      return found?.key ?? null;
    });
  }

  private knownKey(name: string, id: string): string | undefined {
    return this.keys.get(name) ?? this.keysByOldId.get(id);
  }

  /** The concert with this id, else with this id in the old store; null when there is none. */
  async find(id: string): Promise<StoredConcert | null> {
    const key = await this.keyOf(id);
    const row = key === null ? null : await this.table.get(key);
    if (!row) return null;
    const opened = await openConcert(row);
    return "document" in opened ? { key: row.key, document: opened.document } : null;
  }

  /** The ids of today of the concerts that are known by `names`, of which those of no concert are left out. */
  async idsOf(names: readonly string[]): Promise<Map<string, string>> {
    const concerts = await this.all();
    const ids = new Map<string, string>();
    for (const name of new Set(names)) {
      const found = byName(concerts, isUuid(name) ? name.toLowerCase() : name, name);
      if (found) ids.set(name, found.document.id);
    }
    return ids;
  }

  private async search(name: string, id: string): Promise<StoredConcert | null> {
    if (isUuid(name)) {
      const row = await this.table.get(prefixes.concert + name);
      const opened = row && await openConcert(row);
      if (opened && "document" in opened && opened.document.id === name) {
        return { key: row.key, document: opened.document };
      }
    }
    return byName(await this.all(), name, id);
  }
}

function byName(concerts: StoredConcert[], name: string, id: string): StoredConcert | null {
  return lowest(concerts, (concert) => concert.id === name) ??
    lowest(concerts, (concert) => concert.legacy_id === id) ??
    lowest(concerts, (concert) => concert.inner_id === id);
}

/** Ids of the old store can repeat: the concert with the lowest id of today has it then. */
function lowest(
  concerts: StoredConcert[],
  matches: (concert: ConcertDocument) => boolean,
): StoredConcert | null {
  return concerts.filter(({ document }) => matches(document))
    .sort((one, other) => one.document.id < other.document.id ? -1 : 1)[0] ?? null;
}
