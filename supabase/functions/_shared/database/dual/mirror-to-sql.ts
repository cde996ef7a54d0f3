import { delay } from "deno-std/async/delay.js";
import { Refusal } from "../../domain/refusal.ts";
import type { KvTable } from "../kv/kv-table.ts";
import { MigrationTargetError } from "../transfer/migration-target-error.ts";
import { type Copied, type CopyToSql, isCopied } from "./copy-to-sql.ts";
import { inBackground } from "./in-background.ts";
import { logMirrorFault } from "./log-mirror-fault.ts";
import type { Mirror, MirrorFigures } from "./mirror.ts";
import { copyRepairs, countRepairs, noteRepair } from "./repairs.ts";

/** After it did not answer, the other store is left alone for this long, in milliseconds. */
const pause = 5000;

/** Keys that are written all the time are looked at again after this long, in milliseconds. */
const calm = 500;

/**
 * Brings what is written to the key-value table into the tables, key by key as it is by then.
 *
 * What cannot be brought over is noted in the key-value table itself, as `mirror_repair:<key>`. Whoever has noted
 * something does it again as soon as the tables answer; what others have left, `verify --repair` does.
 */
export class MirrorToSql implements Mirror {
  readonly figures: MirrorFigures = { mirrored: 0, failed: 0 };
  private readonly written = new Set<string>();
  private writers = 0;
  private lastFlush = Promise.resolve();
  private pausedUntil = 0;
  private hasNoted = false;

  /** @param table where repairs are noted; its writes are reported to nobody */
  constructor(private readonly copy: CopyToSql, private readonly table: KvTable) {}

  /** To be told of every key that was written. */
  note(key: string): void {
    if (isCopied(key)) this.written.add(key);
  }

  beforeWrite(): Promise<void> {
    this.writers++;
    return Promise.resolve();
  }

  afterWrite(): Promise<void> {
    this.writers--;
    return this.flush();
  }

  afterRead(): void {
    // Whoever is writing takes along what was written so far, half of it perhaps their own.
    if (this.written.size > 0 && this.writers === 0) inBackground(this.flush());
  }

  backlog(): Promise<number> {
    return countRepairs(this.table);
  }

  /** One after the other: what is in the tables when it ends is not older than what was written before it began. */
  private flush(): Promise<void> {
    this.lastFlush = this.lastFlush.then(() => this.flushWritten());
    return this.lastFlush;
  }

  private async flushWritten(): Promise<void> {
    const keys = [...this.written];
    if (keys.length === 0) return;
    this.written.clear();
    const { notCopied, kept, changing } = await this.tryToCopy(keys);
    // What the tables keep instead may be right: a note would bring it here again and again.
    if (kept.length > 0) {
      logMirrorFault(new Error("the tables keep what is newer there"), kept.length);
    }
    const failed = notCopied.length + kept.length;
    this.figures.failed += failed;
    this.figures.mirrored += Math.max(keys.length - failed, 0);
    if (this.hasNoted && notCopied.length === 0) {
      this.hasNoted = false;
      inBackground(this.repair());
    }
    if (changing.length > 0) {
      for (const key of changing) this.written.add(key);
      inBackground(delay(calm).then(() => this.flush()));
    }
    for (const { key, reason } of notCopied) {
      try {
        await noteRepair(this.table, key, reason);
        // Of what is in the record itself nothing is mended by trying again.
        if (!reason.includes(":")) this.hasNoted = true;
      } catch {
        // Not even that: once the store answers again, whatever is written next takes it along.
        this.written.add(key);
      }
    }
  }

  private async repair(): Promise<void> {
    try {
      await copyRepairs(this.table, this.copy);
    } catch (error) {
      this.hasNoted = true;
      logMirrorFault(error);
    }
  }

  private async tryToCopy(keys: readonly string[]): Promise<Copied> {
    const all = (reason: string) => ({
      notCopied: keys.map((key) => ({ key, reason })),
      kept: [],
      changing: [],
    });
    if (Date.now() < this.pausedUntil) return all("paused");
    try {
      return await this.copy.copy(keys);
    } catch (error) {
      if (isAway(error)) this.pausedUntil = Date.now() + pause;
      logMirrorFault(error);
      return all(reasonOf(error));
    }
  }
}

function isAway(error: unknown): boolean {
  return error instanceof MigrationTargetError
    ? error.problem === "unreachable"
    : error instanceof Refusal && error.code === "unavailable";
}

function reasonOf(error: unknown): string {
  if (error instanceof MigrationTargetError) return error.problem;
  return error instanceof Refusal ? error.code : "failed";
}
