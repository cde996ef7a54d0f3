import assert from "node:assert/strict";
import type { LocalStack } from "../../local/stack.ts";
import type { UserCaller } from "../../supabase/functions/_shared/auth/caller.ts";
import { createKvBackend } from "../../supabase/functions/_shared/database/kv/create-kv-backend.ts";
import type { Notification } from "../../supabase/functions/_shared/domain/notification.ts";
import { startTestStack } from "../support/test-stack.ts";
import { breakingDataApi } from "./breaking-data-api.ts";
import { oldConcert, putRow, rowsUnder } from "./old-rows.ts";

let stack: LocalStack;
Deno.test.beforeAll(async () => {
  stack = await startTestStack();
});
Deno.test.afterAll(async () => {
  await stack.close();
});

const email = "old-owner@example.com";
const page = { limit: 100, after: null };
const everything = { type: null, status: null, unread: null, archived: null };

function openBackend(verifiedEmail: string | null = null) {
  return createKvBackend(breakingDataApi(stack).client, {
    verifiedEmail: () => Promise.resolve(verifiedEmail),
    hasNoAccount: () => Promise.resolve(true),
  });
}

function person(id: string = crypto.randomUUID()): UserCaller {
  return { kind: "user", id, email: null, isModerator: false, token: "" };
}

function kvTest(name: string, body: () => Promise<void>) {
  // The stack's connections outlive the test that happens to open them.
  Deno.test({ name, fn: body, sanitizeOps: false, sanitizeResources: false });
}

let written = 0;

/** A reminder the old code made by itself; made again and again, it was there again and again. */
async function putReminder(
  owner: string,
  concertId: string,
  changes: object = {},
): Promise<string> {
  const id = `notif_${1795346595016 + ++written}_alozg3nsp`;
  await putRow(stack, `notification:${owner}:${id}`, {
    id,
    userId: owner,
    concertId,
    type: "reminder",
    title: "Концерт через 7 дней",
    message: "Напоминаем: Северный ветер состоится 01.06.2099 в Казань",
    scheduledFor: "2099-05-25T00:00:00.000Z",
    status: "pending",
    channel: "both",
    createdAt: new Date(1795346595016 + written).toISOString(),
    metadata: { concert: { city: "Казань", date: "2099-06-01", title: "Северный ветер" } },
    ...changes,
  });
  return id;
}

async function listOf(user: UserCaller): Promise<Notification[]> {
  return (await openBackend().open(user).notifications.list(everything, page)).items;
}

kvTest("old reminders and notices are in their owner's list, under both ids", async () => {
  const user = person();
  const concertId = `tour_${crypto.randomUUID()}`;
  await putRow(stack, `concert:${concertId}`, oldConcert(user.id, concertId));
  const reminderId = await putReminder(user.id.toUpperCase(), concertId);
  const noticeId = `179534659${Date.now()}-abc`;
  await putRow(stack, `notification:${noticeId}`, {
    id: noticeId,
    user_id: user.id,
    type: "payment_success",
    title: "",
    message: "Оплата прошла",
    link: "",
    read: false,
    starred: false,
    archived: true,
    created_at: "2026-11-22T11:23:11.840Z",
    metadata: { concert_id: "tour_gone" },
  });
  const list = await listOf(user);
  assert.deepEqual(
    new Set(list.map(({ legacy_id }) => legacy_id)),
    new Set([reminderId, noticeId]),
  );
  const { concert } = await openBackend().open(user).concerts.find(concertId);
  const reminder = list.find(({ legacy_id }) => legacy_id === reminderId);
  const notice = list.find(({ legacy_id }) => legacy_id === noticeId);
  assert.equal(reminder?.concert_id, concert.id);
  assert.equal(notice?.concert_id, null, "its concert is gone");
  assert.deepEqual([notice?.status, notice?.is_archived], ["sent", true]);

  const { notifications } = openBackend().open(user);
  const read = await notifications.update(noticeId, { is_read: true });
  assert.equal(read.id, notice?.id);
  assert.ok(read.is_read && read.read_at);
  const row = (await rowsUnder(stack, `notification:${noticeId}`)).get(`notification:${noticeId}`);
  assert.equal((row?.legacy as Record<string, unknown>).type, "payment_success", "nothing is lost");
  assert.equal(row?.rev, 1);
  assert.deepEqual((await listOf(user)).find(({ id }) => id === read.id), read);
  await notifications.delete(reminderId);
  assert.deepEqual((await listOf(user)).map(({ id }) => id), [read.id]);
});

