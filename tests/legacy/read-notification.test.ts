import assert from "node:assert/strict";
import { readNotification } from "../../supabase/functions/_shared/database/legacy/read-notification.ts";
import {
  notificationChannels,
  notificationStatuses,
  notificationTypes,
} from "../../supabase/functions/_shared/domain/notification.ts";
import { HostileValues } from "./hostile-values.ts";
import { readable } from "./readable.ts";

const user = "01a6771d-e3c8-4477-8212-d4bcc2adaf1b";
const reminderKey = `notification:${user}:notif_1795346595016_alozg3nsp`;
const noticeKey = "notification:1795346591840-6xtgay7xa";

const reminder = {
  id: "notif_1795346595016_alozg3nsp",
  type: "reminder",
  title: "Концерт через 7 дней",
  status: "pending",
  userId: user,
  channel: "both",
  message: "Напоминаем: Небо состоится 15.07.2027 в Самара",
  metadata: { concert: { city: "Самара", date: "2027-07-15", title: "Небо" } },
  concertId: "tour_1795346594931_hwiszen8r",
  createdAt: "2026-11-22T11:23:15.016Z",
  scheduledFor: "2027-07-08T00:00:00.000Z",
};

const notice = {
  id: "1795346591840-6xtgay7xa",
  link: "/concerts",
  read: true,
  type: "concert_approved",
  title: "",
  message: "Ваш концерт одобрен",
  starred: true,
  user_id: user,
  archived: false,
  metadata: { concert_id: "tour_1795346591689_hqr8ns5kf" },
  created_at: "2026-11-22T11:23:11.840Z",
};

async function read(key: string, value: unknown) {
  return readable(await readNotification(key, value));
}

Deno.test("a reminder that is still to be sent", async () => {
  const { record, repairs } = await read(reminderKey, reminder);
  assert.deepEqual(repairs, []);
  assert.match(record.id, /^[0-9a-f]{8}-[0-9a-f]{4}-5/);
  assert.deepEqual(record, {
    id: record.id,
    legacy_id: reminder.id,
    user_id: user,
    concert_name: reminder.concertId,
    notification_type: "reminder",
    title: reminder.title,
    message: reminder.message,
    link: null,
    channel: "both",
    scheduled_for: "2027-07-08T00:00:00.000Z",
    status: "pending",
    sent_at: null,
    attempts: 0,
    error_message: null,
    is_read: false,
    read_at: null,
    is_archived: false,
    metadata: reminder.metadata,
    days_before: 7,
    created_at: reminder.createdAt,
    updated_at: reminder.createdAt,
  });
});

Deno.test("sent meant read: nothing was ever delivered", async () => {
  const sentAt = "2026-11-22T11:23:15.119Z";
  const { record, repairs } = await read(reminderKey, { ...reminder, status: "sent", sentAt });
  assert.deepEqual(
    [record.status, record.sent_at, record.is_read, record.read_at, record.updated_at],
    ["pending", null, true, sentAt, sentAt],
  );
  assert.deepEqual(repairs, ["status_meant_read"]);
});

Deno.test("times without a zone are Moscow's, without an hour they are at ten", async () => {
  const scheduled = async (scheduledFor: unknown) => {
    const { record, repairs } = await read(reminderKey, { ...reminder, scheduledFor });
    return [record.scheduled_for, ...repairs];
  };
  assert.deepEqual(await scheduled("2027-03-12T18:30"), [
    "2027-03-12T15:30:00.000Z",
    "instant_without_zone",
  ]);
  assert.deepEqual(await scheduled("2027-03-12"), [
    "2027-03-12T07:00:00.000Z",
    "time_of_day_assumed",
  ]);
  assert.deepEqual(await scheduled("завтра вечером"), [null, "instant_unreadable"]);
  const impossible = [
    "2027-02-30",
    "2027-02-30T10:00:00Z",
    "2027-03-01T25:00",
    "2027-03-01T24:01:00",
    "2027-03-01 10:60",
    "2027-03-01T25:00:00Z",
  ];
  for (const text of impossible) {
    assert.deepEqual(await scheduled(text), [null, "instant_unreadable"], text);
  }
  assert.deepEqual(await scheduled(""), [null]);
});

