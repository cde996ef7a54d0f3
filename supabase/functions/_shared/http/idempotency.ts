import { encodeHex } from "deno-std/encoding/hex.js";
import type { Idempotency } from "../domain/idempotency.ts";
import { Refusal } from "../domain/refusal.ts";

const maximumKeyLength = 255;

/** The request's `Idempotency-Key` with the fingerprint of what it asks for; null without the header. */
export async function idempotencyOf(request: Request, body: unknown): Promise<Idempotency | null> {
  const key = request.headers.get("idempotency-key");
  if (key === null) return null;
  if (key.length === 0 || key.length > maximumKeyLength) {
    throw new Refusal("validation_failed", [{
      path: "Idempotency-Key",
      message: `Нужно от 1 до ${maximumKeyLength} символов`,
    }]);
  }
  // The parsed body, not its bytes: a client that repeats a request may order or space its JSON differently.
  const asked = JSON.stringify([request.method, new URL(request.url).pathname, sortKeys(body)]);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(asked));
  return { key, fingerprint: encodeHex(digest) };
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [
      key,
      sortKeys(inner),
    ]),
  );
}
