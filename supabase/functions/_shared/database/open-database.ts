import { createClient } from "@supabase/supabase-js";
import { defaultKey, type Environment } from "../environment.ts";
import type { StorageBackend } from "./types.ts";

/** Opens the store of the environment's `STORAGE_MODE`: the only place that looks at the mode. */
export async function openDatabase(environment: Environment): Promise<StorageBackend> {
  const connect = (keys: Record<string, string>) =>
    createClient(environment.supabaseUrl, defaultKey(keys), {
      auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    });
  switch (environment.storageMode) {
    case "kv": {
      const { createKvBackend } = await import("./kv/create-kv-backend.ts");
      return createKvBackend(connect(environment.secretKeys));
    }
    case "sql": {
      const { createSqlBackend } = await import("./sql/create-sql-backend.ts");
      return createSqlBackend({
        publishable: connect(environment.publishableKeys),
        secret: connect(environment.secretKeys),
      });
    }
  }
}
