import assert from "node:assert/strict";
import { MailProviderError } from "../../supabase/functions/_shared/delivery/mail-transport.ts";
import { dispatchNotifications } from "../../supabase/functions/notifications/dispatch-notifications.ts";
import { completeConcert, dateInDays } from "./concert-making.ts";
import type { ConformanceContext, ConformanceTest } from "./conformance-context.ts";
import { all, clear, mailedTo, makeReachable, only, openTransports } from "./dispatch.ts";
import { listOf, newReminder } from "./notifications.ts";

const nothing = { claimed: 0, sent: 0, failed: 0, skipped: 0 };

/** Notifications whose way out is closed, or whose concert moves while they are on it. */
export function dispatchTroubleTests(test: ConformanceTest): void {
  test("dispatch: a provider that has too much to do costs no attempt", async (context) => {
    await clear(context);
    const user = await mailedTo(context);
    const busy = failing(() => new MailProviderError("429: slow down", "busy", 429));
    for (let time = 0; time < 7; time++) {
      assert.deepEqual(await run(context, busy), nothing);
      await context.fixtures.notifications.letTimePass(user.id);
    }
    const { status, attempts, error_message } = await only(user);
    assert.deepEqual(
      [status, attempts, error_message],
      ["pending", 0, "Почтовый сервис сейчас не принимает письма (код 429)"],
    );
    const { transports, mails } = openTransports();
    await run(context, transports);
    assert.equal(mails.length, 1);
    assert.equal((await only(user)).error_message, null);
  });

  test("dispatch: what may have arrived is asked about again under its key, at no cost", async (context) => {
    await clear(context);
    const user = await mailedTo(context);
    const keys: string[] = [];
    const gone = failing((key) => {
      keys.push(key);
      return new MailProviderError("connection reset", "unknown");
    });
    for (let time = 0; time < 7; time++) {
      assert.deepEqual(await run(context, gone), nothing);
      assert.deepEqual(await run(context, gone), nothing, "not at once");
      const { status, attempts } = await only(user);
      assert.deepEqual([status, attempts], ["sending", 0]);
      await context.fixtures.notifications.letTimePass(user.id);
    }
    assert.equal(keys.length, 7);
    // That we are not heard tells nothing of what became of it before.
    for (const [failure, status] of [["busy", 429], ["refused", 403]] as const) {
      const deaf = failing((key) => {
        keys.push(key);
        return new MailProviderError("not now", failure, status);
      });
      assert.deepEqual(await run(context, deaf), nothing);
      assert.equal((await only(user)).status, "sending");
      await context.fixtures.notifications.letTimePass(user.id);
    }
    assert.equal(new Set(keys).size, 1);
    const known = failing((key) => {
      keys.push(key);
      return new MailProviderError("another body", "key_used", 409);
    });
    assert.deepEqual(await run(context, known), { ...nothing, claimed: 1, sent: 1 });
    assert.equal(new Set(keys).size, 1);
    assert.equal((await only(user)).status, "sent");
  });

  test("dispatch: a provider that does not know us is an attempt, and five are the end", async (context) => {
    await clear(context);
    const [one, two] = [await mailedTo(context), await mailedTo(context)];
    let requests = 0;
    const secret = "re_secret";
    const closed = failing(() => {
      requests++;
      return new MailProviderError(`bad key ${secret}`, "refused", 401);
    });
    for (let attempt = 1; attempt <= 5; attempt++) {
      assert.deepEqual(await run(context, closed), { ...nothing, claimed: 2, failed: 2 });
      assert.equal(requests, attempt, "nobody is asked one by one");
      for (const user of [one, two]) {
        const { status, attempts, error_message } = await only(user);
        assert.deepEqual(
          [status, attempts, error_message],
          [
            attempt < 5 ? "pending" : "failed",
            attempt,
            "Почтовый сервис не принял письма (код 401)",
          ],
        );
        await context.fixtures.notifications.letTimePass(user.id);
      }
    }
    assert.deepEqual(await run(context, closed), nothing, "given up");
  });

  test("dispatch: one message the provider will not have does not keep the others back", async (context) => {
    await clear(context);
    const [bad, good] = [await mailedTo(context), await mailedTo(context)];
    const keys = new Set<string>();
    const arrived: string[] = [];
    const { transports } = openTransports({
      mail: (mails, key) => {
        assert.ok(!keys.has(key), "a key is one request's");
        keys.add(key);
        const addresses = mails.map(({ to }) => to.address);
        if (addresses.includes(bad.email)) {
          return Promise.reject(new MailProviderError("422: no words", "refused", 422));
        }
        arrived.push(...addresses);
        return Promise.resolve(mails.map(() => ({ accepted: true, providerMessageId: null })));
      },
    });
    assert.deepEqual(await run(context, transports), {
      ...nothing,
      claimed: 2,
      sent: 1,
      failed: 1,
    });
    for (let attempt = 2; attempt <= 5; attempt++) {
      await context.fixtures.notifications.letTimePass(bad.id);
      await run(context, transports);
    }
    assert.deepEqual(arrived, [good.email]);
    assert.equal((await only(good)).status, "sent");
    const { status, attempts } = await only(bad);
    assert.deepEqual([status, attempts], ["failed", 5]);
  });

  test("dispatch: refused together and its answer lost alone, a message comes back under its own key", async (context) => {
    await clear(context);
    const [bad, good] = [await mailedTo(context), await mailedTo(context)];
    const taken = new Map<string, string[]>();
    let isLost = true;
    const { transports } = openTransports({
      mail: (mails, key) => {
        const addresses = mails.map(({ to }) => to.address);
        if (addresses.includes(bad.email)) {
          return Promise.reject(new MailProviderError("422: no words", "refused", 422));
        }
        taken.set(key, addresses);
        const answer = mails.map(() => ({ accepted: true as const, providerMessageId: null }));
        return isLost
          ? Promise.reject(new MailProviderError("connection reset", "unknown"))
          : Promise.resolve(answer);
      },
    });
    await run(context, transports);
    assert.equal((await only(good)).status, "sending");
    isLost = false;
    await context.fixtures.notifications.letTimePass(good.id);
    await run(context, transports);
    assert.equal((await only(good)).status, "sent");
    // A provider that knows the key has mailed it once.
    assert.deepEqual([...taken.values()], [[good.email]]);
  });

  test("dispatch: a reminder that was being sent when its concert moved comes back with it", async (context) => {
    await clear(context);
    const artist = await makeReachable(context, 0);
    const event_date = dateInDays(40);
    const { id } = await artist.database.concerts.create(completeConcert({ event_date }));
    await artist.database.notifications.createReminders(id);
    const due = newReminder({ concert_id: id, channel: "email" });
    const own = await artist.database.notifications.create(due);
    await context.fixtures.notifications.letTimePass(artist.id);
    const claim = await context.service.notifications.claimDue(100);
    assert.equal(claim?.notifications.length, 4);
    const moved = dateInDays(60);
    await artist.database.concerts.update(id, { event_date: moved });
    await context.service.notifications.recordDeliveries([claim?.id ?? ""], {
      outcomes: new Map(
        claim?.notifications.map(({ id }) => [id, {
          status: "retry",
          reason: "451 busy",
          inSeconds: 0,
        }]),
      ),
      goneEndpoints: [],
    });
    assert.equal(await context.service.notifications.claimDue(100), null, "not due any more");
    for (const reminder of await listOf(artist)) {
      assert.equal(reminder.status, "pending");
      assert.ok(Date.parse(reminder.scheduled_for ?? "") > Date.now());
      if (reminder.id !== own.id) {
        assert.ok(reminder.message.includes(moved.split("-").reverse().join(".")));
      }
    }
  });

  test("dispatch: a reminder whose day went by while it was being sent is cancelled", async (context) => {
    await clear(context);
    const artist = await makeReachable(context, 0);
    const { id } = await artist.database.concerts.create(
      completeConcert({ event_date: dateInDays(40) }),
    );
    await artist.database.notifications.createReminders(id);
    await context.fixtures.notifications.letTimePass(artist.id);
    const claim = await context.service.notifications.claimDue(100);
    await artist.database.concerts.update(id, { event_date: dateInDays(2) });
    await context.service.notifications.recordDeliveries([claim?.id ?? ""], {
      outcomes: new Map(
        claim?.notifications.map(({ id }) => [id, {
          status: "released",
          reason: null,
          inSeconds: 0,
        }]),
      ),
      goneEndpoints: [],
    });
    assert.deepEqual(
      (await listOf(artist)).map(({ title, status, error_message }) => [
        title,
        status,
        error_message,
      ]).sort(),
      [
        ["Концерт через 1 день", "pending", null],
        ["Концерт через 3 дня", "cancelled", "Концерт перенесён"],
        ["Концерт через 7 дней", "cancelled", "Концерт перенесён"],
      ],
    );
  });

  test("dispatch: nobody is reminded of what was due more than a day ago", async (context) => {
    await clear(context);
    const user = await context.makeArtist();
    await context.fixtures.notifications.addDue({
      userId: user.id,
      type: "system",
      channel: "push",
    });
    const { id } = await user.database.notifications.create(newReminder({ channel: "push" }));
    await context.fixtures.notifications.letTimePass(user.id, 25 * 60);
    const claim = await context.service.notifications.claimDue(100);
    assert.deepEqual(
      claim?.notifications.map((due) => [due.id === id, due.pointless]).sort(),
      [[false, null], [true, "Напоминать поздно"]],
    );
  });

  test("a reminder at the end of time does not keep its concert from being moved", async (context) => {
    const artist = await context.makeArtist();
    const { id } = await artist.database.concerts.create(
      completeConcert({ event_date: dateInDays(40) }),
    );
    const latest = "9999-12-31T23:59:59.000Z";
    await artist.database.notifications.create(
      newReminder({ concert_id: id, scheduled_for: latest }),
    );
    await artist.database.concerts.update(id, { event_date: dateInDays(60) });
    const [{ scheduled_for }] = await listOf(artist);
    assert.equal(scheduled_for, "9999-12-31T23:59:59.999Z");
    await artist.database.concerts.update(id, { event_date: "9999-12-31" });
    await artist.database.concerts.update(id, { event_date: dateInDays(60) });
    const [{ scheduled_for: moved }] = await listOf(artist);
    assert.match(moved ?? "", /^\d{4}-/);
  });
}

function failing(error: (key: string) => MailProviderError) {
  return openTransports({ knowsKeys: true, mail: (_, key) => Promise.reject(error(key)) })
    .transports;
}

function run(
  { service }: ConformanceContext,
  transports: Parameters<typeof dispatchNotifications>[1],
) {
  return dispatchNotifications(service.notifications, transports, all);
}
