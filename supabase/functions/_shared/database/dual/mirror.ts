/** Of this instance, since it started. */
export interface MirrorFigures {
  /** Keys, or rows, whose state was brought to the other store. */
  mirrored: number;
  /** Keys, or rows, whose state could not be, and is to be repaired. */
  failed: number;
}

/** Keeps the other store the same. What it cannot do there fails no request. */
export interface Mirror {
  readonly figures: MirrorFigures;
  /** Called before a method that writes; what it throws is the request's end, before anything was written. */
  beforeWrite(): Promise<void>;
  /** Called after a method that writes, whether it succeeded or not; never throws. */
  afterWrite(): Promise<void>;
  /** Called after a method that reads, which may have completed what somebody else left unfinished. */
  afterRead(): void;
  /**
   * How much is still to be repaired, whichever instance left it; where that is much, a number it exceeds. Throws when
   * the store that knows does not answer.
   */
  backlog(): Promise<number>;
}
