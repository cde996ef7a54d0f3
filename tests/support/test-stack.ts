import { createApp } from "../../supabase/functions/_shared/http/create-app.ts";
import type { FunctionDefinition } from "../../supabase/functions/_shared/http/route.ts";
import type { StorageMode } from "../../supabase/functions/_shared/database/types.ts";
import { type LocalStack, type LocalStackOptions, startLocalStack } from "../../local/stack.ts";
import { createDatabase, dropDatabase } from "./postgres-server.ts";

/** A local stack of one test file: on PGlite, or in a database of its own on the server of TEST_DATABASE_URL. */
export async function startTestStack(
  options: Omit<LocalStackOptions, "port" | "databaseUrl"> = {},
): Promise<LocalStack> {
  const server = Deno.env.get("TEST_DATABASE_URL");
  if (!server) return await startLocalStack({ functions: false, ...options, port: 0 });
  const databaseUrl = await createDatabase(server);
  const stack = await startLocalStack({ functions: false, ...options, port: 0, databaseUrl });
  return {
    ...stack,
    async close() {
      await stack.close();
      await dropDatabase(databaseUrl);
    },
  };
}

/** A function's application on that stack in the given mode; requests need no server: `app.request(path, init)`. */
export function appOn(stack: LocalStack, definition: FunctionDefinition, mode: StorageMode) {
  return createApp(definition, { ...stack.environment, STORAGE_MODE: mode });
}
