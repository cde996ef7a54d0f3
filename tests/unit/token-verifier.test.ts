import assert from "node:assert/strict";
import { TokenVerifier } from "../../supabase/functions/_shared/auth/token-verifier.ts";
import {
  type Environment,
  resolveEnvironment,
} from "../../supabase/functions/_shared/environment.ts";
import { jsonWebKeySet, signAccessToken } from "../../local/access-token.ts";

const secret = "a-secret-of-at-least-thirty-two-characters";
const environment: Environment = resolveEnvironment({
  SUPABASE_URL: "http://127.0.0.1:1",
  SUPABASE_PUBLISHABLE_KEY: "sb_publishable_x",
  SUPABASE_SECRET_KEY: "sb_secret_x",
  SUPABASE_JWKS: jsonWebKeySet(secret),
});
const sub = "7d1f4c52-0a3e-4b7e-9a55-2f1d3c9be001";

Deno.test("a good token is good again, a forged one never", async () => {
  const verifier = new TokenVerifier(environment);
  const token = await signAccessToken({ sub }, secret, environment.supabaseUrl);
  const forged = await signAccessToken({ sub }, `${secret}!`, environment.supabaseUrl);
  for (let time = 0; time < 2; time++) {
    assert.equal((await verifier.verify(token))?.sub, sub);
    assert.equal(await verifier.verify(forged), null);
  }
});

Deno.test("a token that was good is not remembered beyond its end", async () => {
  const verifier = new TokenVerifier(environment);
  const token = await signAccessToken(
    { sub, expiresInSeconds: 2 },
    secret,
    environment.supabaseUrl,
  );
  assert.equal((await verifier.verify(token))?.sub, sub);
  await new Promise((resolve) => setTimeout(resolve, 2100));
  assert.equal(await verifier.verify(token), null);
});

Deno.test("keys that cannot be fetched are no reason to send people to the sign-in page", async () => {
  const verifier = new TokenVerifier({
    ...environment,
    jwks: new URL("http://127.0.0.1:1/auth/v1/.well-known/jwks.json"),
  });
  const token = await signAccessToken({ sub }, secret, environment.supabaseUrl);
  await assert.rejects(verifier.verify(token), { code: "unavailable" });
});
