import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import type { Persona } from "../../supabase/functions/_shared/auth/access-rules.ts";
import type { Database as Schema } from "../../supabase/functions/_shared/database/sql/database.types.ts";
import type { Database } from "../../supabase/functions/_shared/database/types.ts";
import type { ConformanceContext, Somebody } from "../conformance/conformance-context.ts";

export const personas = [
  "anonymous",
  "user",
  "owner",
  "moderator",
  "service",
] as const satisfies readonly Persona[];

/** The ways into the project that somebody has: our contract, and the Data API past it. */
export interface Way {
  database: Database;
  dataApi: SupabaseClient<Schema>;
}

/** What a persona holds of the project, seen from the records of `owner`. */
export async function wayOf(
  persona: Persona,
  context: ConformanceContext,
  owner: Somebody,
): Promise<Way> {
  const { stack } = context;
  switch (persona) {
    case "anonymous":
      return { database: context.visitor, dataApi: connect(context, stack.publishableKey) };
    case "service":
      return { database: context.service, dataApi: connect(context, stack.secretKey) };
    default: {
      const somebody = persona === "owner"
        ? owner
        : await (persona === "moderator" ? context.makeModerator() : context.makeArtist());
      return {
        database: somebody.database,
        dataApi: connect(context, stack.publishableKey, somebody.token),
      };
    }
  }
}

function connect({ stack }: ConformanceContext, key: string, token = key): SupabaseClient<Schema> {
  return createClient<Schema>(stack.url, key, {
    global: { headers: { Authorization: `Bearer ${token}` } },
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
  });
}
