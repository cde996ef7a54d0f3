import assert from "node:assert/strict";
import { readNotificationSettings } from "../../supabase/functions/_shared/database/legacy/read-notification-settings.ts";
import {
  defaultNotificationSettings,
  offeredReminderDays,
} from "../../supabase/functions/_shared/domain/notification-settings.ts";
import { HostileValues } from "./hostile-values.ts";
import { readable } from "./readable.ts";

const user = "01a6771d-e3c8-4477-8212-d4bcc2adaf1b";
const key = `notification_settings:${user}`;
const settings = {
  userId: user,
  promotions: false,
  pushEnabled: true,
  emailEnabled: false,
  announcements: true,
  ticketUpdates: false,
  reminderDaysBefore: [1, 14, 7],
};

async function read(value: unknown) {
  return readable(await readNotificationSettings(key, value));
}

Deno.test("settings, the longest time before first", async () => {
  assert.deepEqual(await read(settings), {
    record: {
      user_id: user,
      email_enabled: false,
      push_enabled: true,
      reminder_days_before: [14, 7, 1],
      announcements_enabled: true,
      promotions_enabled: false,
      ticket_updates_enabled: false,
    },
    repairs: [],
  });
  assert.deepEqual(
    (await read({ ...settings, reminderDaysBefore: [] })).record.reminder_days_before,
    [],
  );
});

Deno.test("what is not said, or makes no sense, has its default", async () => {
  assert.deepEqual(await read({}), {
    record: { user_id: user, ...defaultNotificationSettings },
    repairs: [],
  });
  const { record, repairs } = await read({ emailEnabled: "no", reminderDaysBefore: [7, 5, "3"] });
  assert.deepEqual([record.email_enabled, record.reminder_days_before], [true, [7]]);
  assert.deepEqual(repairs.sort(), ["days_not_offered", "flag_unreadable"]);
  assert.deepEqual((await read({ reminderDaysBefore: 7 })).repairs, ["days_unreadable"]);
  const told = await read({ emailEnabled: "false", pushEnabled: 0, announcements: "1" });
  assert.deepEqual(
    [told.record.email_enabled, told.record.push_enabled, told.record.announcements_enabled],
    [false, false, true],
  );
  assert.deepEqual(told.repairs, ["flag_from_text"]);
});

Deno.test("no value makes the reader throw, and the days are those offered", async () => {
  const values = new HostileValues(11);
  for (let round = 0; round < 1000; round++) {
    const value = values.stored(values.record(Object.keys(settings)));
    const reading = await readNotificationSettings(key, value);
    if ("unreadable" in reading) continue;
    const offered: readonly number[] = offeredReminderDays;
    assert.ok(reading.record.reminder_days_before.every((days) => offered.includes(days)));
    assert.equal(typeof reading.record.push_enabled, "boolean");
  }
});
