import assert from "node:assert/strict";
import { PostgrestError } from "@supabase/supabase-js";
import { refusalFrom } from "../../supabase/functions/_shared/database/sql/refusal-from.ts";
import { Refusal } from "../../supabase/functions/_shared/domain/refusal.ts";

function read(
  error: { code: string; message?: string; details?: string; hint?: string },
  status = 400,
): Error {
  return refusalFrom(
    new PostgrestError({ message: "", details: "", hint: "", ...error }),
    status,
  );
}

function codeOf(error: Error): string {
  assert.ok(error instanceof Refusal, String(error));
  return error.code;
}

Deno.test("a refusal of our own SQL functions keeps its code and names its fields in Russian", () => {
  const refusal = read({
    code: "PT400",
    message: "validation_failed",
    details: '[{"path":"city"},{"path":"venue_name"}]',
  });
  assert.ok(refusal instanceof Refusal);
  assert.equal(refusal.code, "validation_failed");
  assert.deepEqual(refusal.details.map(({ path }) => path), ["city", "venue_name"]);
  for (const { message } of refusal.details) assert.match(message, /[а-яё]/i);
  assert.equal(
    codeOf(read({ code: "PT400", message: "insufficient_coins" })),
    "insufficient_coins",
  );
});

Deno.test("SQLSTATEs are read as what they mean to the caller", () => {
  const meanings: [code: string, refusal: string][] = [
    ["42501", "forbidden"],
    ["23503", "conflict"],
    ["23505", "conflict"],
    ["PGRST116", "not_found"],
    ["PGRST301", "unauthorized"],
    ["53300", "unavailable"],
    ["57014", "unavailable"],
  ];
  for (const [code, refusal] of meanings) assert.equal(codeOf(read({ code })), refusal, code);
});

Deno.test("a violated constraint is a fault that quotes nobody in the log", () => {
  const fault = read({
    code: "23514",
    message: 'violates check constraint "artists_email_length"',
  });
  assert.ok(!(fault instanceof Refusal));
  assert.equal(fault.message, "The Data API answered 23514");
});

Deno.test("a store that does not answer is unavailable; what nobody expected stays a fault", () => {
  for (const status of [0, 502, 503, 504]) {
    assert.equal(codeOf(read({ code: "" }, status)), "unavailable", String(status));
  }
  const fault = read({ code: "42P01", message: 'relation "concerts" does not exist' }, 404);
  assert.ok(!(fault instanceof Refusal));
});
