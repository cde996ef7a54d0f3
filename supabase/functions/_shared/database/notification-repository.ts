import type { DeliveryOutcome, DueNotification } from "../domain/delivery.ts";
import type {
  NewReminder,
  Notification,
  NotificationChanges,
  NotificationCounts,
  NotificationFilter,
} from "../domain/notification.ts";
import type {
  NotificationSettings,
  NotificationSettingsChanges,
} from "../domain/notification-settings.ts";
import type { Page, PageRequest } from "../domain/paging.ts";
import type { PushSubscription } from "../domain/push-subscription.ts";

/** What the caller is told, how they want to be told, and the delivery of it. See `Database` for what holds for all. */
export interface NotificationRepository {
  /** The caller's notifications, newest first; the position's value is `created_at`. */
  list(filter: NotificationFilter, page: PageRequest): Promise<Page<Notification>>;
  /** Of the caller's notifications, from the rows; archived ones included. */
  counts(): Promise<NotificationCounts>;
  /**
   * Creates a reminder of the caller's to themselves. Throws `not_found` when the concert is none the caller may see,
   * `validation_failed` for a past time.
   */
  create(reminder: NewReminder): Promise<Notification>;
  /**
   * Sees to it that the caller is reminded of their concert on each of their `reminder_days_before` that is still to
   * come: once for each, however often and by how many at once this is called. Answers the reminders of the concert
   * that are not cancelled, the earliest first, and how many of them are new.
   *
   * Such reminders follow their concert: its changes of time, place or name change those that are pending, and what
   * would have been due before its new time allows is cancelled. A reminder of the caller's own time moves by as much
   * as the concert does. Cancelling or deleting the concert cancels all that are pending.
   *
   * Throws `not_found`, `invalid_transition` (the concert is cancelled), `validation_failed` (it has no date).
   */
  createReminders(concertId: string): Promise<ConcertReminders>;
  /** Marks as read or archived, or not. Throws `not_found`. */
  update(id: string, changes: NotificationChanges): Promise<Notification>;
  /** Marks all of the caller's notifications as read; how many were not. */
  markAllRead(): Promise<number>;
  /** Throws `not_found`. */
  delete(id: string): Promise<void>;

  /** The caller's settings; the defaults where nothing was chosen, which creates nothing. */
  settings(): Promise<NotificationSettings>;
  /** Changes what is named and leaves the rest as it is, or by default. */
  updateSettings(changes: NotificationSettingsChanges): Promise<NotificationSettings>;

  /**
   * Keeps where the caller's browser is reached. An endpoint belongs to one person, whoever had it last; of more than
   * `maximumPushSubscriptions` the oldest go.
   */
  subscribe(subscription: PushSubscription): Promise<void>;
  /** Throws `not_found`. */
  unsubscribe(endpoint: string): Promise<void>;

  /**
   * Takes at most `limit` (1-100) pending notifications whose time has come, the longest due first, for
   * `leaseSeconds`: nobody else gets them until then. What was claimed before and neither recorded nor released in its
   * time comes first, all of it together and under the `id` it had, so that a provider that knows the id sends it
   * once. Null when nothing is due. For services; throws `forbidden` for others.
   */
  claimDue(limit: number): Promise<ClaimedNotifications | null>;
  /**
   * Records what became of notifications of these claims and removes the push subscriptions that are gone. A
   * notification that is in none of them any more is left as it is. For services; throws `forbidden` for others.
   */
  recordDeliveries(claimIds: readonly string[], record: DeliveryRecord): Promise<void>;
}

export interface ConcertReminders {
  created: number;
  reminders: Notification[];
}

/** Notifications claimed together, ordered by id. */
export interface ClaimedNotifications {
  id: string;
  /** Whether they were claimed before, under this id, and may have been sent. */
  mayBeTaken: boolean;
  notifications: DueNotification[];
}

export interface DeliveryRecord {
  /** By notification id. */
  outcomes: Map<string, DeliveryOutcome>;
  /** Endpoints of which the push service says that they are no more. */
  goneEndpoints: string[];
}
