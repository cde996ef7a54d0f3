import type { PostgrestClient, PostgrestError } from "@supabase/postgrest-js";
import { Refusal } from "../../domain/refusal.ts";

/** A row of the table; the value is whatever jsonb holds. */
export interface Row {
  key: string;
  value: unknown;
}

const tableName = "kv_store_84730125";

/** Characters of keys in one address: what stands before the Data API takes some 8,000 with all that goes with them. */
const longestKeyList = 4000;

/** The Data API gives at most this many rows at once, and says nothing about the others. */
const pageSize = 1000;

const uniqueViolation = "23505";

/** Is told the key of every row that was written or removed, or may have been: an answer can be lost on its way. */
export type OnKvWrite = (key: string) => void;

/** The key-value table through the Data API: single rows, whole prefixes, and writes that never lose another's. */
export class KvTable {
  constructor(
    private readonly client: PostgrestClient,
    private readonly onWrite: OnKvWrite = () => {},
  ) {}

  async get(key: string): Promise<Row | null> {
    if (!isStorable(key)) return null;
    const rows = await this.send<Row[]>(
      this.client.from(tableName).select("key,value").eq("key", key).limit(1),
    );
    return rows[0] ?? null;
  }

  /** The rows there are among `keys`, in no order. */
  async getMany(keys: readonly string[]): Promise<Row[]> {
    const rows: Row[] = [];
    for (const list of keyLists(keys.filter(isStorable))) {
      rows.push(
        ...await this.send<Row[]>(
          this.client.from(tableName).select("key,value").filter("key", "in", `(${list})`),
        ),
      );
    }
    return rows;
  }

  /** All rows whose key begins with `prefix`, ordered by key. */
  scan(prefix: string): Promise<Row[]> {
    return this.scanColumns<Row>(prefix, "key,value");
  }

  /** The same page by page, of which the caller need not keep any. */
  scanPages(prefix: string): AsyncGenerator<Row[]> {
    return this.pagesUnder<Row>(prefix, "key,value");
  }

  /** The keys alone of all rows whose key begins with `prefix`. */
  async scanKeys(prefix: string): Promise<string[]> {
    return (await this.scanColumns<{ key: string }>(prefix, "key")).map(({ key }) => key);
  }

  /** The keys that begin with one of `prefixes`, followed by one of `ids`, whatever the case of the ids' letters. */
  async scanKeysOfIds(prefixes: readonly string[], ids: readonly string[]): Promise<string[]> {
    const keys: string[] = [];
    const pages = this.pagesOf<{ key: string }>({ prefixes, ids }, "key");
    for await (const page of pages) keys.push(...page.map(({ key }) => key));
    return keys;
  }

  /** A key that begins and ends like this, the first there is. The server looks for it, row by row. */
  async findKey(prefix: string, ending: string): Promise<string | null> {
    const rows = await this.send<{ key: string }[]>(
      this.client.from(tableName).select("key").like(
        "key",
        `${likeText(prefix)}%${likeText(ending)}`,
      )
        .order("key").limit(1),
    );
    return rows[0]?.key ?? null;
  }

  /** How many keys begin with `prefix`. */
  async countKeys(prefix: string): Promise<number> {
    const { error, status, count } = await this.client.from(tableName)
      .select("key", { count: "exact", head: true }).like("key", `${likeText(prefix)}%`);
    if (error) throw faultOf(error, status);
    return count ?? 0;
  }

  /** Adds a row; false when the key is taken. */
  async insert(key: string, value: object): Promise<boolean> {
    const { error, status } = await this.client.from(tableName).insert({ key, value });
    if (error?.code === uniqueViolation) return false;
    this.onWrite(key);
    if (error) throw faultOf(error, status);
    return true;
  }

  /** Writes `value` over `row`, unless it has changed since it was read: then nothing is written and false returned. */
  async replace(row: Row, value: object): Promise<boolean> {
    const update = this.client.from(tableName).update({ value }).eq("key", row.key);
    return await this.sendWrite(row.key, unchanged(update, row).select("key"));
  }

  /** Removes `row`, unless it has changed since it was read: then false. */
  async remove(row: Row): Promise<boolean> {
    const removal = this.client.from(tableName).delete().eq("key", row.key);
    return await this.sendWrite(row.key, unchanged(removal, row).select("key"));
  }

  /** Removes the row with this key, whatever it holds; it need not exist. */
  async removeKey(key: string): Promise<void> {
    await this.sendWrite(key, this.client.from(tableName).delete().eq("key", key).select("key"));
  }

  private async scanColumns<Item extends { key: string }>(
    prefix: string,
    columns: string,
  ): Promise<Item[]> {
    const found: Item[] = [];
    for await (const page of this.pagesUnder<Item>(prefix, columns)) found.push(...page);
    return found;
  }

  private async *pagesUnder<Item extends { key: string }>(
    prefix: string,
    columns: string,
  ): AsyncGenerator<Item[]> {
    if (!isStorable(prefix)) return;
    for await (const page of this.pagesOf<Item>({ prefix }, columns)) {
      // The Data API takes * in a pattern for %, and nothing escapes it.
      yield page.filter(({ key }) => key.startsWith(prefix));
    }
  }

