import { PostgrestClient } from "@supabase/postgrest-js";
import { KvTable, type Row } from "../../supabase/functions/_shared/database/kv/kv-table.ts";
import type { SourceRows } from "./source-rows.ts";

/**
 * The rows of a workspace as the kv mode's own code reads and writes them. Nobody else writes meanwhile, so every
 * conditional write wins.
 */
export class WorkspaceTable extends KvTable {
  /** @param onChange is told every key that was added or removed */
  constructor(
    private readonly rows: SourceRows,
    private readonly onChange: (key: string, kind: "added" | "removed") => void,
  ) {
    // All that would ask this client is overridden.
    super(new PostgrestClient("http://workspace.invalid"));
  }

  override get(key: string): Promise<Row | null> {
    const value = this.rows.get(key);
    return Promise.resolve(value === null ? null : { key, value: JSON.parse(value) });
  }

  override async getMany(keys: readonly string[]): Promise<Row[]> {
    const rows = await Promise.all(keys.map((key) => this.get(key)));
    return rows.filter((row) => row !== null);
  }

  override scan(prefix: string): Promise<Row[]> {
    const rows = this.rows.withPrefix(prefix);
    return Promise.resolve(rows.map(({ key, value }) => ({ key, value: JSON.parse(value) })));
  }

  override scanKeys(prefix: string): Promise<string[]> {
    return Promise.resolve(this.rows.withPrefix(prefix).map(({ key }) => key));
  }

  override insert(key: string, value: object): Promise<boolean> {
    if (this.rows.get(key) !== null) return Promise.resolve(false);
    this.rows.set({ key, value: JSON.stringify(value) });
    this.onChange(key, "added");
    return Promise.resolve(true);
  }

  override replace({ key }: Row, value: object): Promise<boolean> {
    this.rows.set({ key, value: JSON.stringify(value) });
    return Promise.resolve(true);
  }

  override async remove({ key }: Row): Promise<boolean> {
    await this.removeKey(key);
    return true;
  }

  override removeKey(key: string): Promise<void> {
    if (this.rows.get(key) !== null) {
      this.rows.remove(key);
      this.onChange(key, "removed");
    }
    return Promise.resolve();
  }
}
