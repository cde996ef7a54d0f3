import { prefixes } from "../supabase/functions/_shared/database/legacy/keys.ts";
import { parseExactly } from "./sources/exact-json.ts";

/** What says in its name that it is to be known to nobody, but for what this version has encrypted. */
const secretName = /(key|secret|token|password)$/i;

/**
 * A rejected value as it may be kept: of a connection to a ticket provider without what opens the provider's door, which
 * the old store has in plain text. All others are whole.
 */
export function withoutSecrets(key: string, value: string): string {
  if (!key.startsWith(prefixes.ticketProvider)) return value;
  const content = parseExactly(value);
  if (typeof content !== "string") return withoutSecretsIn(content) ?? value;
  try {
    const kept = withoutSecretsIn(parseExactly(content));
    return kept === null ? value : JSON.stringify(kept);
  } catch {
    // Text that is no JSON may be the secret itself.
    return JSON.stringify(leftOut);
  }
}

const leftOut = "(left out)";

/** JSON text; null when there is nothing secret in it. */
function withoutSecretsIn(content: unknown): string | null {
  let isSecret = false;
  const kept = JSON.stringify(content, (name, inner) => {
    if (typeof inner !== "string" || !secretName.test(name)) return inner;
    isSecret = true;
    return leftOut;
  });
  return isSecret ? kept : null;
}
