/** A row of the old store; the value as JSON text, so that nothing of it is rounded or rewritten. */
export interface SourceRow {
  key: string;
  value: string;
}

/** Where the old records come from. */
export interface Source {
  /** What people and the target know it by: an address or a file's name. */
  readonly name: string;
  /** What tells that it is still the same source with the same content, as far as that can be told without reading. */
  identity(): Promise<string>;
  /** How many rows there are, where that can be told beforehand. */
  count(): Promise<number | null>;
  /**
   * All rows, some at a time; no key twice, unless the source changes meanwhile.
   *
   * Throws `MigrationError` when it cannot be read to its end.
   */
  read(): AsyncIterable<SourceRow[]>;
  /** Whether somebody may write to it while it is read. */
  readonly isLive: boolean;
  /** What the reader should know about it, after it was read. */
  readonly remarks: readonly string[];
}

/** How many rows are handled at a time. */
export const rowsAtATime = 1000;
