import assert from "node:assert/strict";
import {
  ConfigurationError,
  defaultKey,
  resolveEnvironment,
} from "../../supabase/functions/_shared/environment.ts";

const secret = "sb_secret_do-not-print";
const complete = {
  SUPABASE_URL: "https://project.example.org/",
  SUPABASE_PUBLISHABLE_KEYS: '{"default":"sb_publishable_1","mobile":"sb_publishable_2"}',
  SUPABASE_SECRET_KEYS: JSON.stringify({ default: secret }),
  SUPABASE_JWKS: '{"keys":[{"kty":"oct","k":"c2VjcmV0","alg":"HS256","kid":"1"}]}',
  STORAGE_MODE: "sql",
};

function refusalOf(changes: Record<string, string | undefined>): string {
  try {
    resolveEnvironment({ ...complete, ...changes });
  } catch (error) {
    assert.ok(error instanceof ConfigurationError, String(error));
    assert.ok(!error.message.includes(secret), "the message holds a secret");
    return error.message;
  }
  throw new Error(`accepted ${JSON.stringify(changes)}`);
}

Deno.test("the environment is read as Supabase provides it", () => {
  assert.deepEqual(resolveEnvironment(complete), {
    supabaseUrl: "https://project.example.org",
    publishableKeys: { default: "sb_publishable_1", mobile: "sb_publishable_2" },
    secretKeys: { default: secret },
    jwks: { keys: [{ kty: "oct", k: "c2VjcmV0", alg: "HS256", kid: "1" }] },
    storageMode: "sql",
    shadowReads: 0,
    mail: {
      transport: "capture",
      from: { address: "no-reply@promo-music.example", name: "Promo.Music" },
      url: null,
    },
    campaigns: {
      unsubscribeKey: null,
      unsubscribePageUrl: null,
      functionsUrl: "https://project.example.org/functions/v1",
      batchSize: 100,
      ratePerSecond: null,
      resendWebhookSecret: null,
    },
    push: { transport: "capture" },
    credentialsKey: null,
  });
});

Deno.test("STORAGE_MODE is kv unless said otherwise; another word is refused", () => {
  for (const value of [undefined, "", "kv"]) {
    assert.equal(resolveEnvironment({ ...complete, STORAGE_MODE: value }).storageMode, "kv");
  }
  for (const value of ["sql", "dual-kv", "dual-sql"]) {
    assert.equal(resolveEnvironment({ ...complete, STORAGE_MODE: value }).storageMode, value);
  }
  for (const value of ["SQL", "KV", " kv", "postgres", "true", "__proto__", "dual", "dual_kv"]) {
    const message = refusalOf({ STORAGE_MODE: value });
    assert.match(message, /STORAGE_MODE/);
    for (const mode of ["kv", "sql", "dual-kv", "dual-sql"]) {
      assert.ok(message.includes(`"${mode}"`), mode);
    }
  }
});

Deno.test("SHADOW_READS is a share of the reads, none unless said otherwise", () => {
  const read = (value: string | undefined) =>
    resolveEnvironment({ ...complete, SHADOW_READS: value }).shadowReads;
  for (const none of [undefined, "", "0", "0.0"]) assert.equal(read(none), 0);
  assert.equal(read("0.05"), 0.05);
  assert.equal(read("1"), 1);
  for (const bad of ["1.01", "5", "5%", "-0.1", ".5", "1e-2", "0,05", "all", "NaN"]) {
    assert.match(refusalOf({ SHADOW_READS: bad }), /^SHADOW_READS /, bad);
  }
});

Deno.test("CREDENTIALS_KEY is 32 bytes in base64, or nothing", () => {
  const key = new Uint8Array(32).fill(9);
  const read = (value: string | undefined) =>
    resolveEnvironment({ ...complete, CREDENTIALS_KEY: value }).credentialsKey;
  assert.deepEqual(read(btoa(String.fromCharCode(...key))), key);
  for (const none of [undefined, ""]) assert.equal(read(none), null);
  for (const bad of [secret, "short", btoa("a".repeat(31)), btoa("a".repeat(33)), "не base64"]) {
    assert.match(refusalOf({ CREDENTIALS_KEY: bad }), /^CREDENTIALS_KEY /);
  }
});

Deno.test("every missing or malformed variable is refused by its name", () => {
  const missing = undefined;
  const cases: [Record<string, string | undefined>, RegExp][] = [
    [{ SUPABASE_URL: missing }, /^SUPABASE_URL /],
    [{ SUPABASE_URL: "" }, /^SUPABASE_URL /],
    [{ SUPABASE_URL: "project.example.org" }, /^SUPABASE_URL /],
    [{ SUPABASE_URL: "ftp://project.example.org" }, /^SUPABASE_URL /],
    [{ SUPABASE_PUBLISHABLE_KEYS: missing }, /SUPABASE_PUBLISHABLE_KEYS/],
    [{ SUPABASE_SECRET_KEYS: missing }, /SUPABASE_SECRET_KEYS/],
    [{ SUPABASE_JWKS: missing, SUPABASE_JWKS_URL: "jwks.json" }, /^SUPABASE_JWKS_URL /],
  ];
  for (const name of ["SUPABASE_PUBLISHABLE_KEYS", "SUPABASE_SECRET_KEYS"]) {
    for (
      const value of [
        secret,
        "{",
        "null",
        "5",
        `["${secret}"]`,
        '{"default":""}',
        '{"default":5}',
        '{"default":null}',
        "{}",
      ]
    ) {
      cases.push([{ [name]: value }, new RegExp(name)]);
    }
  }
  for (const value of ["keys", "{", "null", "5", "{}", '{"keys":{}}', '{"keys":null}', '"[]"']) {
    cases.push([{ SUPABASE_JWKS: value }, /^SUPABASE_JWKS /]);
  }
  for (const [changes, expected] of cases) {
    assert.match(refusalOf(changes), expected, JSON.stringify(changes));
  }
});

Deno.test("one key alone, and the keys of older projects, are keys too", () => {
  const environment = resolveEnvironment({
    ...complete,
    SUPABASE_PUBLISHABLE_KEYS: undefined,
    SUPABASE_SECRET_KEYS: undefined,
    SUPABASE_PUBLISHABLE_KEY: "publishable",
    SUPABASE_SECRET_KEY: "secret",
    SUPABASE_ANON_KEY: "anon",
    SUPABASE_SERVICE_ROLE_KEY: "service",
  });
  assert.deepEqual(environment.publishableKeys, { default: "publishable", legacy: "anon" });
  assert.deepEqual(environment.secretKeys, { default: "secret", legacy: "service" });
  assert.equal(defaultKey(environment.secretKeys), "secret");
  assert.equal(defaultKey({ mobile: "first", other: "second" }), "first");
});

Deno.test("without inline keys tokens are verified with the project's published ones", () => {
  const { jwks } = resolveEnvironment({ ...complete, SUPABASE_JWKS: undefined });
  assert.equal(String(jwks), "https://project.example.org/auth/v1/.well-known/jwks.json");
  const other = resolveEnvironment({
    ...complete,
    SUPABASE_JWKS: undefined,
    SUPABASE_JWKS_URL: "https://keys.example.org/jwks.json",
  });
  assert.equal(String(other.jwks), "https://keys.example.org/jwks.json");
});

Deno.test("a bare list of keys is a key set too", () => {
  const environment = resolveEnvironment({ ...complete, SUPABASE_JWKS: '[{"kty":"oct"}]' });
  assert.deepEqual(environment.jwks, { keys: [{ kty: "oct" }] });
});
