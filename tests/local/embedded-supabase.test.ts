import assert from "node:assert/strict";
import { startEmbeddedSupabase } from "../../local/embedded-supabase.ts";
import { createLocalKeys } from "../../local/local-keys.ts";

Deno.test("requests at the same moment run under their own roles on the one session of PGlite", async () => {
  const keys = createLocalKeys();
  const storageDir = await Deno.makeTempDir();
  const url = "http://127.0.0.1:1";
  const supabase = await startEmbeddedSupabase({ keys, url, storageDir });
  try {
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
  } finally {
    await supabase.close();
    await Deno.remove(storageDir, { recursive: true });
  }
});
