import type { SourceRow } from "../sources/source.ts";
import type { Workspace } from "./workspace.ts";

/** What happened to a key while the source was being read. */
export type ChangeKind = "added" | "changed" | "removed";

/** What is made of so many rows still fits into the engine's room for what is soon forgotten. */
const rowsOfPage = 200;

/** The source's rows in a workspace, ordered by key as texts are by code points. */
export class SourceRows {
  constructor(private readonly workspace: Workspace) {
    workspace.exec(`
      create table if not exists source (key text primary key, value text not null, pass integer not null) without rowid;
      create table if not exists source_changes (key text primary key, kind text not null) without rowid;
    `);
  }

  clear(): void {
    this.workspace.exec("delete from source; delete from source_changes");
  }

  /** Puts down what a first reading gives; how many of the keys had been there already. */
  put(rows: readonly SourceRow[]): Promise<number> {
    return this.workspace.transaction(() => {
      let repeated = 0;
      for (const { key, value } of rows) {
        const isNew = this.workspace.run(
          "insert into source values (?, ?, 1) on conflict (key) do nothing",
          key,
          value,
        ) > 0;
        if (isNew) continue;
        repeated++;
        this.set({ key, value });
      }
      return repeated;
    });
  }

  /** Compares what a second reading gives with what is there, and takes over what is different. */
  putAgain(rows: readonly SourceRow[]): Promise<void> {
    return this.workspace.transaction(() => {
      for (const row of rows) {
        const known = this.get(row.key);
        if (known !== row.value) {
          this.workspace.run(
            "insert or replace into source_changes values (?, ?)",
            row.key,
            known === null ? "added" : "changed",
          );
          this.set(row);
        }
        this.workspace.run("update source set pass = 2 where key = ?", row.key);
      }
    });
  }

  /** Lets go what the second reading has not found any more. */
  endSecondReading(): Promise<void> {
    return this.workspace.transaction(() => {
      this.workspace.run(
        "insert or replace into source_changes select key, 'removed' from source where pass = 1",
      );
      this.workspace.run("delete from source where pass = 1");
    });
  }

  /** The keys that others wrote meanwhile, by what they did. */
  changes(): Record<ChangeKind, string[]> {
    const keysOf = (kind: ChangeKind) =>
      this.workspace.all<{ key: string }>(
        "select key from source_changes where kind = ? order by key",
        kind,
      ).map(({ key }) => key);
    return { added: keysOf("added"), changed: keysOf("changed"), removed: keysOf("removed") };
  }

  count(): number {
    return this.workspace.get<{ count: number }>("select count(*) as count from source")!.count;
  }

  get(key: string): string | null {
    return this.workspace.get<{ value: string }>("select value from source where key = ?", key)
      ?.value ?? null;
  }

  set({ key, value }: SourceRow): void {
    this.workspace.run(
      `insert into source values (?, ?, 1)
       on conflict (key) do update set value = excluded.value`,
      key,
      value,
    );
  }

  remove(key: string): void {
    this.workspace.run("delete from source where key = ?", key);
  }

  /** The rows whose keys begin so. */
  withPrefix(prefix: string): SourceRow[] {
    return this.workspace.all(
      "select key, value from source where key >= ? and key < ? order by key",
      prefix,
      endOf(prefix),
    );
  }

  /** Pages of all rows. */
  pages(): Generator<SourceRow[]> {
    return this.pagesWhere({});
  }

  /** Pages of the rows whose values hold this text somewhere. */
  pagesHolding(text: string): Generator<SourceRow[]> {
    return this.pagesWhere({ text });
  }

  /** Pages of the rows whose keys begin so. */
  pagesOf(prefix: string): Generator<SourceRow[]> {
    return this.pagesWhere({ first: prefix, end: endOf(prefix) });
  }

  /** Pages of all other rows. */
  *pagesBeside(prefix: string): Generator<SourceRow[]> {
    yield* this.pagesWhere({ end: prefix });
    yield* this.pagesWhere({ first: endOf(prefix) });
  }

  /** Pages of the rows from a key on and before another, those included that are written behind the last one read. */
  private *pagesWhere(
    { first = "", end, text }: { first?: string; end?: string; text?: string },
  ): Generator<SourceRow[]> {
    let [isBehind, place] = [">=", first];
    while (true) {
      const page = this.workspace.all<SourceRow>(
        `select key, value from source where key ${isBehind} ?
         ${end === undefined ? "" : "and key < ?"} ${
          text === undefined ? "" : "and instr(value, ?)"
        }
         order by key limit ?`,
        place,
        ...end === undefined ? [] : [end],
        ...text === undefined ? [] : [text],
        rowsOfPage,
      );
      if (page.length === 0) return;
      yield page;
      [isBehind, place] = [">", page[page.length - 1].key];
    }
  }
}

/** Behind all keys that begin so: no text's code point is higher. */
function endOf(prefix: string): string {
  return prefix + "\u{10FFFF}";
}
