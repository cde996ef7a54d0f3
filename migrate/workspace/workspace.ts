import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { MigrationError, reasonOf } from "../migration-error.ts";

/**
 * A file in which a migration works: the source's rows, then the records and outcomes made of them. So memory stays as
 * it is however many there are, and whatever the source is, all that follows is the same.
 *
 * It holds personal data: it is its owner's alone, and goes when the work is done.
 */
export class Workspace implements Disposable {
  private readonly statements = new Map<string, StatementSync>();

  private constructor(readonly path: string, private readonly database: DatabaseSync) {}

  /**
   * Opens the file, which is made if need be, for this process alone.
   *
   * Throws `MigrationError` when another command works in it, or the place cannot be written to.
   */
  static open(path: string): Workspace {
    let database: DatabaseSync | undefined;
    try {
      makePrivate(path);
      database = new DatabaseSync(path, { timeout: 0 });
      // Exclusive from the first write on, which is at once. What was written outlives a kill; a power cut, once it
      // was settled. A rollback journal, because nearly all that is written here is new: it goes to the disk once.
      database.exec(`
        pragma page_size = 8192;
        pragma locking_mode = exclusive;
        pragma journal_mode = truncate;
        pragma synchronous = off;
        pragma cache_size = -4000;
        begin exclusive;
        create table if not exists facts (name text primary key, value text not null) without rowid;
        commit;
      `);
      return new Workspace(path, database);
    } catch (error) {
      database?.close();
      const isTaken = error instanceof Error && /locked/.test(error.message);
      throw new MigrationError(
        isTaken
          ? `Another migration works in ${path}: let it finish, or end it first.`
          : `The workspace ${path} cannot be used (${reasonOf(error)}): ` +
            "remove it, or name another folder by MIGRATION_DIR.",
        { cause: error },
      );
    }
  }

  /** Runs statements without parameters. */
  exec(sql: string): void {
    this.explained(() => this.database.exec(sql));
  }

  run(sql: string, ...parameters: SQLInputValue[]): number {
    return this.explained(() => Number(this.statement(sql).run(...parameters).changes));
  }

  get<Found>(sql: string, ...parameters: SQLInputValue[]): Found | undefined {
    return this.explained(() => this.statement(sql).get(...parameters)) as Found | undefined;
  }

  all<Found>(sql: string, ...parameters: SQLInputValue[]): Found[] {
    return this.explained(() => this.statement(sql).all(...parameters)) as Found[];
  }

  /** All or nothing of what `work` writes, which must not wait for anything else than this workspace. */
  async transaction<Result>(work: () => Result | Promise<Result>): Promise<Result> {
    this.exec("begin");
    try {
      const result = await work();
      this.exec("commit");
      return result;
    } catch (error) {
      // What is full or broken may have ended it already.
      if (this.database.isTransaction) this.database.exec("rollback");
      throw error;
    }
  }

  /** Brings everything written so far onto the disk for good. */
  settle(): void {
    this.exec("pragma synchronous = full");
    // A commit waits for the whole file.
    this.setFact("settled_at", new Date().toISOString());
    this.exec("pragma synchronous = off");
  }

  fact(name: string): string | null {
    return this.get<{ value: string }>("select value from facts where name = ?", name)?.value ??
      null;
  }

  setFact(name: string, value: string): void {
    this.run(
      "insert into facts values (?, ?) on conflict (name) do update set value = excluded.value",
      name,
      value,
    );
  }

  close(): void {
    this.statements.clear();
    if (this.database.isOpen) this.database.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  private statement(sql: string): StatementSync {
    let statement = this.statements.get(sql);
    if (!statement) this.statements.set(sql, statement = this.database.prepare(sql));
    return statement;
  }

  private explained<Result>(work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      if (!reasonOf(error).includes("disk is full")) throw error;
      throw new MigrationError(
        `The disk of ${this.path} is full: make room there, or name another folder by MIGRATION_DIR.`,
        { cause: error },
      );
    }
  }
}

/** The file as its owner's alone, before anything is in it; what SQLite puts beside it gets the same mode. */
function makePrivate(path: string): void {
  Deno.openSync(path, { write: true, create: true, mode: 0o600 }).close();
  if (Deno.build.os !== "windows") Deno.chmodSync(path, 0o600);
}
