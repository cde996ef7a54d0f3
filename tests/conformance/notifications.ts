import assert from "node:assert/strict";
import { defaultNotificationSettings } from "../../supabase/functions/_shared/domain/notification-settings.ts";
import type {
  NewReminder,
  Notification,
  NotificationFilter,
} from "../../supabase/functions/_shared/domain/notification.ts";
import type { PageRequest } from "../../supabase/functions/_shared/domain/paging.ts";
import { completeConcert, publicConcert } from "./concert-making.ts";
import type { ConformanceTest, Somebody } from "./conformance-context.ts";
import { assertPagesAgree, assertRefused } from "./expect.ts";

const everything: NotificationFilter = { type: null, status: null, unread: null, archived: null };

export function inHours(hours: number): string {
  return new Date(Date.now() + hours * 3_600_000).toISOString();
}

export function newReminder(changes: Partial<NewReminder> = {}): NewReminder {
  return {
    title: "Настроить звук",
    message: "Взять кабели",
    scheduled_for: inHours(24),
    channel: "both",
    ...changes,
  };
}

export async function listOf(
  { database }: Somebody,
  filter: Partial<NotificationFilter> = {},
): Promise<Notification[]> {
  const page = { limit: 100, after: null };
  return (await database.notifications.list({ ...everything, ...filter }, page)).items;
}

