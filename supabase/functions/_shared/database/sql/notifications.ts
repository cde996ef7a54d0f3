import { leaseSeconds } from "../../domain/delivery.ts";
import type { NotificationCounts } from "../../domain/notification.ts";
import {
  defaultNotificationSettings,
  type NotificationSettings,
} from "../../domain/notification-settings.ts";
import { cutPage } from "../../domain/paging.ts";
import { Refusal } from "../../domain/refusal.ts";
import { isUuid } from "../../domain/uuid.ts";
import type { NotificationRepository } from "../notification-repository.ts";
import { firstOf } from "./artists.ts";
import type { DataApi } from "./data-api.ts";
import { behind } from "./keyset.ts";
import { literally } from "./literally.ts";
import {
  type ClaimRow,
  notificationColumns,
  notificationFrom,
  type NotificationRow,
} from "./notification-rows.ts";

const columns = notificationColumns.join(",");

const settingsColumns = Object.keys(defaultNotificationSettings).join(",");

export function createNotificationRepository(api: DataApi): NotificationRepository {
  function mustBeService() {
    if (api.caller.kind !== "service") throw new Refusal("forbidden");
  }

  return {
    async list({ type, status, unread, archived }, page) {
      let query = api.asCaller().from("notifications").select(columns)
        .eq("user_id", api.user().id);
      if (type !== null) query = query.eq("notification_type", type);
      if (status !== null) query = query.eq("status", status);
      if (unread !== null) query = query.eq("is_read", !unread);
      if (archived !== null) query = query.eq("is_archived", archived);
      query = behind(query, page.after, { column: "created_at", descending: true });
      const rows = await api.sendAsCaller(
        query.order("created_at", { ascending: false }).order("id", { ascending: false })
          .limit(page.limit + 1)
          .overrideTypes<NotificationRow[], { merge: false }>(),
      );
      return cutPage(
        rows.map(notificationFrom),
        page.limit,
        ({ created_at, id }) => ({ value: created_at, id }),
      );
    },

    async counts() {
      api.user();
      const counts = await api.sendAsCaller(api.asCaller().rpc("count_notifications"));
      return counts as unknown as NotificationCounts;
    },

    async create({ concert_id, title, message, scheduled_for, channel }) {
      api.user();
      const row = await api.sendAsCaller(
        api.asCaller().rpc("create_reminder", {
          concert_id: concert_id ?? undefined,
          title,
          message,
          scheduled_for,
          channel,
        }),
      );
      return notificationFrom(row as unknown as NotificationRow);
    },

    async createReminders(concert_id) {
      api.user();
      const { created, reminders } = await api.sendAsCaller(
        api.asCaller().rpc("create_concert_reminders", { concert_id }),
      ) as unknown as { created: number; reminders: NotificationRow[] };
      return { created, reminders: reminders.map(notificationFrom) };
    },

    async update(id, changes) {
      const query = api.asCaller().from("notifications").update(changes)
        .eq("user_id", api.user().id);
      const rows = await api.sendAsCaller(
        (isUuid(id)
          ? query.or(`id.eq.${id},legacy_id.eq.${id}`)
          : query.filter("legacy_id", "in", literally(id)))
          .select(columns)
          .overrideTypes<NotificationRow[], { merge: false }>(),
      );
      return notificationFrom(firstOf(rows));
    },

    async markAllRead() {
      api.user();
      return await api.sendAsCaller(api.asCaller().rpc("read_all_notifications"));
    },

    async delete(id) {
      const query = api.asCaller().from("notifications").delete().eq("user_id", api.user().id);
      firstOf(
        await api.sendAsCaller(
          (isUuid(id)
            ? query.or(`id.eq.${id},legacy_id.eq.${id}`)
            : query.filter("legacy_id", "in", literally(id)))
            .select("id"),
        ),
      );
    },

    async settings() {
      const rows = await api.sendAsCaller(
        api.asCaller().from("notification_settings").select(settingsColumns)
          .eq("user_id", api.user().id).limit(1)
          .overrideTypes<NotificationSettings[], { merge: false }>(),
      );
      return rows[0] ?? defaultNotificationSettings;
    },

    async updateSettings(changes) {
      api.user();
      const settings = await api.sendAsCaller(
        api.asCaller().rpc("save_notification_settings", { changes }),
      );
      return settings as unknown as NotificationSettings;
    },

    async subscribe({ endpoint, keys: { p256dh, auth } }) {
      api.user();
      await api.sendAsCaller(
        api.asCaller().rpc("save_push_subscription", { endpoint, p256dh, auth }),
      );
    },

    async unsubscribe(endpoint) {
      firstOf(
        await api.sendAsCaller(
          api.asCaller().from("push_subscriptions").delete()
            .eq("user_id", api.user().id).filter("endpoint", "in", literally(endpoint))
            .select("endpoint"),
        ),
      );
    },

    async claimDue(limit) {
      mustBeService();
      const claim = await api.sendAsCaller(
        api.asCaller().rpc("claim_notifications", {
          batch_size: limit,
          lease_seconds: leaseSeconds,
        }),
      );
      if (claim === null) return null;
      const { may_be_taken: mayBeTaken, ...claimed } = claim as unknown as ClaimRow;
      return { ...claimed, mayBeTaken };
    },

    async recordDeliveries(claimIds, { outcomes, goneEndpoints }) {
      mustBeService();
      await api.sendAsCaller(
        api.asCaller().rpc("record_deliveries", {
          claim_ids: [...claimIds],
          outcomes: [...outcomes].map(([id, outcome]) => ({
            id,
            status: outcome.status,
            reason: "reason" in outcome ? outcome.reason : null,
            in_seconds: "inSeconds" in outcome ? outcome.inSeconds : null,
            claim_id: "claimId" in outcome ? outcome.claimId : null,
          })),
          gone_endpoints: goneEndpoints,
        }),
      );
    },
  };
}
