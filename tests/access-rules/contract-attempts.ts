import { longLease, words } from "../conformance/campaign-making.ts";
import { Refusal } from "../../supabase/functions/_shared/domain/refusal.ts";
import type { Persona } from "../../supabase/functions/_shared/auth/access-rules.ts";
import type { Database } from "../../supabase/functions/_shared/database/types.ts";
import { eventOf, saleOf } from "../conformance/sale-making.ts";
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
  notifications: {
    read: through(async ({ notifications }, { notification }) => {
      const filter = { type: null, status: null, unread: null, archived: null };
      const { items } = await notifications.list(filter, { limit: 10, after: null });
      return items.some(({ id }) => id === notification.id);
    }),
    create: through(async ({ notifications }, { shown }) =>
      (await notifications.createReminders(shown.id)).created > 0
    ),
    update: through(async ({ notifications }, { notification }) =>
      (await notifications.update(notification.id, { is_read: true })).is_read
    ),
    delete: through(async ({ notifications }, { notification }) => {
      await notifications.delete(notification.id);
      return true;
    }),
    dispatch: through(async ({ notifications }, { due }) => {
      for (
        let claim = await notifications.claimDue(100);
        claim;
        claim = await notifications.claimDue(100)
      ) if (claim.notifications.some(({ id }) => id === due.id)) return true;
      return false;
    }),
  },
  notification_settings: {
    // The owner's, and not what the caller has by default.
    read: through(async ({ notifications }) => !(await notifications.settings()).email_enabled),
    update: through(async ({ notifications }) =>
      !(await notifications.updateSettings({ push_enabled: false })).email_enabled
    ),
  },
  push_subscriptions: {
    read: through(() => Promise.reject(new Error(beyondContract)), everybody),
    delete: through(async ({ notifications }, { endpoint }) => {
      await notifications.unsubscribe(endpoint);
      return true;
    }),
  },
  ticket_providers: {
    read: through(async ({ ticketConnections }) =>
      (await ticketConnections.listProviders()).length > 0
    ),
  },
  ticket_connections: {
    read: through(async ({ ticketConnections }) => (await ticketConnections.listOwn()).length > 0),
    save: through(async ({ ticketConnections }, { owner }) => {
      await ticketConnections.save("kassir", {
        api_key_encrypted: "ciphertext",
        api_key_last4: "9999",
        webhook_secret_encrypted: null,
      });
      return (await owner.database.ticketConnections.listOwn())
        .some(({ api_key_last4 }) => api_key_last4 === "9999");
    }),
    remove: through(async ({ ticketConnections }) => {
      await ticketConnections.remove("kassir");
      return true;
    }),
    read_secret: through(async ({ ticketConnections }, { shown }) =>
      await ticketConnections.findWebhookSecret("kassir", shown.id) !== null
    ),
  },
  campaigns: {
    read: through(async ({ campaigns }, { campaign }) =>
      (await campaigns.find(campaign.id)).subject === campaign.subject
    ),
    create: through(async ({ campaigns, concerts }, { shown, owner }) => {
      const found = await concerts.find(shown.id);
      const { artist_id } = await campaigns.create({ ...words, concert_id: found.concert.id });
      return artist_id === owner.id;
    }),
    update: through(async ({ campaigns }, { campaign }) =>
      (await campaigns.update(campaign.id, { subject: "Другая" })).subject === "Другая"
    ),
    delete: through(async ({ campaigns }, { campaign }) => {
      await campaigns.delete(campaign.id);
      return true;
    }),
    change_status: through(async ({ campaigns }, { mailing }) =>
      (await campaigns.cancel(mailing.id)).status === "cancelled"
    ),
    read_recipients: through(async ({ campaigns }, { campaign, mailing }) => {
      const { count } = await campaigns.audience(campaign.id, 5);
      const page = { limit: 5, after: null };
      const { items } = await campaigns.listDeliveries(mailing.id, { status: null }, page);
      return count === 1 && items.length === 1;
    }),
    dispatch: through(async ({ campaigns }, { mailing }) => {
      for (
        let { batch } = await campaigns.claimBatch(100, longLease);
        batch;
        { batch } = await campaigns.claimBatch(100, longLease)
      ) if (batch.material?.campaign.id === mailing.id) return true;
      return false;
    }),
  },
  ticket_sales: {
    read: through(
      async ({ sales }, { sale }) => (await sales.find(sale.id)).id === sale.id,
      { service: beyondContract },
    ),
    create: through(async ({ sales }, { owner, shown }) =>
      (await sales.create(saleOf(shown.id), null)).value.artist_id === owner.id
    ),
    cancel: through(async ({ sales }, { sale }) =>
      (await sales.cancel(sale.id, null)).value.status === "cancelled"
    ),
    refund: through(async ({ sales }, { sale }) =>
      (await sales.refund(sale.id, { reason: "Возврат" }, null)).value.status === "refunded"
    ),
    read_figures: through(async ({ sales }, { shown, sale }) =>
      (await sales.stats(shown.id)).tickets === sale.quantity &&
      (await sales.funnel(shown.id)).tickets === sale.quantity
    ),
    apply_event: through(async ({ sales }, { shown }) =>
      (await sales.applyEvent("kassir", eventOf(shown.id))).applied
    ),
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