/** What people are told, and how they want to be. */
export function notificationTests(test: ConformanceTest): void {
  test("a reminder to oneself is what was asked for, and in one's own list alone", async ({ makeArtist }) => {
    const [user, other] = [await makeArtist(), await makeArtist()];
    const asked = newReminder();
    const reminder = await user.database.notifications.create(asked);
    const { id, created_at, updated_at, ...rest } = reminder;
    assert.match(id, /^[0-9a-f-]{36}$/);
    assert.ok(Date.now() - Date.parse(created_at) < 60_000 && created_at === updated_at);
    assert.deepEqual(rest, {
      legacy_id: null,
      user_id: user.id,
      concert_id: null,
      notification_type: "reminder",
      title: asked.title,
      message: asked.message,
      link: null,
      channel: "both",
      scheduled_for: asked.scheduled_for,
      status: "pending",
      sent_at: null,
      attempts: 0,
      error_message: null,
      is_read: false,
      read_at: null,
      is_archived: false,
      metadata: {},
    });
    assert.deepEqual(await listOf(user), [reminder]);
    assert.deepEqual(await listOf(other), []);
  });

  test("a reminder names a concert one may see, by any of its ids", async (context) => {
    const [artist, fan] = [await context.makeArtist(), await context.makeArtist()];
    const draft = await artist.database.concerts.create(completeConcert());
    const shown = await publicConcert(context, artist);
    const create = (somebody: Somebody, concert_id: string) =>
      somebody.database.notifications.create(newReminder({ concert_id }));
    const own = await create(artist, draft.id);
    assert.deepEqual([own.concert_id, own.link], [draft.id, `/concerts/${draft.id}`]);
    assert.equal((await create(fan, shown.id)).concert_id, shown.id);
    await context.fixtures.giveLegacyId(shown.id, "tour_1_abc");
    assert.equal((await create(fan, "tour_1_abc")).concert_id, shown.id);
    await assertRefused(create(fan, draft.id), "not_found");
    await assertRefused(create(fan, crypto.randomUUID()), "not_found");
    await assertRefused(create(fan, "tour_2_none"), "not_found");
  });

  test("nobody is reminded in the past", async ({ makeArtist }) => {
    const user = await makeArtist();
    for (const scheduled_for of [inHours(-1), new Date(Date.now() - 1).toISOString()]) {
      await assertRefused(
        user.database.notifications.create(newReminder({ scheduled_for })),
        "validation_failed",
        ["scheduled_for"],
      );
    }
    assert.deepEqual(await listOf(user), []);
  });

  test("the list is newest first, through all pages, by every filter", async ({ makeArtist, fixtures }) => {
    const user = await makeArtist();
    for (let index = 0; index < 5; index++) {
      await user.database.notifications.create(newReminder({ title: `Номер ${index}` }));
    }
    await fixtures.notifications.addDue({
      userId: user.id,
      type: "announcement",
      channel: "email",
    });
    const all = await listOf(user);
    assert.equal(all.length, 6);
    const keys = all.map(({ created_at, id }) => `${created_at} ${id}`);
    assert.deepEqual(keys, keys.toSorted().reverse());
    await assertPagesAgree(
      (page: PageRequest) => user.database.notifications.list(everything, page),
      all,
    );

    await user.database.notifications.update(all[0].id, { is_read: true });
    await user.database.notifications.update(all[1].id, { is_archived: true });
    const idsOf = async (filter: Partial<NotificationFilter>) =>
      (await listOf(user, filter)).map(({ id }) => id);
    const ids = all.map(({ id }) => id);
    assert.deepEqual(await idsOf({ unread: true }), ids.slice(1));
    assert.deepEqual(await idsOf({ unread: false }), [ids[0]]);
    assert.deepEqual(await idsOf({ archived: true }), [ids[1]]);
    assert.deepEqual(await idsOf({ archived: false, unread: true }), ids.slice(2));
    assert.deepEqual((await listOf(user, { type: "announcement" })).length, 1);
    assert.deepEqual((await listOf(user, { type: "reminder" })).length, 5);
    assert.deepEqual(await idsOf({ status: "sent" }), []);
    assert.deepEqual(await idsOf({ status: "pending" }), ids);
  });

  test("counts are those of the rows", async ({ makeArtist, fixtures }) => {
    const user = await makeArtist();
    const none = await user.database.notifications.counts();
    assert.deepEqual(none, {
      total: 0,
      unread: 0,
      by_status: { pending: 0, sending: 0, sent: 0, failed: 0, cancelled: 0 },
      by_type: { reminder: 0, announcement: 0, ticket_update: 0, promotion: 0, system: 0 },
    });
    const { id } = await user.database.notifications.create(newReminder());
    await user.database.notifications.create(newReminder());
    await fixtures.notifications.addDue({ userId: user.id, type: "promotion", channel: "push" });
    await user.database.notifications.update(id, { is_read: true, is_archived: true });
    assert.deepEqual(await user.database.notifications.counts(), {
      total: 3,
      unread: 2,
      by_status: { ...none.by_status, pending: 3 },
      by_type: { ...none.by_type, reminder: 2, promotion: 1 },
    });
    await user.database.notifications.delete(id);
    assert.equal((await user.database.notifications.counts()).total, 2);
  });

  test("read, unread and archived are told apart", async ({ makeArtist }) => {
    const user = await makeArtist();
    const { id } = await user.database.notifications.create(newReminder());
    const update = user.database.notifications.update;
    const read = await update(id, { is_read: true });
    assert.ok(read.is_read && read.read_at !== null && read.read_at >= read.created_at);
    const archived = await update(id, { is_archived: true });
    assert.deepEqual([archived.is_read, archived.read_at], [true, read.read_at]);
    assert.equal(
      (await update(id, { is_read: true })).read_at,
      read.read_at,
      "since the first time",
    );
    const unread = await update(id, { is_read: false });
    assert.deepEqual([unread.is_read, unread.read_at, unread.is_archived], [false, null, true]);
    assert.equal(unread.status, "pending");
  });

  test("all are marked as read at once, once", async ({ makeArtist }) => {
    const [user, other] = [await makeArtist(), await makeArtist()];
    for (let index = 0; index < 3; index++) await user.database.notifications.create(newReminder());
    await other.database.notifications.create(newReminder());
    await user.database.notifications.update((await listOf(user))[0].id, { is_read: true });
    assert.equal(await user.database.notifications.markAllRead(), 2);
    assert.equal(await user.database.notifications.markAllRead(), 0);
    assert.deepEqual(await listOf(user, { unread: true }), []);
    assert.ok((await listOf(user)).every(({ read_at }) => read_at !== null));
    assert.equal((await other.database.notifications.counts()).unread, 1);
  });

  test("somebody else's notifications do not exist", async ({ makeArtist, makeModerator, service }) => {
    const user = await makeArtist();
    const reminder = await user.database.notifications.create(newReminder());
    for (const { database } of [await makeArtist(), await makeModerator()]) {
      const { notifications } = database;
      await assertRefused(notifications.update(reminder.id, { is_read: true }), "not_found");
      await assertRefused(notifications.delete(reminder.id), "not_found");
    }
    await assertRefused(
      service.notifications.list(everything, { limit: 1, after: null }),
      "unauthorized",
    );
    assert.deepEqual(await listOf(user), [reminder]);
    await user.database.notifications.delete(reminder.id);
    assert.deepEqual(await listOf(user), []);
    await assertRefused(user.database.notifications.delete(reminder.id), "not_found");
    await assertRefused(
      user.database.notifications.update("no-such", { is_read: true }),
      "not_found",
    );
  });

  test("who has chosen nothing has the defaults, and asking creates nothing", async (context) => {
    const user = await context.makeArtist();
    await user.database.concerts.create({ title: "Рок" });
    const before = await context.fixtures.everythingOf(user.id);
    assert.deepEqual(await user.database.notifications.settings(), defaultNotificationSettings);
    assert.equal(await context.fixtures.everythingOf(user.id), before);
  });

  test("a change of settings changes what it names", async ({ makeArtist }) => {
    const [user, other] = [await makeArtist(), await makeArtist()];
    const { settings, updateSettings } = user.database.notifications;
    const first = await updateSettings({ push_enabled: false, reminder_days_before: [14, 1] });
    const expected = {
      ...defaultNotificationSettings,
      push_enabled: false,
      reminder_days_before: [14, 1],
    };
    assert.deepEqual(first, expected);
    assert.deepEqual(await settings(), expected);
    const second = await updateSettings({ announcements_enabled: false, reminder_days_before: [] });
    assert.deepEqual(second, {
      ...expected,
      announcements_enabled: false,
      reminder_days_before: [],
    });
    assert.deepEqual(await settings(), second);
    assert.deepEqual(await other.database.notifications.settings(), defaultNotificationSettings);
  });

  test("changes of settings at once all take effect", async ({ makeArtist, openAnotherBackend }) => {
    const user = await makeArtist();
    const other = (await openAnotherBackend()).open(user);
    await Promise.all([
      user.database.notifications.updateSettings({ email_enabled: false }),
      other.notifications.updateSettings({ push_enabled: false }),
      user.database.notifications.updateSettings({ promotions_enabled: false }),
      other.notifications.updateSettings({ ticket_updates_enabled: false }),
    ]);
    assert.deepEqual(await user.database.notifications.settings(), {
      ...defaultNotificationSettings,
      email_enabled: false,
      push_enabled: false,
      promotions_enabled: false,
      ticket_updates_enabled: false,
    });
  });
}
