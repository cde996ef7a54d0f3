import type { PostgrestError, SupabaseClient } from "@supabase/supabase-js";
import type { Persona } from "../../supabase/functions/_shared/auth/access-rules.ts";
import type { Database as Schema } from "../../supabase/functions/_shared/database/sql/database.types.ts";
import type { Attempt, Attempts, Scene } from "./rule-matrix.ts";

const isBackend = {
  service: "service_role is the backend itself: no policy holds it, and it needs the table",
};

/**
 * The rules as row level security, grants and SQL functions let people try them past our functions: with the keys and
 * tokens they hold, straight at the Data API.
 */
export const dataApiAttempts: Attempts = {
  concerts: {
    read_public: directly((api, { shown }) => api.rpc("get_concert", { concert_id: shown.id })),
    read_full: directly((api, { draft }) => api.from("concerts").select("*").eq("id", draft.id)),
    create: directly(
      (api, { owner }) =>
        api.from("concerts").insert({ artist_id: owner.id, title: "Новый концерт" }).select("id"),
      isBackend,
    ),
    update: directly(
      (api, { draft }) =>
        api.from("concerts").update({ title: "Другой" }).eq("id", draft.id).select("id"),
      isBackend,
    ),
    delete: directly(
      (api, { draft }) => api.from("concerts").delete().eq("id", draft.id).select("id"),
      isBackend,
    ),
    submit: directly((api, { draft }) => api.rpc("submit_concert", { concert_id: draft.id })),
    moderate: directly((api, { pending }) =>
      api.rpc("moderate_concert", { concert_id: pending.id, decision: "approved" })
    ),
    promote: directly((api, { shown }) =>
      api.rpc("promote_concert", { concert_id: shown.id, days: 7 })
    ),
    cancel: directly((api, { shown }) => api.rpc("cancel_concert", { concert_id: shown.id })),
    hide: directly((api, { shown }) =>
      api.rpc("set_concert_hidden", { concert_id: shown.id, hidden: true })
    ),
    read_analytics: directly(
      (api, { shown }) => api.from("concert_analytics").select("*").eq("concert_id", shown.id),
      isBackend,
    ),
  },
  artists: {
    read_public: directly(
      (api, { owner }) => api.from("artists").select("id,full_name,city").eq("id", owner.id),
      {
        user: "whoever is signed in reads public profiles as a visitor: the answer is the same",
        moderator: "as any other user",
      },
    ),
    read_full: directly((api, { owner }) =>
      api.from("artists").select("email,phone,coins_balance").eq("id", owner.id)
    ),
    create: directly(
      (api, { newcomer }) =>
        api.from("artists").insert({ id: newcomer.id, full_name: "Новый" }).select("id"),
      isBackend,
    ),
    update: directly(
      (api, { owner }) =>
        api.from("artists").update({ full_name: "Другой" }).eq("id", owner.id).select("id"),
      isBackend,
    ),
  },
  coin_transactions: {
    read: directly((api, { owner }) =>
      api.from("coin_transactions").select("amount").eq("artist_id", owner.id)
    ),
    create: directly((api, { owner }) =>
      api.from("coin_transactions")
        .insert({ artist_id: owner.id, amount: 1_000_000, type: "reward" }).select("id")
    ),
  },
};

interface Answer {
  data: unknown;
  error: PostgrestError | null;
  status: number;
}

function directly(
  query: (api: SupabaseClient<Schema>, scene: Scene) => PromiseLike<Answer>,
  exceptions?: Partial<Record<Persona, string>>,
): Attempt {
  return {
    exceptions,
    attempt: async ({ dataApi }, scene) => hadEffect(await query(dataApi, scene)),
  };
}

/** Whether the Data API did or showed something; throws for a failure that is no refusal. */
export function hadEffect({ data, error, status }: Answer): boolean {
  if (!error) return Array.isArray(data) ? data.length > 0 : data !== null;
  // insufficient_privilege (policies and grants), or a rule of ours: PT401, PT403, PT404, ...
  if (error.code === "42501" || /^PT4\d\d$/.test(error.code)) return false;
  throw new Error(`${status} ${error.code} ${error.message}`, { cause: error });
}
