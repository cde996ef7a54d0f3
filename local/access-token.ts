import { decodeJwt, jwtVerify, SignJWT } from "jose";
import { encodeBase64Url } from "deno-std/encoding/base64url.js";

/** Names the local signing key; a token without a `kid` header is refused by @supabase/server. */
const KEY_ID = "local";

export interface TokenClaims {
  /** The person's id: a UUID. */
  sub: string;
  /** The database role; default "authenticated". A moderator's role is `app_metadata.role`, not this. */
  role?: string;
  email?: string;
  app_metadata?: Record<string, unknown>;
  /** Default 3600. A negative number gives a token that has already expired. */
  expiresInSeconds?: number;
}

/** A token as Supabase Auth at `url` would sign it. */
export async function signAccessToken(
  claims: TokenClaims,
  jwtSecret: string,
  url: string,
): Promise<string> {
  const { expiresInSeconds = 3600, role = "authenticated", ...identity } = claims;
  const now = Math.floor(Date.now() / 1000);
  return await new SignJWT({ app_metadata: {}, user_metadata: {}, ...identity, role })
    .setProtectedHeader({ alg: "HS256", kid: KEY_ID, typ: "JWT" })
    .setIssuer(`${url}/auth/v1`)
    .setAudience("authenticated")
    .setIssuedAt(now)
    .setExpirationTime(now + expiresInSeconds)
    .sign(secretBytes(jwtSecret));
}

/**
 * Signs a token of the embedded Auth server again, with the same secret and claims but with what it leaves out and
 * hosted Supabase puts in: the `kid` header, the issuer and the person's metadata. The embedded server accepts the
 * result as its own.
 *
 * @throws when `token` was not signed with `jwtSecret`.
 */
export async function resignAccessToken(
  token: string,
  user: { app_metadata?: unknown; user_metadata?: unknown },
  jwtSecret: string,
  url: string,
): Promise<string> {
  await jwtVerify(token, secretBytes(jwtSecret));
  const { app_metadata = {}, user_metadata = {} } = user;
  return await new SignJWT({ app_metadata, user_metadata, ...decodeJwt(token) })
    .setProtectedHeader({ alg: "HS256", kid: KEY_ID, typ: "JWT" })
    .setIssuer(`${url}/auth/v1`)
    .sign(secretBytes(jwtSecret));
}

/** The key set a function verifies tokens with, as JSON for SUPABASE_JWKS. It holds the secret: never serve it. */
export function jsonWebKeySet(jwtSecret: string): string {
  const k = encodeBase64Url(secretBytes(jwtSecret));
  return JSON.stringify({ keys: [{ kty: "oct", k, alg: "HS256", kid: KEY_ID }] });
}

function secretBytes(jwtSecret: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(jwtSecret);
}
