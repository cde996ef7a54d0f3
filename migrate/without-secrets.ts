import { prefixes } from "../supabase/functions/_shared/database/legacy/keys.ts";
import { isHarmless } from "../supabase/functions/_shared/database/legacy/connection-fields.ts";
import { parseExactly } from "./sources/exact-json.ts";

/**
 * A rejected value as it may be kept: of a connection to a ticket provider without what may open the provider's door,
 * which the old store has in plain text. All others are whole.
 */
export function withoutSecrets(key: string, value: string): string {
  if (!key.startsWith(prefixes.ticketProvider)) return value;
  const content = contentOf(value);
  // What has no names may be the secret itself.
  if (!isPlainObject(content)) return leftOut;
  let hasSecrets = false;
  const kept = JSON.stringify(content, (name, inner) => {
    if (inner === content || isHarmless(name) || inner === null) return inner;
    hasSecrets = true;
    return "(left out)";
  });
  return hasSecrets ? kept : value;
}

const leftOut = JSON.stringify("(left out)");

/** Not an array, and not a number that is kept as it was written. */
function isPlainObject(content: unknown): boolean {
  return typeof content === "object" && content !== null &&
    Object.getPrototypeOf(content) === Object.prototype;
}

/** The value, or what the JSON text in it says; undefined for other text. */
function contentOf(value: string): unknown {
  const content = parseExactly(value);
  if (typeof content !== "string") return content;
  try {
    return parseExactly(content);
  } catch {
    return undefined;
  }
}
