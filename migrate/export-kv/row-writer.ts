import { pooledMap } from "deno-std/async/pool.js";
import type { PostgrestClient } from "@supabase/postgrest-js";
import { KvWriter } from "../../supabase/functions/_shared/database/dual/kv-writer.ts";
import { kvStoreOn } from "../../supabase/functions/_shared/database/kv/kv-context.ts";
import { KvTable, type Row } from "../../supabase/functions/_shared/database/kv/kv-table.ts";
import { MigrationError } from "../migration-error.ts";
import type { SourceRow } from "../sources/source.ts";
import type { SourceRows } from "../workspace/source-rows.ts";
import { portions } from "./portions.ts";

const tableName = "kv_store_84730125";

/** Rows replaced or removed at the same time. */
const parallelWrites = 5;

/** What export-kv writes belongs to no change of the outbox, so that any change listed there counts as later. */
const noChange = 0;

/** The revisions in which rows are there now, by key. */
export type WrittenRows = Map<string, number>;

export interface PutRows {
  written: WrittenRows;
  /** Keys that somebody has written meanwhile, other than from the tables. */
  changed: string[];
}

/** Writes rows of a project's key-value table, each on condition that it still is as it was read. */
export class RowWriter {
  private readonly table: KvTable;
  private readonly writer: KvWriter;

  /** @param read the table's rows as they were before the tables were read */
  constructor(private readonly client: PostgrestClient, private readonly read: SourceRows) {
    this.table = new KvTable(client);
    this.writer = new KvWriter(kvStoreOn(this.table).documents);
  }

  async put(rows: readonly SourceRow[]): Promise<PutRows> {
    const written: WrittenRows = new Map();
    const isFresh = ({ key }: SourceRow) => this.read.get(key) === null;
    for (const some of portions(rows.filter(isFresh), ({ value }) => value.length)) {
      await this.add(some.map(asMirrored), written);
    }
    await this.each(rows.filter((row) => !isFresh(row)), async ({ key, value }) => {
      const put = await this.writer.put({ key, value: JSON.parse(value) }, noChange, this.row(key));
      if ("rev" in put) written.set(key, put.rev);
    });
    const lost = rows.map(({ key }) => key).filter((key) => !written.has(key));
    return { written, changed: await this.writtenByOthers(lost) };
  }

  /** Removes rows; the keys under which somebody has put something meanwhile, other than from the tables. */
  async remove(keys: readonly string[]): Promise<string[]> {
    const lost: string[] = [];
    await this.each(keys, async (key) => {
      if (!await this.table.remove(this.row(key))) lost.push(key);
    });
    return await this.writtenByOthers(lost);
  }

  /** Removes a row that `put` has written, unless somebody has changed it since. */
  async takeBack(key: string, rev: number): Promise<void> {
    await this.each([key], () => this.table.remove({ key, value: { rev } }));
  }

  /**
   * Those of the keys whose rows came from nowhere but kv mode. What dual-sql has brought meanwhile is no older than
   * what was to be written, or listed; and what it has removed is gone.
   */
  private async writtenByOthers(keys: readonly string[]): Promise<string[]> {
    const found: string[] = [];
    await this.each(keys, async (key) => {
      const row = await this.table.get(key);
      if (row !== null && !isBrought(row)) found.push(key);
    });
    return found;
  }

  private row(key: string): Row {
    return { key, value: JSON.parse(this.read.get(key) ?? "null") };
  }

  /** Adds rows under keys that had none: all of them in one request, without those that have come meanwhile. */
  private async add(rows: Row[], written: WrittenRows): Promise<void> {
    const { data, error, status } = await this.client.from(tableName)
      .upsert(rows, { onConflict: "key", ignoreDuplicates: true }).select("key");
    if (error) throw faultOf(error, `${status} ${error.message}`);
    const added = new Set(data.map(({ key }) => key));
    for (const { key, value } of rows) {
      if (added.has(key)) written.set(key, (value as { rev: number }).rev);
    }
  }

  private async each<Item>(
    items: readonly Item[],
    work: (item: Item) => Promise<unknown>,
  ): Promise<void> {
    try {
      await Array.fromAsync(pooledMap(parallelWrites, items, work));
    } catch (error) {
      // What went wrong in parallel comes as one.
      const first = error instanceof AggregateError ? error.errors[0] : error;
      const cause = first instanceof Error && first.cause ? first.cause : first;
      throw faultOf(first, Reflect.get(Object(cause), "message") ?? String(cause));
    }
  }
}

/** Whether a change of the tables has brought the row, and nobody has written over it since. */
function isBrought({ value }: Row): boolean {
  const { mirrored, mirrored_rev, rev } = Object(value);
  return mirrored > noChange && (mirrored_rev ?? rev) === rev;
}

/** As `KvWriter` adds rows: whoever looks sees that they came from the tables. */
function asMirrored({ key, value }: SourceRow): Row {
  const document = JSON.parse(value);
  return { key, value: { ...document, mirrored: noChange, mirrored_rev: document.rev } };
}

function faultOf(cause: unknown, reason: string): MigrationError {
  return new MigrationError(
    `The key-value table cannot be written (${reason.split("\n")[0]}): ` +
      "check address and secret key of its project, then run the command again; it goes on from what is written.",
    { cause },
  );
}
