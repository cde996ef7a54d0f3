import assert from "node:assert/strict";
import { openAccounts } from "../../supabase/functions/_shared/auth/accounts.ts";
import { Refusal } from "../../supabase/functions/_shared/domain/refusal.ts";
import { resolveEnvironment } from "../../supabase/functions/_shared/environment.ts";

const id = crypto.randomUUID();

function accountsAt(supabaseUrl: string) {
  return openAccounts(resolveEnvironment({
    SUPABASE_URL: supabaseUrl,
    SUPABASE_PUBLISHABLE_KEYS: '{"default":"sb_publishable_a"}',
    SUPABASE_SECRET_KEYS: '{"default":"sb_secret_a"}',
  }));
}

/** What `hasNoAccount` makes of an Auth that answers so, asked with the secret key. */
async function heard(status: number, body: string): Promise<boolean> {
  const requests: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    requests.push(`${new URL(request.url).pathname} ${request.headers.get("apikey")}`);
    return new Response(body, { status });
  });
  try {
    return await accountsAt(`http://127.0.0.1:${server.addr.port}`).hasNoAccount(id);
  } finally {
    await server.shutdown();
    assert.deepEqual(requests, [`/auth/v1/admin/users/${id} sb_secret_a`]);
  }
}

Deno.test("nobody has an id only when Auth says so", async () => {
  assert.equal(await heard(404, '{"code":404,"error_code":"user_not_found","msg":"x"}'), true);
  assert.equal(await heard(404, '{"code":"user_not_found","message":"x"}'), true);
  assert.equal(await heard(200, JSON.stringify({ id })), false);
  for (const body of ["", "Not Found", "null", "[]", '{"message":"no Route matched"}']) {
    assert.equal(await heard(404, body), false, `an Auth without the admin API: ${body}`);
  }
  for (const status of [401, 403, 429]) {
    assert.equal(await heard(status, '{"error_code":"user_not_found"}'), false, String(status));
  }
});

Deno.test("an Auth that does not answer is unavailable, not an empty one", async () => {
  const isUnavailable = (error: unknown) =>
    error instanceof Refusal && error.code === "unavailable";
  await assert.rejects(heard(502, '{"error_code":"user_not_found"}'), isUnavailable);
  await assert.rejects(accountsAt("http://127.0.0.1:1").hasNoAccount(id), isUnavailable);
});
