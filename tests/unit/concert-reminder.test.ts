import assert from "node:assert/strict";
import {
  reminderMessage,
  reminderTime,
  reminderTitle,
} from "../../supabase/functions/_shared/domain/concert-reminder.ts";

const concert = {
  title: "Весна",
  city: "Самара",
  venue_name: "Филармония",
  event_date: "2027-03-29",
  event_time: "19:30",
  time_zone: "Europe/Moscow",
};

Deno.test("so many days before, by the clocks of the place, however they change between", () => {
  assert.equal(reminderTime(concert, 7)?.toISOString(), "2027-03-22T16:30:00.000Z");
  assert.equal(reminderTime(concert, 0)?.toISOString(), "2027-03-29T16:30:00.000Z");
  const inBerlin = { ...concert, time_zone: "Europe/Berlin" };
  assert.equal(reminderTime(inBerlin, 0)?.toISOString(), "2027-03-29T17:30:00.000Z");
  assert.equal(reminderTime(inBerlin, 7)?.toISOString(), "2027-03-22T18:30:00.000Z");
  assert.equal(
    reminderTime({ ...concert, event_date: "2028-03-01" }, 1)?.toISOString(),
    "2028-02-29T16:30:00.000Z",
  );
});

Deno.test("without an hour at ten, without a date not at all", () => {
  const untimed = { ...concert, event_time: null };
  assert.equal(reminderTime(untimed, 1)?.toISOString(), "2027-03-28T07:00:00.000Z");
  assert.equal(reminderTime({ ...concert, event_date: null }, 1), null);
});

Deno.test("the words follow the number", () => {
  assert.deepEqual([1, 3, 7, 14, 30, 11, 21, 22].map(reminderTitle), [
    "Концерт через 1 день",
    "Концерт через 3 дня",
    "Концерт через 7 дней",
    "Концерт через 14 дней",
    "Концерт через 30 дней",
    "Концерт через 11 дней",
    "Концерт через 21 день",
    "Концерт через 22 дня",
  ]);
});

Deno.test("the message tells what is known", () => {
  assert.equal(
    reminderMessage(concert),
    "Напоминаем: «Весна» состоится 29.03.2027 в 19:30, Самара, Филармония.",
  );
  assert.equal(
    reminderMessage({ ...concert, event_time: null, city: null, venue_name: null }),
    "Напоминаем: «Весна» состоится 29.03.2027.",
  );
});
