/** Why a request was refused. The codes are part of the HTTP contract; HTTP maps each to one status. */
export type RefusalCode =
  | "validation_failed"
  | "invalid_cursor"
  | "unauthorized"
  | "forbidden"
  | "not_found"
  | "invalid_transition"
  | "sold_out"
  | "insufficient_coins"
  | "already_promoted"
  | "conflict"
  | "idempotency_in_flight"
  | "idempotency_mismatch"
  // Reserved by the HTTP contract; nothing answers it yet.
  | "rate_limited"
  | "unavailable";

/** One field at fault: `path` is the field's dotted path in the request, `message` is Russian, for people. */
export interface RefusalDetail {
  path: string;
  message: string;
}

/**
 * A rule said no: an expected outcome, not a fault. Domain rules and both backends throw it; the HTTP layer renders
 * it. Carries no HTTP status, so that the backends stay free of HTTP.
 */
export class Refusal extends Error {
  override readonly name = "Refusal";

  constructor(
    readonly code: RefusalCode,
    readonly details: readonly RefusalDetail[] = [],
    options?: ErrorOptions,
  ) {
    super(code, options);
  }
}