  /**
   * Reads by pages, each behind the last key of the one before.
   *
   * By LIKE, because a range of keys means different things in different collations; ordering and cutting by key is
   * right in each, as both go by the same one. The count tells whether rows remain however few the server gives.
   */
  private async *pagesOf<Item extends { key: string }>(
    beginning: Beginning,
    columns: string,
  ): AsyncGenerator<Item[]> {
    let last: string | null = null;
    while (true) {
      const { rows, remaining }: RowPage<Item> = await this.readPage(beginning, columns, last);
      yield rows;
      if (remaining === 0) return;
      last = rows[rows.length - 1].key;
    }
  }

  private async readPage<Item>(
    beginning: Beginning,
    columns: string,
    last: string | null,
  ): Promise<RowPage<Item>> {
    const all = this.client.from(tableName).select(columns, { count: "exact" });
    const query = "prefix" in beginning
      ? all.like("key", `${likeText(beginning.prefix)}%`)
      : all.or(spelledIn(beginning).join());
    const { data, error, status, count } = await (last === null ? query : query.gt("key", last))
      .order("key").limit(pageSize)
      .overrideTypes<Item[], { merge: false }>();
    if (error) throw faultOf(error, status);
    return { rows: data, remaining: data.length === 0 ? 0 : (count ?? 0) - data.length };
  }

  private async send<Data>(query: Query): Promise<Data> {
    const { data, error, status } = await query;
    if (error) throw faultOf(error, status);
    return data as Data;
  }

  /** Sends a write that answers the keys it has written; whether it has written any. */
  private async sendWrite(key: string, query: Query): Promise<boolean> {
    const { data, error, status } = await query;
    const hasWritten = (data as unknown[] | null)?.length !== 0;
    if (hasWritten) this.onWrite(key);
    if (error) throw faultOf(error, status);
    return hasWritten;
  }
}

/** Filters for keys of ids. An index finds the prefixes; without them the server would compare every key there is. */
function spelledIn({ prefixes, ids }: Extract<Beginning, { ids: unknown }>): string[] {
  return prefixes.map(likeText).flatMap((prefix) =>
    ids.map((id) => `and(key.like.${prefix}%,key.ilike.${prefix}${id}%)`)
  );
}

/** Text in a pattern of LIKE that means itself. */
function likeText(text: string): string {
  return text.replace(/[\\%_]/g, "\\$&");
}

type Query = PromiseLike<{ data: unknown; error: PostgrestError | null; status: number }>;

/** How keys begin; ids, which are UUIDs, may be spelled in capitals. */
type Beginning = { prefix: string } | { prefixes: readonly string[]; ids: readonly string[] };

/** Some rows, and how many are behind them. */
interface RowPage<Item> {
  rows: Item[];
  remaining: number;
}

/** The filters of supabase-js that are needed here; its own type of a query is too deep to be named. */
interface Filterable<Query> {
  eq(column: string, value: string): Query;
  is(column: string, value: null): Query;
}

/** Narrows a write to the row as it was read. Values of the old store have no revision. */
function unchanged<Query extends Filterable<Query>>(query: Query, row: Row): Query {
  const revision = revisionOf(row.value);
  return revision === null ? query.is("value->>rev", null) : query.eq("value->>rev", revision);
}

/** What `value->>'rev'` is in PostgreSQL. */
function revisionOf(value: unknown): string | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const revision = "rev" in value ? value.rev : null;
  if (revision === null) return null;
  return typeof revision === "string" ? revision : JSON.stringify(revision);
}

/** Whether PostgreSQL can hold the text at all; what it cannot hold, it does not have. */
function isStorable(key: string): boolean {
  return !key.includes("\0") && key.isWellFormed();
}

/** The keys as lists that each fit into an address. */
function keyLists(keys: readonly string[]): string[] {
  const lists: string[] = [];
  let length = Infinity;
  for (const key of keys.map(quoted)) {
    // With the comma, which is escaped as well.
    const added = encodeURIComponent(key).length + 3;
    if (length + added > longestKeyList) {
      lists.push(key);
      length = added;
    } else {
      lists.push(`${lists.pop()},${key}`);
      length += added;
    }
  }
  return lists;
}

/** Texts as a list in a filter of the Data API. */
export function listOf(texts: readonly string[]): string {
  return texts.map(quoted).join(",");
}

function quoted(key: string): string {
  return `"${key.replace(/["\\]/g, "\\$&")}"`;
}

function faultOf(error: PostgrestError, status: number): Error {
  const isAway = status === 0 || status === 502 || status === 503 || status === 504;
  if (isAway) return new Refusal("unavailable", [], { cause: error });
  return new KvTableError(error);
}

/** The table refused what it never should: a fault of ours. The message, for the log, quotes nothing of the rows. */
class KvTableError extends Error {
  override readonly name = "KvTableError";
  readonly code: string;

  constructor(error: PostgrestError) {
    super(`The key-value table answered ${error.code || "without a code"}`, { cause: error });
    this.code = error.code;
  }
}
