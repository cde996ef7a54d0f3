import { createClient } from "@supabase/supabase-js";
import { Hono } from "hono";

// As bare-function.ts, for kv mode: one read of the key-value table.
const client = createClient(
  Deno.env.get("SUPABASE_URL") ?? "",
  JSON.parse(Deno.env.get("SUPABASE_SECRET_KEYS") ?? "{}").default,
);

const app = new Hono();
app.get("/concerts", async (context) => {
  const { data, error } = await client.from("kv_store_84730125").select("key,value")
    .gte("key", "concert:").lt("key", "concert;")
    .order("key");
  return error ? context.json(error, 500) : context.json({ success: true, data });
});

export default { fetch: app.fetch };