kvTest("old settings are read, and rewritten with what changes", async () => {
  const user = person();
  const key = `notification_settings:${user.id}`;
  const old = { userId: user.id, emailEnabled: false, reminderDaysBefore: [14], promotions: false };
  await putRow(stack, key, old);
  const { notifications } = openBackend().open(user);
  const expected = {
    email_enabled: false,
    push_enabled: true,
    reminder_days_before: [14],
    announcements_enabled: true,
    promotions_enabled: false,
    ticket_updates_enabled: true,
  };
  assert.deepEqual(await notifications.settings(), expected);
  const changed = await notifications.updateSettings({ push_enabled: false });
  assert.deepEqual(changed, { ...expected, push_enabled: false });
  const rows = await rowsUnder(stack, key);
  assert.equal(rows.size, 1);
  assert.deepEqual(rows.get(key)?.legacy, old);
});

kvTest("what the old code has reminded of already is not asked for again", async () => {
  const user = person();
  const concertId = `tour_${crypto.randomUUID()}`;
  await putRow(stack, `concert:${concertId}`, oldConcert(user.id, concertId));
  await putReminder(user.id, concertId);
  await putReminder(user.id, concertId);
  const { concerts, notifications } = openBackend().open(user);
  const { created, reminders } = await notifications.createReminders(concertId);
  assert.equal(created, 2, "three days and one before");
  assert.deepEqual(reminders.map(({ title }) => title), [
    "Концерт через 7 дней",
    "Концерт через 3 дня",
    "Концерт через 1 день",
  ]);
  await concerts.update(concertId, { event_date: "2099-07-01", city: "Уфа" });
  for (const { scheduled_for, message, title } of await listOf(user)) {
    const days = Number(/\d+/.exec(title)?.[0]);
    // 19:00 in Moscow, as the concert.
    const due = Date.parse("2099-07-01T16:00:00.000Z") - days * 86_400_000;
    assert.equal(scheduled_for, new Date(due).toISOString(), "the old ones move along");
    assert.match(message, /01\.07\.2099 в 19:00, Уфа/);
  }
});

kvTest("repeats are sent once, and nothing of a concert that is over", async () => {
  const user = person();
  const [coming, over] = [`tour_${crypto.randomUUID()}`, `tour_${crypto.randomUUID()}`];
  await putRow(stack, `concert:${coming}`, oldConcert(user.id, coming));
  const past = { ...oldConcert(user.id, over), event_date: "2025-06-01" };
  await putRow(stack, `concert:${over}`, past);
  const due = { scheduledFor: new Date(Date.now() - 3_600_000).toISOString() };
  const first = await putReminder(user.id, coming, due);
  const read = { ...due, status: "sent", sentAt: due.scheduledFor };
  const repeats = [
    await putReminder(user.id, coming, read),
    await putReminder(user.id, coming, due),
  ];
  await putReminder(user.id, over, due);
  const longAgo = { scheduledFor: "2026-01-01T00:00:00.000Z", title: "Давно пора" };
  await putReminder(user.id, coming, longAgo);
  await putReminder(user.id, coming, { scheduledFor: "когда-нибудь", title: "Своими словами" });

  const { notifications } = openBackend().open({ kind: "service" });
  const claim = await notifications.claimDue(100);
  const own = claim?.notifications.filter(({ user_id }) => user_id === user.id) ?? [];
  const listed = await listOf(user);
  const ids = new Map(listed.map(({ id, legacy_id }) => [id, legacy_id]));
  assert.deepEqual(
    own.map(({ id, pointless }) => [ids.get(id) === first, pointless]).sort(),
    [[false, "Концерт уже начался"], [false, "Напоминать поздно"], [true, null]],
  );
  const ownNotifications = openBackend().open(user).notifications;
  assert.equal((await ownNotifications.counts()).total, listed.length);
  assert.deepEqual(repeats.filter((id) => [...ids.values()].includes(id)), []);
  await ownNotifications.delete(first);
  const left = await listOf(user);
  assert.deepEqual(left.length, listed.length - 1, "no repeat takes the place of the first");
});

kvTest(
  "an old profile's notifications and settings go with it to the account that claims it",
  async () => {
    const owner = `demo-${crypto.randomUUID()}`;
    await putRow(stack, `profile:${owner}`, { id: owner, email, full_name: "Анна" });
    await putRow(stack, `notification_settings:${owner}`, { userId: owner, pushEnabled: false });
    const id = await putReminder(owner, "tour_none");
    const user = person();
    const database = openBackend(email).open(user);
    await database.artists.claim();
    const [reminder] = await listOf(user);
    assert.deepEqual([reminder.legacy_id, reminder.user_id], [id, user.id]);
    assert.equal((await database.notifications.settings()).push_enabled, false);
    assert.equal((await rowsUnder(stack, `notification_settings:${owner}`)).size, 0);
  },
);
