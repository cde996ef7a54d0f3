import { Refusal } from "../../domain/refusal.ts";
import { MigrationTargetError } from "../transfer/migration-target-error.ts";
import { MigrationTarget } from "../transfer/migration-target.ts";
import type { CarryOptions, CopyToKv } from "./copy-to-kv.ts";
import { inBackground } from "./in-background.ts";
import { logMirrorFault } from "./log-mirror-fault.ts";
import type { Mirror, MirrorFigures } from "./mirror.ts";

/** The tables list their changes for days after they were told to; they are told again after this long. Milliseconds. */
const listedFor = 60 * 60 * 1000;

/** After it did not answer, the other store is left alone for this long, in milliseconds. */
const pause = 5000;

/** What a request waits for: the latest changes, its own among them. */
const own: CarryOptions = { pageSize: 50, newest: true };

/**
 * Brings what is written to the tables into the key-value table: the tables themselves list the rows that were
 * changed, whoever changed them, and what cannot be brought over stays in that list.
 */
export class MirrorToKv implements Mirror {
  readonly figures: MirrorFigures = { mirrored: 0, failed: 0 };
  private listedSince = -Infinity;
  private lastCarry = Promise.resolve();
  private pausedUntil = 0;
  private isCatchingUp = false;

  constructor(private readonly copy: CopyToKv, private readonly target: MigrationTarget) {}

  /** A write that is not listed would never be brought over. */
  async beforeWrite(): Promise<void> {
    const now = Date.now();
    if (now - this.listedSince < listedFor) return;
    try {
      await this.target.startMirroring();
    } catch (error) {
      const isAway = error instanceof MigrationTargetError && error.problem === "unreachable";
      throw isAway ? new Refusal("unavailable", [], { cause: error }) : error;
    }
    this.listedSince = now;
  }

  afterWrite(): Promise<void> {
    this.lastCarry = this.lastCarry.then(async () => {
      if (await this.carry(own)) inBackground(this.catchUp());
    });
    return this.lastCarry;
  }

  /** Reading changes nothing in the tables. */
  afterRead(): void {}

  async backlog(): Promise<number> {
    return await this.target.mirrorBacklog();
  }

  /** Carries over what is behind the latest changes, while requests go on. */
  private async catchUp(): Promise<void> {
    if (this.isCatchingUp) return;
    this.isCatchingUp = true;
    while (await this.carry({})) { /* until nothing is left, or nothing can be done */ }
    this.isCatchingUp = false;
  }

  /** Whether there is more to be carried. Never throws. */
  private async carry(options: CarryOptions): Promise<boolean> {
    if (Date.now() < this.pausedUntil) return false;
    try {
      const { carried, failures, isFull } = await this.copy.carry(options);
      this.figures.mirrored += carried;
      this.figures.failed += failures.length;
      // Of hundreds that fail alike one says it all.
      if (failures.length > 0) this.note(failures.find(isAway) ?? failures[0], failures.length);
      return isFull && carried + failures.length > 0;
    } catch (error) {
      this.note(error);
      return false;
    }
  }

  private note(error: unknown, changes?: number): void {
    logMirrorFault(error, changes);
    if (isAway(error)) this.pausedUntil = Date.now() + pause;
  }
}

function isAway(error: unknown): boolean {
  return error instanceof MigrationTargetError ||
    (error instanceof Refusal && error.code === "unavailable");
}
