import assert from "node:assert/strict";
import { signAccessToken } from "../../local/access-token.ts";
import { type EmbeddedSupabase, startEmbeddedSupabase } from "../../local/embedded-supabase.ts";
import { createLocalKeys, type LocalKeys } from "../../local/local-keys.ts";

const url = "http://127.0.0.1:1";

async function withSupabase(
  body: (supabase: EmbeddedSupabase, keys: LocalKeys) => Promise<void>,
): Promise<void> {
  const keys = createLocalKeys();
  const storageDir = await Deno.makeTempDir();
  const supabase = await startEmbeddedSupabase({ keys, url, storageDir });
  try {
    await body(supabase, keys);
  } finally {
    await supabase.close();
    await Deno.remove(storageDir, { recursive: true });
  }
}

Deno.test("requests at the same moment run under their own roles on the one session of PGlite", async () => {
  await withSupabase(async (supabase, keys) => {
    await supabase.database.query(`
      create table public.secrets (id int primary key);
      insert into public.secrets values (1);
      alter table public.secrets enable row level security;
      grant select on public.secrets to anon, service_role;
    `);
    const count = async (apikey: string) => {
      const headers = { apikey };
      const response = await supabase.fetch(new Request(`${url}/rest/v1/secrets`, { headers }));
      return (await response.json()).length;
    };
    const counts = await Promise.all(
      Array.from({ length: 20 }, () => [count(keys.publishableKey), count(keys.secretKey)]).flat(),
    );
    // No policy: only the service, which bypasses row level security, sees the row.
    assert.deepEqual(counts, Array.from({ length: 20 }, () => [0, 1]).flat());
  });
});

Deno.test("an SQL function knows who calls it and how, and nothing of the call before", async () => {
  await withSupabase(async (supabase, keys) => {
    await supabase.database.query(`
      create function public.call() returns jsonb language sql as $$
        select jsonb_build_object(
          'role', current_user,
          'uid', auth.uid(),
          'claims', nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'note',
          'method', current_setting('request.method', true),
          'path', current_setting('request.path', true),
          'sent', current_setting('request.headers', true)::jsonb ->> 'x-note'
        )
      $$;
    `);
    await supabase.clearSchemaCache();
    const call = async (headers: Record<string, string>) => {
      const request = new Request(`${url}/rest/v1/rpc/call`, { method: "POST", headers });
      return await (await supabase.fetch(request)).json();
    };
    const sub = crypto.randomUUID();
    const claims = { sub, role: "authenticated", note: "it's «ours»" };
    const token = await signAccessToken(claims, keys.jwtSecret, url);
    const how = { method: "POST", path: "/rpc/call" };
    assert.deepEqual(
      await call({
        apikey: keys.publishableKey,
        authorization: `Bearer ${token}`,
        "x-note": "'; --",
      }),
      { role: "authenticated", uid: sub, claims: claims.note, ...how, sent: "'; --" },
    );
    assert.deepEqual(
      await call({ apikey: keys.publishableKey }),
      { role: "anon", uid: null, claims: null, ...how, sent: null },
    );
  });
});
