import assert from "node:assert/strict";
import { verifyCredentials } from "@supabase/server/core";
import { createClient } from "@supabase/supabase-js";
import { type LocalStack, startLocalStack } from "../../local/stack.ts";
import { startTestStack } from "../support/test-stack.ts";

Deno.test("a local stack is a Supabase project", async (t) => {
  const stack = await startTestStack();
  try {
    await t.step(
      "a sign-up gives a token that a function's own check accepts",
      () => signUp(stack),
    );
    await t.step("the same token is still good for Auth", () => signUpAndAsk(stack));
    await t.step("a signed token carries what was asked for", () => signToken(stack));
    await t.step("nothing is granted that no migration granted", () => noGrants(stack));
    await t.step("claims read the same from either setting", () => claims(stack));
    await t.step("an account's e-mail is verified for the secret key only", () => accounts(stack));
    await t.step("objects are stored and read back", () => objects(stack));
    await t.step("every request to the backend is counted", () => counted(stack));
    await t.step("nothing else of the embedded server is reachable", () => closedPaths(stack));
  } finally {
    await stack.close();
  }
  await assert.rejects(() => fetch(stack.url), TypeError);
});

Deno.test("a new database has a new stack's keys and no old stack's rows", async () => {
  const first = await startLocalStack({ functions: false });
  await first.sql("create table public.mark (id int)");
  await first.close();
  const second = await startLocalStack({ functions: false });
  try {
    assert.notEqual(second.secretKey, first.secretKey);
    assert.notEqual(second.jwtSecret, first.jwtSecret);
    const [{ mark }] = await second.sql("select to_regclass('public.mark') as mark");
    assert.equal(mark, null);
  } finally {
    await second.close();
  }
});

function client(stack: LocalStack, key = stack.publishableKey) {
  return createClient(stack.url, key, { auth: { persistSession: false, autoRefreshToken: false } });
}

async function newSession(stack: LocalStack) {
  const email = `${crypto.randomUUID()}@example.com`;
  const { data, error } = await client(stack).auth.signUp({ email, password: "correct horse" });
  assert.equal(error, null);
  assert.ok(data.session && data.user);
  return { session: data.session, user: data.user, email };
}

async function signUp(stack: LocalStack): Promise<void> {
  const { session, user, email } = await newSession(stack);
  const { data, error } = await verifyCredentials(
    { token: session.access_token, apikey: null },
    { auth: "user", env: { url: stack.url, jwks: JSON.parse(stack.environment.SUPABASE_JWKS) } },
  );
  assert.equal(error, null);
  assert.equal(data?.userClaims?.id, user.id);
  assert.equal(data?.userClaims?.email, email);
  assert.deepEqual(data?.userClaims?.appMetadata, user.app_metadata);
  assert.equal(data?.jwtClaims?.iss, `${stack.url}/auth/v1`);
}

async function signUpAndAsk(stack: LocalStack): Promise<void> {
  const { session, email } = await newSession(stack);
  const asked = await client(stack).auth.getUser(session.access_token);
  assert.equal(asked.data.user?.email, email);
  const refreshed = await client(stack).auth.refreshSession(session);
  assert.equal(refreshed.error, null);
}

async function signToken(stack: LocalStack): Promise<void> {
  const env = { url: stack.url, jwks: JSON.parse(stack.environment.SUPABASE_JWKS) };
  const sub = crypto.randomUUID();
  const moderator = await stack.signToken({ sub, app_metadata: { role: "moderator" } });
  const { data } = await verifyCredentials({ token: moderator, apikey: null }, { env });
  assert.equal(data?.userClaims?.id, sub);
  assert.equal(data?.userClaims?.role, "authenticated");
  assert.deepEqual(data?.userClaims?.appMetadata, { role: "moderator" });
  const expired = await stack.signToken({ sub, expiresInSeconds: -60 });
  const refused = await verifyCredentials({ token: expired, apikey: null }, { env });
  assert.match(String(refused.error?.message), /expired/);
}

