import assert from "node:assert/strict";
import { errorCatalogue } from "../../supabase/functions/_shared/http/errors.ts";

/** The table of the HTTP contract. */
const contract: Record<string, number> = {
  invalid_json: 400,
  validation_failed: 400,
  invalid_cursor: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  too_large: 413,
  unsupported_media_type: 415,
  invalid_transition: 409,
  sold_out: 409,
  insufficient_coins: 409,
  already_promoted: 409,
  conflict: 409,
  idempotency_in_flight: 409,
  idempotency_mismatch: 422,
  rate_limited: 429,
  internal: 500,
  unavailable: 503,
};

Deno.test("every code of the contract has its status, and there is no other code", () => {
  const statuses = Object.fromEntries(
    Object.entries(errorCatalogue).map(([code, { status }]) => [code, status]),
  );
  assert.deepEqual(statuses, contract);
});

Deno.test("every code has a sentence of its own, in Russian", () => {
  const texts = Object.values(errorCatalogue).map(({ text }) => text);
  for (const text of texts) assert.match(text, /^[А-ЯЁ][^\n]*[а-яё]/, text);
  assert.equal(new Set(texts).size, texts.length);
});
