import { verifyCredentials } from "@supabase/server/core";
import { Refusal } from "../domain/refusal.ts";
import type { Environment } from "../environment.ts";

/** What a verified access token says of its holder. */
export type Claims = NonNullable<Awaited<ReturnType<typeof askForClaims>>>;

/** How long a token that was good is taken for good without looking again, in milliseconds. */
const trustPeriod = 60_000;
const maximumRemembered = 1000;

/**
 * Verifies access tokens. Those that were good are remembered for a minute, since importing the key and checking the
 * signature costs more than the rest of a short request; a key that is withdrawn meanwhile counts that much longer.
 */
export class TokenVerifier {
  private readonly verified = new Map<string, { claims: Claims; until: number }>();

  constructor(private readonly environment: Environment) {}

  /** The claims of a token that the project signed and that has not expired, else null. */
  async verify(token: string): Promise<Claims | null> {
    const now = Date.now();
    const remembered = this.verified.get(token);
    if (remembered && now < remembered.until) return remembered.claims;
    this.verified.delete(token);
    const claims = await askForClaims(token, this.environment);
    if (claims?.exp !== undefined) {
      this.remember(token, claims, Math.min(claims.exp * 1000, now + trustPeriod));
    }
    return claims;
  }

  private remember(token: string, claims: Claims, until: number): void {
    if (this.verified.size >= maximumRemembered) {
      const [oldest] = this.verified.keys();
      this.verified.delete(oldest);
    }
    this.verified.set(token, { claims, until });
  }
}

/** Throws `unavailable` when the project's keys cannot be fetched: the token may well be good. */
async function askForClaims(token: string, { supabaseUrl, jwks }: Environment) {
  const { data } = await verifyCredentials({ token, apikey: null }, {
    auth: "user",
    env: { url: supabaseUrl, jwks },
  });
  if (!data && jwks instanceof URL && !await answers(jwks)) throw new Refusal("unavailable");
  return data?.jwtClaims ?? null;
}

async function answers(address: URL): Promise<boolean> {
  try {
    const response = await fetch(address);
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