Deno.test("a reminder in one's own words belongs to no day before", async () => {
  const days = async (changes: object) =>
    (await read(reminderKey, { ...reminder, ...changes })).record.days_before;
  assert.equal(await days({ title: "Концерт через 1 день" }), 1);
  assert.equal(await days({ title: "Купить струны" }), null);
  assert.equal(await days({ metadata: {} }), null);
  assert.equal(await days({ title: "Концерт через 5 дней" }), null, "no such day is offered");
});

Deno.test("a notice in the application", async () => {
  const { record, repairs } = await read(noticeKey, notice);
  assert.deepEqual(repairs, ["type_mapped"]);
  const { id, user_id, updated_at: _, attempts: __, error_message: ___, ...rest } = record;
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-5/);
  assert.equal(user_id, user);
  assert.deepEqual(rest, {
    legacy_id: notice.id,
    concert_name: notice.metadata.concert_id,
    notification_type: "system",
    title: "",
    message: notice.message,
    link: "/concerts",
    channel: "in_app",
    scheduled_for: null,
    status: "sent",
    sent_at: notice.created_at,
    is_read: true,
    read_at: null,
    is_archived: false,
    metadata: { ...notice.metadata, old_type: "concert_approved", starred: true },
    days_before: null,
    created_at: notice.created_at,
  });
});

Deno.test("types of the old product find one of today's", async () => {
  const typeOf = async (type: unknown) => {
    const { record, repairs } = await read(noticeKey, { ...notice, type });
    return `${record.notification_type} ${repairs.join()}`;
  };
  assert.equal(await typeOf("marketing_started"), "promotion type_mapped");
  assert.equal(await typeOf("payment_success"), "system type_mapped");
  assert.equal(await typeOf("announcement"), "announcement ");
  assert.equal(await typeOf("birthday"), "system type_unknown");
  assert.equal(await typeOf(7), "system type_unknown");
});

Deno.test("links that could run script are left out", async () => {
  for (const link of ["javascript:alert(1)", "//evil.example", "/\\evil.example", "concerts"]) {
    const { record, repairs } = await read(noticeKey, { ...notice, link });
    assert.equal(record.link, null, link);
    assert.ok(repairs.includes("link_left_out"));
  }
  for (const link of ["/concerts/1?a=b", "https://example.com/a"]) {
    assert.equal((await read(noticeKey, { ...notice, link })).record.link, link);
  }
});

Deno.test("owners that are no account, and none at all", async () => {
  const demo = await read("notification:demo-user:notif_1_a", reminder);
  const again = await read("notification:1795346591840-6xtgay7xb", {
    ...notice,
    user_id: "demo-user",
  });
  assert.match(demo.record.user_id, /^[0-9a-f]{8}-[0-9a-f]{4}-5/);
  assert.equal(again.record.user_id, demo.record.user_id);
  const colon = await read("notification:a:b:notif_1_a", reminder);
  assert.deepEqual([colon.record.legacy_id], ["notif_1_a"]);
  assert.deepEqual(await readNotification(noticeKey, { ...notice, user_id: undefined }), {
    unreadable: "missing_user",
  });
  assert.deepEqual(await readNotification(noticeKey, "[1]"), { unreadable: "not_an_object" });
  assert.deepEqual(await readNotification(noticeKey, "{"), { unreadable: "not_json" });
});

Deno.test("when it was made follows from the id where it is not said", async () => {
  const { record, repairs } = await read(reminderKey, { ...reminder, createdAt: undefined });
  assert.equal(record.created_at, new Date(1795346595016).toISOString());
  assert.deepEqual(repairs, ["created_at_from_id"]);
});

Deno.test("no value makes the reader throw, and what it reads is of the right kind", async () => {
  const values = new HostileValues(77);
  const names = [...Object.keys(reminder), ...Object.keys(notice), "sentAt"];
  for (let round = 0; round < 2000; round++) {
    const value = values.stored(values.record(names));
    const key = values.pick([reminderKey, noticeKey]);
    const reading = await readNotification(key, value);
    if ("unreadable" in reading) continue;
    const { record } = reading;
    assert.ok(notificationTypes.includes(record.notification_type));
    assert.ok(notificationStatuses.includes(record.status));
    assert.ok(notificationChannels.includes(record.channel));
    for (const instant of [record.scheduled_for, record.read_at, record.created_at]) {
      assert.ok(instant === null || new Date(instant).toISOString() === instant);
    }
    const text = JSON.stringify({ ...record, legacy_id: "" });
    assert.ok(!text.includes("\\u0000") && text.isWellFormed());
  }
});
