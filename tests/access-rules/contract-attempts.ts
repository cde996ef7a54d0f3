import { Refusal } from "../../supabase/functions/_shared/domain/refusal.ts";
import type { Persona } from "../../supabase/functions/_shared/auth/access-rules.ts";
import type { Database } from "../../supabase/functions/_shared/database/types.ts";
import { personas } from "./personas.ts";
import { type Attempt, type Attempts, type Scene, sceneCoins } from "./rule-matrix.ts";

const beyondContract = "no method of the contract does it";
const everybody = Object.fromEntries(personas.map((persona) => [persona, beyondContract]));

/** The rules as the contract of `database/types.ts` lets people try them; own records only are the caller's own. */
export const contractAttempts: Attempts = {
  concerts: {
    read_public: through(async ({ concerts }, { shown }) =>
      (await concerts.find(shown.id)).concert.id === shown.id
    ),
    read_full: through(async ({ concerts }, { draft, shown }) => {
      const found = await concerts.find(shown.id);
      return found.access === "full" && (await concerts.find(draft.id)).access === "full";
    }),
    create: through(async ({ concerts }, { owner }) =>
      (await concerts.create({ title: "Новый концерт" })).artist_id === owner.id
    ),
    update: through(async ({ concerts }, { draft }) =>
      (await concerts.update(draft.id, { title: "Другой" })).title === "Другой"
    ),
    delete: through(async ({ concerts }, { draft }) => {
      await concerts.delete(draft.id);
      return true;
    }),
    submit: through(async ({ concerts }, { draft }) =>
      (await concerts.submit(draft.id)).moderation_status === "pending"
    ),
    moderate: through(async ({ concerts }, { pending }) =>
      (await concerts.moderate(pending.id, { decision: "approved" })).moderation_status ===
        "approved"
    ),
    promote: through(async ({ concerts }, { shown }) =>
      (await concerts.promote(shown.id, 7, null)).value.is_promoted
    ),
    cancel: through(async ({ concerts }, { shown }) =>
      (await concerts.cancel(shown.id)).is_cancelled
    ),
    hide: through(async ({ concerts }, { shown }) =>
      (await concerts.setHidden(shown.id, true)).is_hidden
    ),
    read_analytics: through(async ({ concerts }, { shown }) =>
      (await concerts.analytics(shown.id)).concert_id === shown.id
    ),
  },
  artists: {
    read_public: through(async ({ artists }, { owner }) =>
      (await artists.findPublic(owner.id)).id === owner.id
    ),
    read_full: through(
      async ({ artists }, { owner }) => (await artists.own()).id === owner.id,
      { service: beyondContract },
    ),
    create: through(async ({ artists }, { newcomer }) =>
      (await artists.updateOwn({ full_name: "Новый" })).id === newcomer.id
    ),
    update: through(async ({ artists }, { owner }) =>
      (await artists.updateOwn({ full_name: "Другой" })).id === owner.id
    ),
  },
  coin_transactions: {
    read: through(
      async ({ coins }) =>
        (await coins.listOwn({ limit: 10, after: null })).items
          .some(({ amount }) => amount === sceneCoins),
      { service: beyondContract },
    ),
    create: through(() => Promise.reject(new Error(beyondContract)), everybody),
  },
};

function through(
  action: (database: Database, scene: Scene) => Promise<boolean>,
  exceptions?: Partial<Record<Persona, string>>,
): Attempt {
  return {
    exceptions,
    async attempt({ database }, scene) {
      try {
        return await action(database, scene);
      } catch (error) {
        if (error instanceof Refusal) return false;
        throw error;
      }
    },
  };
}