async function noGrants(stack: LocalStack): Promise<void> {
  await stack.sql(`
    create table public.closed (id int primary key);
    alter table public.closed enable row level security;
    create policy everyone on public.closed for select to anon, authenticated using (true);
    insert into public.closed values (1);
    create table public.open_to_service (id int primary key);
    alter table public.open_to_service enable row level security;
    grant select on public.open_to_service to service_role;
  `);
  for (const key of [stack.publishableKey, stack.secretKey]) {
    // Twice: the embedded server would grant at the first request.
    for (const _ of [1, 2]) {
      const { error } = await client(stack, key).from("closed").select();
      assert.equal(error?.code, "42501", `the ${key.split("_")[1]} key`);
    }
  }
  const { data } = await client(stack, stack.secretKey).from("open_to_service").select();
  assert.deepEqual(data, []);
}

async function claims(stack: LocalStack): Promise<void> {
  const sub = crypto.randomUUID();
  const settings = [
    [`set_config('request.jwt.claims', '{"sub":"${sub}","role":"authenticated"}', true)`],
    [
      `set_config('request.jwt.claim.sub', '${sub}', true)`,
      `set_config('request.jwt.claim.role', 'authenticated', true)`,
    ],
  ];
  for (const setting of settings) {
    const [row] = await stack.sql(
      `with claims as materialized (select ${setting.join(", ")})
       select auth.uid()::text as uid, auth.role() as role from claims`,
    );
    assert.deepEqual(row, { uid: sub, role: "authenticated" });
  }
  const [nobody] = await stack.sql("select auth.uid() as uid, auth.jwt() as jwt");
  assert.deepEqual(nobody, { uid: null, jwt: null });
}

async function accounts(stack: LocalStack): Promise<void> {
  const id = crypto.randomUUID();
  const put = async (apikey: string, body: unknown) => {
    const init = { method: "PUT", headers: { apikey }, body: JSON.stringify(body) };
    const response = await fetch(`${stack.url}/_local/users`, init);
    await response.body?.cancel();
    return response.status;
  };
  const email = `${id}@example.com`;
  assert.equal(await put(stack.publishableKey, { id, email, confirmed: true }), 401);
  assert.equal(await put(stack.secretKey, { id, email, confirmed: true }), 200);
  assert.equal(await put(stack.secretKey, { id }), 200);
  assert.equal(await put(stack.secretKey, { id, colour: "red" }), 400);
  assert.equal(await put(stack.secretKey, { id: crypto.randomUUID(), email }), 409);
  const rows = await stack.sql(
    "select email, email_confirmed_at is not null as confirmed from auth.users where id = $1",
    [id],
  );
  assert.deepEqual(rows, [{ email, confirmed: true }]);
  assert.equal(await put(stack.secretKey, { id, confirmed: false }), 200);
  const [{ verified }] = await stack.sql(
    "select email_confirmed_at is not null as verified from auth.users where id = $1",
    [id],
  );
  assert.equal(verified, false);
}

async function objects(stack: LocalStack): Promise<void> {
  const { storage } = client(stack, stack.secretKey);
  await storage.createBucket("notes", { public: true });
  // The embedded server takes a raw body; supabase-js would send a form.
  const uploaded = await fetch(`${stack.url}/storage/v1/object/notes/a/b.txt`, {
    method: "POST",
    headers: { apikey: stack.secretKey, "content-type": "text/plain" },
    body: "Привет",
  });
  assert.equal(uploaded.status, 200, await uploaded.text());
  const { data, error } = await storage.from("notes").download("a/b.txt");
  assert.equal(error, null);
  assert.equal(await data?.text(), "Привет");
}

async function counted(stack: LocalStack): Promise<void> {
  stack.backendRequests.length = 0;
  await client(stack, stack.secretKey).from("open_to_service").select("id").limit(3);
  await (await fetch(`${stack.url}/functions/v1/nothing`)).body?.cancel();
  assert.deepEqual(stack.backendRequests, [
    { method: "GET", path: "/rest/v1/open_to_service?select=id&limit=3" },
  ]);
}

async function closedPaths(stack: LocalStack): Promise<void> {
  // `/_system/config` of the embedded server answers with every key.
  for (const path of ["/", "/_system/config", "/_system/info", "/rest", "/functions/v1/"]) {
    const response = await fetch(stack.url + path);
    assert.equal(response.status, 404, path);
    await response.body?.cancel();
  }
}
