import { encodeBase64Url } from "deno-std/encoding/base64url.js";

/** What a Supabase project has as its API keys, and the text its HS256 access tokens are signed with. */
export interface LocalKeys {
  publishableKey: string;
  secretKey: string;
  jwtSecret: string;
}

/** Fresh random keys, in the form Supabase gives its own. */
export function createLocalKeys(): LocalKeys {
  return {
    publishableKey: `sb_publishable_${randomText()}`,
    secretKey: `sb_secret_${randomText()}`,
    jwtSecret: randomText(),
  };
}

function randomText(): string {
  return encodeBase64Url(crypto.getRandomValues(new Uint8Array(32)));
}
