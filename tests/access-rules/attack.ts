import type { SupabaseClient } from "@supabase/supabase-js";
import type { Persona } from "../../supabase/functions/_shared/auth/access-rules.ts";
import type { Somebody } from "../conformance/conformance-context.ts";
import type { hadEffect } from "./data-api-attempts.ts";

// The schema's types would refuse some of these at compile time; whoever attacks has no types.
export type UntypedClient = SupabaseClient;

export interface Victim {
  owner: Somebody;
  draft: string;
  shown: string;
}

/** What somebody tries at the Data API who should not get anywhere with it. */
export interface Attack {
  /** What they do: "nobody ..." */
  name: string;
  by: Persona[];
  run(api: UntypedClient, victim: Victim): PromiseLike<Parameters<typeof hadEffect>[0]>;
}

export const people: Persona[] = ["anonymous", "user", "owner", "moderator"];
export const strangers: Persona[] = ["anonymous", "user", "moderator"];
