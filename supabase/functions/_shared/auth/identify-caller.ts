import { timingSafeEqual } from "deno-std/crypto/timing_safe_equal.js";
import { Refusal } from "../domain/refusal.ts";
import { isUuid } from "../domain/uuid.ts";
import type { Environment } from "../environment.ts";
import { onFirstUse } from "../on-first-use.ts";
import type { Caller, UserCaller } from "./caller.ts";
import type { Claims } from "./token-verifier.ts";

const moderatorRoles: readonly unknown[] = ["moderator", "admin"];

/** Loaded with the first token: public pages start without the JWT library. */
const tokenVerifier = onFirstUse(async (environment) => {
  const { TokenVerifier } = await import("./token-verifier.ts");
  return new TokenVerifier(environment);
});

/** Tells who sends a request. Throws `unauthorized`. */
export type IdentifyCaller = (request: Request) => Promise<Caller>;

/**
 * Makes what tells the callers of one function from each other.
 *
 * Credentials that are present must be good: a malformed, forged or expired token, or an unknown key, is refused and
 * never taken for a visitor without any. A person's token outranks the key beside it.
 */
export function createIdentifyCaller(environment: Environment): IdentifyCaller {
  return async (request) => {
    const authorization = request.headers.get("authorization");
    const apikey = request.headers.get("apikey");
    const keyHolder: Caller = apikey === null
      ? { kind: "anonymous" }
      : holderOfKey(apikey, environment);
    if (authorization === null) return keyHolder;

    const token = /^Bearer ([^\s]+)$/i.exec(authorization)?.[1];
    if (token === undefined) throw new Refusal("unauthorized");
    // Without a session supabase-js sends its publishable key here as well. Secret keys belong into `apikey` alone.
    if (isOneOf(token, environment.publishableKeys)) return keyHolder;
    return userOf(token, await (await tokenVerifier(environment)).verify(token));
  };
}

function holderOfKey(apikey: string, environment: Environment): Caller {
  if (isOneOf(apikey, environment.secretKeys)) return { kind: "service" };
  if (isOneOf(apikey, environment.publishableKeys)) return { kind: "anonymous" };
  throw new Refusal("unauthorized");
}

/** Compares with every key, whether or not one has matched, so that the time taken tells nothing. */
function isOneOf(text: string, keys: Record<string, string>): boolean {
  const bytes = new TextEncoder().encode(text);
  let found = false;
  for (const key of Object.values(keys)) {
    const keyBytes = new TextEncoder().encode(key);
    if (bytes.length === keyBytes.length && timingSafeEqual(bytes, keyBytes)) found = true;
  }
  return found;
}

function userOf(token: string, claims: Claims | null): UserCaller {
  // The signature alone does not make a person: the project signs its service tokens with the same key, and a token
  // that never expires cannot be taken back.
  if (
    !claims || claims.role !== "authenticated" || typeof claims.exp !== "number" ||
    !isUuid(claims.sub)
  ) {
    throw new Refusal("unauthorized");
  }
  return {
    kind: "user",
    id: claims.sub.toLowerCase(),
    email: typeof claims.email === "string" && claims.email !== "" ? claims.email : null,
    isModerator: moderatorRoles.includes(claims.app_metadata?.role),
    token,
  };
}
