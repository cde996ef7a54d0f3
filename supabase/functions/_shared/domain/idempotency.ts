/** A client's promise that requests with the same key are the same request, kept for 24 hours. */
export interface Idempotency {
  /** The `Idempotency-Key` header, 1-255 characters. */
  key: string;
  /** SHA-256 (hex) of method, path and body: the same key with another fingerprint is refused. */
  fingerprint: string;
}

/** An effect's outcome; `replayed` when an earlier request with the same key had it. */
export interface Outcome<Value> {
  value: Value;
  replayed: boolean;
}

/** How long an answer is remembered for its key, in milliseconds. */
export const idempotencyPeriod = 24 * 60 * 60 * 1000;
