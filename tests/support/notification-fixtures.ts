import type { LocalStack } from "../../local/stack.ts";
import type {
  NotificationChannel,
  NotificationType,
} from "../../supabase/functions/_shared/domain/notification.ts";

/** What the notifications' contract has no method for: one implementation a mode. */
export interface NotificationFixtures {
  /** Writes a pending notification whose time has come; answers its id. */
  addDue(notification: DueFixture): Promise<string>;
  /** Lets the time come, so many minutes ago, of all that is pending of the person's, and the lease end of all that is being sent. */
  letTimePass(userId: string, minutes?: number): Promise<void>;
  /** Lets the lease end of all that anybody's dispatcher is sending. */
  endLeases(): Promise<void>;
  /** When the notification is tried again; null when it is not. */
  retryAt(id: string): Promise<Date | null>;
  /** Lets the concert have begun yesterday, and nothing follow it there. */
  beginConcert(concertId: string): Promise<void>;
}

export interface DueFixture {
  userId: string;
  type: NotificationType;
  channel: NotificationChannel;
  title?: string;
}

export function sqlNotificationFixtures(stack: LocalStack): NotificationFixtures {
  return {
    async addDue({ userId, type, channel, title = "Пора" }) {
      const [{ id }] = await stack.sql(
        `insert into public.notifications (user_id, notification_type, title, channel, scheduled_for)
         values ($1::uuid, $2::text, $3::text, $4::text, now() - interval '1 minute') returning id`,
        [userId, type, title, channel],
      );
      return String(id);
    },
    async letTimePass(userId, minutes = 1) {
      await stack.sql(
        `update public.notifications
         set scheduled_for = least(scheduled_for, now() - make_interval(mins => $2::int)),
           retry_at = least(retry_at, now() - make_interval(mins => $2::int)),
           lease_until = least(lease_until, now() - interval '1 second')
         where user_id = $1::uuid and status in ('pending', 'sending')`,
        [userId, minutes],
      );
    },
    async endLeases() {
      await stack.sql(
        `update public.notifications set lease_until = now() - interval '1 second'
         where status = 'sending'`,
      );
    },
    async retryAt(id) {
      const [{ retry_at }] = await stack.sql(
        "select retry_at from public.notifications where id = $1::uuid",
        [id],
      );
      return retry_at === null ? null : new Date(String(retry_at));
    },
    async beginConcert(concertId) {
      await stack.results(`
        alter table public.concerts disable trigger concerts_move_reminders;
        update public.concerts set event_date = current_date - 1 where id = '${concertId}';
        alter table public.concerts enable trigger concerts_move_reminders;
      `);
    },
  };
}

export function kvNotificationFixtures(stack: LocalStack): NotificationFixtures {
  return {
    async addDue({ userId, type, channel, title = "Пора" }) {
      const id = crypto.randomUUID();
      const now = new Date().toISOString();
      const notification = {
        id,
        legacy_id: null,
        user_id: userId,
        concert_id: null,
        notification_type: type,
        title,
        message: "",
        link: null,
        channel,
        scheduled_for: new Date(Date.now() - 60_000).toISOString(),
        status: "pending",
        sent_at: null,
        attempts: 0,
        error_message: null,
        is_read: false,
        read_at: null,
        is_archived: false,
        metadata: {},
        created_at: now,
        updated_at: now,
        rev: 1,
        legacy: null,
      };
      await stack.sql(
        "insert into public.kv_store_84730125 (key, value) values ($1::text, $2::text::jsonb)",
        [`notification:${userId}:${id}`, JSON.stringify(notification)],
      );
      return id;
    },
    async letTimePass(userId, minutes = 1) {
      await stack.sql(
        `update public.kv_store_84730125
         set value = value || jsonb_build_object(
           'scheduled_for', least(value ->> 'scheduled_for', $2::text),
           'retry_at', least(value ->> 'retry_at', $2::text),
           'lease_until', least(value ->> 'lease_until', $2::text),
           'rev', (value ->> 'rev')::int + 1
         )
         where key like 'notification:%' and value ->> 'user_id' = $1::text
           and value ->> 'status' in ('pending', 'sending')`,
        [userId, new Date(Date.now() - minutes * 60_000).toISOString()],
      );
    },
    async endLeases() {
      await stack.sql(
        `update public.kv_store_84730125
         set value = value || jsonb_build_object(
           'lease_until', $1::text, 'rev', (value ->> 'rev')::int + 1
         )
         where key like 'notification:%' and value ->> 'status' = 'sending' and value ? 'lease_until'`,
        [new Date(Date.now() - 60_000).toISOString()],
      );
    },
    async retryAt(id) {
      const [{ retry_at }] = await stack.sql(
        `select value ->> 'retry_at' as retry_at from public.kv_store_84730125
         where key like 'notification:%' and value ->> 'id' = $1::text`,
        [id],
      );
      return retry_at === null ? null : new Date(String(retry_at));
    },
    async beginConcert(concertId) {
      const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
      await stack.sql(
        `update public.kv_store_84730125
         set value = value || jsonb_build_object('event_date', $2::text, 'rev', (value ->> 'rev')::int + 1)
         where key = 'concert:' || $1::text`,
        [concertId, yesterday],
      );
    },
  };
}
