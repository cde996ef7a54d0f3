import assert from "node:assert/strict";
import type { Notification } from "../../supabase/functions/_shared/domain/notification.ts";
import { completeConcert, dateInDays } from "./concert-making.ts";
import type { ConformanceTest, Somebody } from "./conformance-context.ts";
import { assertRefused } from "./expect.ts";
import { inHours, listOf, newReminder } from "./notifications.ts";

const day = 86_400_000;

/** A concert in 40 days at 19:30 in Moscow, and when it starts. */
async function concertOf(artist: Somebody) {
  const concert = await artist.database.concerts.create(
    completeConcert({ title: "Весна", event_date: dateInDays(40) }),
  );
  return { ...concert, start: Date.parse(`${concert.event_date}T16:30:00Z`) };
}

function times(reminders: Notification[]): (string | null)[] {
  return reminders.map(({ scheduled_for }) => scheduled_for);
}

function before(start: number, ...days: number[]): string[] {
  return days.map((number) => new Date(start - number * day).toISOString());
}

/** Reminders of one's own concerts, which follow them. */
export function reminderTests(test: ConformanceTest): void {
  test("one is reminded on the days one has chosen, at the hour of the concert", async ({ makeArtist }) => {
    const artist = await makeArtist();
    const concert = await concertOf(artist);
    const { created, reminders } = await artist.database.notifications.createReminders(concert.id);
    assert.equal(created, 3);
    assert.deepEqual(times(reminders), before(concert.start, 7, 3, 1));
    assert.deepEqual(reminders.map(({ title }) => title), [
      "Концерт через 7 дней",
      "Концерт через 3 дня",
      "Концерт через 1 день",
    ]);
    const shown = concert.event_date?.split("-").reverse().join(".");
    for (const reminder of reminders) {
      assert.equal(
        reminder.message,
        `Напоминаем: «Весна» состоится ${shown} в 19:30, Москва, Клуб 16 тонн.`,
      );
      assert.deepEqual(
        [reminder.status, reminder.channel, reminder.concert_id, reminder.user_id, reminder.link],
        ["pending", "both", concert.id, artist.id, `/concerts/${concert.id}`],
      );
    }
    assert.deepEqual(reminders.map(({ metadata }) => metadata.days_before), [7, 3, 1]);
    assert.deepEqual(new Set(await listOf(artist)), new Set(reminders));
  });

  test("asking again creates nothing again, and asking for more days only those", async ({ makeArtist }) => {
    const artist = await makeArtist();
    const { id, start } = await concertOf(artist);
    const { notifications } = artist.database;
    await notifications.updateSettings({ reminder_days_before: [3] });
    const first = await notifications.createReminders(id);
    const again = await notifications.createReminders(id);
    assert.deepEqual(again, { created: 0, reminders: first.reminders });
    await notifications.updateSettings({ reminder_days_before: [30, 3] });
    const more = await notifications.createReminders(id);
    assert.equal(more.created, 1);
    assert.deepEqual(times(more.reminders), before(start, 30, 3));
    await notifications.delete(more.reminders[0].id);
    assert.equal((await notifications.createReminders(id)).created, 1, "a deleted one comes back");
    await notifications.updateSettings({ reminder_days_before: [] });
    assert.equal((await notifications.createReminders(id)).created, 0);
  });

  test("asked for ten times at once, they are created once", async ({ makeArtist, openAnotherBackend }) => {
    const artist = await makeArtist();
    const { id } = await concertOf(artist);
    const other = (await openAnotherBackend()).open(artist);
    const outcomes = await Promise.all(
      Array.from(
        { length: 10 },
        (_, index) => (index % 2 ? other : artist.database).notifications.createReminders(id),
      ),
    );
    assert.equal(outcomes.reduce((sum, { created }) => sum + created, 0), 3);
    assert.equal((await listOf(artist)).length, 3);
  });

  test("only days to come; without an hour at ten", async ({ makeArtist }) => {
    const artist = await makeArtist();
    const near = await artist.database.concerts.create(
      completeConcert({ event_date: dateInDays(5), event_time: null }),
    );
    const { reminders } = await artist.database.notifications.createReminders(near.id);
    const ten = Date.parse(`${near.event_date}T07:00:00Z`);
    assert.deepEqual(times(reminders), before(ten, 3, 1));
    const past = await artist.database.concerts.create(
      completeConcert({ event_date: dateInDays(-5) }),
    );
    const none = await artist.database.notifications.createReminders(past.id);
    assert.deepEqual(none, { created: 0, reminders: [] });
  });

  test("of what there is nothing to be reminded of", async ({ makeArtist }) => {
    const [artist, other] = [await makeArtist(), await makeArtist()];
    const concert = await concertOf(artist);
    const undated = await artist.database.concerts.create({ title: "Без даты" });
    const { createReminders } = artist.database.notifications;
    await assertRefused(createReminders(undated.id), "validation_failed", ["event_date"]);
    await assertRefused(createReminders(crypto.randomUUID()), "not_found");
    await assertRefused(other.database.notifications.createReminders(concert.id), "not_found");
    await artist.database.concerts.cancel(concert.id);
    await assertRefused(createReminders(concert.id), "invalid_transition");
    assert.deepEqual(await listOf(artist), []);
  });

  test("moving the concert moves its reminders, and they say so", async ({ makeArtist }) => {
    const artist = await makeArtist();
    const { id, start } = await concertOf(artist);
    const { createReminders } = artist.database.notifications;
    await createReminders(id);
    await artist.database.concerts.update(id, { event_time: "21:00", title: "Лето" });
    const later = await createReminders(id);
    assert.equal(later.created, 0);
    assert.deepEqual(times(later.reminders), before(start + 5_400_000, 7, 3, 1));
    assert.match(later.reminders[0].message, /«Лето» состоится .* в 21:00, Москва/);

    await artist.database.concerts.update(id, { event_date: dateInDays(41), city: "Уфа" });
    const nextDay = await createReminders(id);
    assert.deepEqual(times(nextDay.reminders), before(start + 5_400_000 + day, 7, 3, 1));
    assert.match(nextDay.reminders[0].message, /, Уфа, Клуб 16 тонн\.$/);

    await artist.database.concerts.update(id, { time_zone: "Asia/Yekaterinburg" });
    const there = await createReminders(id);
    assert.deepEqual(times(there.reminders), before(start + 5_400_000 + day - 7_200_000, 7, 3, 1));

    await artist.database.concerts.update(id, { ticket_price_max: 5000 });
    assert.deepEqual((await createReminders(id)).reminders, there.reminders, "nothing they tell");
  });

  test("a reminder whose day is gone is cancelled, and comes back with the day", async ({ makeArtist }) => {
    const artist = await makeArtist();
    const { id, start, event_date } = await concertOf(artist);
    const { createReminders } = artist.database.notifications;
    const { reminders } = await createReminders(id);
    await artist.database.concerts.update(id, { event_date: dateInDays(2) });
    const left = await listOf(artist, { status: "pending" });
    assert.deepEqual(left.map(({ title }) => title), ["Концерт через 1 день"]);
    const gone = await listOf(artist, { status: "cancelled" });
    assert.deepEqual(
      gone.map(({ error_message }) => error_message),
      ["Концерт перенесён", "Концерт перенесён"],
    );
    await artist.database.concerts.update(id, { event_date });
    const back = await createReminders(id);
    assert.equal(back.created, 2);
    assert.deepEqual(times(back.reminders), before(start, 7, 3, 1));
    assert.deepEqual(
      back.reminders.map(({ id, status, error_message }) => [id, status, error_message]),
      reminders.map(({ id }) => [id, "pending", null]),
    );
    await artist.database.concerts.update(id, { event_date: null });
    assert.deepEqual(await listOf(artist, { status: "pending" }), []);
  });

  test("a reminder for a time of one's own moves by as much as the concert", async ({ makeArtist }) => {
    const artist = await makeArtist();
    const { id } = await concertOf(artist);
    const scheduled_for = inHours(240);
    await artist.database.notifications.create(newReminder({ concert_id: id, scheduled_for }));
    const elsewhere = await artist.database.notifications.create(newReminder({ scheduled_for }));
    await artist.database.concerts.update(id, { event_date: dateInDays(43), event_time: "20:30" });
    const [moved] = (await listOf(artist)).filter(({ concert_id }) => concert_id === id);
    const threeDaysAndAnHour = 3 * day + 3_600_000;
    assert.equal(
      Date.parse(moved.scheduled_for ?? "") - Date.parse(scheduled_for),
      threeDaysAndAnHour,
    );
    assert.equal(moved.message, "Взять кабели");
    const [still] = (await listOf(artist)).filter((other) => other.id === elsewhere.id);
    assert.deepEqual(still, elsewhere);
  });

  test("cancelling or deleting a concert cancels what is pending of it", async ({ makeArtist }) => {
    const artist = await makeArtist();
    const [one, two] = [await concertOf(artist), await concertOf(artist)];
    for (const { id } of [one, two]) {
      await artist.database.notifications.createReminders(id);
      await artist.database.notifications.create(newReminder({ concert_id: id }));
    }
    await artist.database.concerts.cancel(one.id);
    assert.equal((await artist.database.notifications.counts()).by_status.cancelled, 4);
    await artist.database.concerts.delete(two.id);
    const left = await listOf(artist);
    assert.ok(left.every(({ status }) => status === "cancelled"));
    assert.equal(left.filter(({ concert_id }) => concert_id === null).length, 4);
  });
}
