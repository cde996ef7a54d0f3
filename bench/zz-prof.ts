import { createClient } from "@supabase/supabase-js";
import { identifyCaller } from "../supabase/functions/_shared/auth/identify-caller.ts";
import { resolveEnvironment } from "../supabase/functions/_shared/environment.ts";
import { concertColumns, concertFrom } from "../supabase/functions/_shared/database/sql/rows.ts";
import { concertsOn, createSample } from "./sample-concerts.ts";
import { startStackProcess } from "./stack-process.ts";
import { timeInTurn } from "./timing.ts";
import { createDatabase, startPostgresServer } from "../tests/support/postgres-server.ts";
const server = await startPostgresServer();
const stack = await startStackProcess(await createDatabase(server.url));
try {
const { artistToken: t, artistId } = await createSample(stack, "sql");
const app = concertsOn(stack, "sql");
const env = resolveEnvironment({ ...stack.environment, STORAGE_MODE: "sql" });
const client = createClient(stack.url, stack.publishableKey, { auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false } });
const direct = async () => { const { data, error } = await client.from("concerts").select(concertColumns.join(",")).eq("artist_id", artistId).order("created_at", { ascending: false }).order("id", { ascending: false }).limit(21).setHeader("authorization", `Bearer ${t}`); if (error) throw error; return data as any[]; };
const req = () => new Request("http://127.0.0.1/concerts/mine", { headers: { authorization: `Bearer ${t}` } });

import process from "node:process";
const list = async () => { const x = await app.fetch(new Request("http://127.0.0.1/concerts")); await x.text(); };
for (const [name, f] of [["direct", direct], ["fn", async () => { const x = await app.fetch(req()); await x.text(); }], ["identify", () => identifyCaller(req(), env)], ["list", list]] as const) {
 for (let i=0;i<100;i++) await f();
 for (let k=0;k<3;k++){ const c=process.cpuUsage(); for (let i=0;i<300;i++) await f(); const d=process.cpuUsage(c); console.log(name, ((d.user+d.system)/300/1000).toFixed(3), "cpu ms"); }
}
} finally { await stack.close(); await server.close(); }
