import assert from "node:assert/strict";
import type {
  Notification,
  NotificationCounts,
} from "../../supabase/functions/_shared/domain/notification.ts";
import type { NotificationSettings } from "../../supabase/functions/_shared/domain/notification-settings.ts";
import type { Person } from "../support/caller-tokens.ts";
import { assertRefused } from "./api-client.ts";
import { allPages, approved, draft, pending } from "./concert-journeys.ts";
import { browser, inHours, newReminder, remind } from "./notification-journeys.ts";
import type { Scenario, ScenarioContext } from "./scenario-context.ts";

const none = { claimed: 0, sent: 0, failed: 0, skipped: 0 };

function listOf(
  { api }: ScenarioContext,
  user: Person,
  query: Record<string, string> = {},
): Promise<Notification[]> {
  return api.data("GET", "/notifications", { as: user, query });
}

function dispatch({ api }: ScenarioContext, body?: unknown) {
  return api.data<typeof none>("POST", "/notifications/dispatch", { as: "service", body });
}

export function notificationScenarios(scenario: Scenario): void {
  scenario(
    "notifications: from a moderator's decision to read, archived, deleted",
    async (context) => {
      const { api } = context;
      const artist = await context.makeArtist();
      const { id } = await pending(context, artist, { title: "Ночь" });
      assert.deepEqual(await listOf(context, artist), []);
      await api.data("POST", `/concerts/${id}/moderate`, {
        as: await context.makeModerator(),
        body: { decision: "rejected", comment: "Нет постера" },
      });
      const [notice] = await listOf(context, artist, {
        type: "system",
        status: "sent",
        unread: "true",
      });
      assert.equal(notice.message, "Концерт «Ночь» отклонён: Нет постера");
      assert.deepEqual([notice.channel, notice.concert_id, notice.is_read], ["in_app", id, false]);

      const change = (body: unknown) =>
        api.data<Notification>("PATCH", `/notifications/${notice.id}`, { as: artist, body });
      assert.ok((await change({ is_read: true })).read_at);
      assert.ok((await change({ is_archived: true })).is_read);
      assert.deepEqual(await listOf(context, artist, { archived: "false" }), []);
      assert.equal(
        (await listOf(context, artist, { archived: "true", unread: "false" })).length,
        1,
      );
      const path = `/notifications/${notice.id}`;
      assert.equal((await api.send("DELETE", path, { as: artist })).status, 204);
      assertRefused(await api.send("DELETE", path, { as: artist }), "not_found");
    },
  );

  scenario("notifications: counts, read-all and pages agree with the list", async (context) => {
    const user = await context.makeArtist();
    for (let index = 0; index < 4; index++) await remind(context, user);
    await context.fixtures.notifications.addDue({
      userId: user.id,
      type: "announcement",
      channel: "in_app",
    });
    const countsOf = () =>
      context.api.data<NotificationCounts>("GET", "/notifications/counts", { as: user });
    const counts = await countsOf();
    assert.deepEqual([counts.total, counts.unread], [5, 5]);
    assert.deepEqual([counts.by_type.reminder, counts.by_type.announcement], [4, 1]);
    const whole = await listOf(context, user);
    for (const limit of [1, 2, 100]) {
      assert.deepEqual(await allPages(context, "/notifications", limit, { as: user }), whole);
    }
    const marked = () => context.api.data("POST", "/notifications/read-all", { as: user });
    assert.deepEqual(await marked(), { updated: 5 });
    assert.deepEqual(await marked(), { updated: 0 });
    assert.equal((await countsOf()).unread, 0);
  });

  scenario("notifications: what a reminder must be", async (context) => {
    const user = await context.makeArtist();
    const refused: [Record<string, unknown>, string[]][] = [
      [{ title: "" }, ["title"]],
      [{ title: "я".repeat(201) }, ["title"]],
      [{ title: "две\nстроки" }, ["title"]],
      [{ message: "я".repeat(2001) }, ["message"]],
      [{ message: null }, ["message"]],
      [{ scheduled_for: inHours(-1) }, ["scheduled_for"]],
      [{ scheduled_for: "2099-01-01T10:00" }, ["scheduled_for"]],
      [{ scheduled_for: "2099-02-30T10:00:00Z" }, ["scheduled_for"]],
      [{ scheduled_for: "завтра" }, ["scheduled_for"]],
      [{ scheduled_for: 4070908800 }, ["scheduled_for"]],
      [{ channel: "sms" }, ["channel"]],
      [{ user_id: crypto.randomUUID() }, ["user_id"]],
      [{ status: "sent" }, ["status"]],
      [{ title: undefined, channel: undefined }, ["title", "channel"]],
    ];
    for (const [changes, paths] of refused) {
      const reply = await context.api.send("POST", "/notifications", {
        as: user,
        body: { ...newReminder(), ...changes },
      });
      assertRefused(reply, "validation_failed", paths);
    }
    const foreign = await draft(context, await context.makeArtist());
    for (const concert_id of [foreign.id, crypto.randomUUID(), "tour_1_none", "%"]) {
      const reply = await context.api.send("POST", "/notifications", {
        as: user,
        body: newReminder({ concert_id }),
      });
      assertRefused(reply, "not_found");
    }
    assert.deepEqual(await listOf(context, user), []);

    const longest = await remind(context, user, {
      title: "Я".repeat(200),
      message: "👩‍🎤 строка\nи ещё\tодна " + "я".repeat(1900),
      scheduled_for: "2099-12-31T23:59:59.123+03:00",
      channel: "in_app",
      concert_id: null,
    });
    assert.equal(longest.scheduled_for, "2099-12-31T20:59:59.123Z");
    assert.deepEqual(await listOf(context, user), [longest]);
  });

  scenario("notifications: what is asked of the list must make sense", async (context) => {
    const user = await context.makeArtist();
    for (
      const [name, value] of [["type", "spam"], ["status", "read"], ["unread", "1"], ["q", "x"]]
    ) {
      const reply = await context.api.send("GET", "/notifications", {
        as: user,
        query: { [name]: value },
      });
      assertRefused(reply, "validation_failed", [name]);
    }
    const foreign = await context.api.send("GET", "/concerts/mine", { as: user });
    const cursor = foreign.body.next_cursor ?? "bm90aGluZw";
    const reply = await context.api.send("GET", "/notifications", { as: user, query: { cursor } });
    assertRefused(reply, "invalid_cursor");
    for (const body of [{}, { is_read: "да" }, { title: "Другое" }]) {
      const reply = await context.api.send("PATCH", `/notifications/${crypto.randomUUID()}`, {
        as: user,
        body,
      });
      assertRefused(reply, "validation_failed");
    }
  });

  scenario("notifications: reminders of a concert, once, and along with it", async (context) => {
    const { api } = context;
    const artist = await context.makeArtist();
    const concert = await draft(context, artist, { title: "Северное сияние" });
    const ask = () =>
      api.send<Notification[]>("POST", `/notifications/reminders/${concert.id}`, { as: artist });
    const first = await ask();
    assert.equal(first.body.data.length, 3);
    assert.equal(first.body.message, "Создано напоминаний: 3");
    const again = await ask();
    assert.equal(again.body.message, "Создано напоминаний: 0");
    assert.deepEqual(again.body.data, first.body.data);

    await api.data("PATCH", `/concerts/${concert.id}`, {
      as: artist,
      body: { event_time: "20:30" },
    });
    const moved = (await ask()).body.data;
    assert.deepEqual(
      moved.map(({ scheduled_for }, index) =>
        Date.parse(scheduled_for ?? "") - Date.parse(first.body.data[index].scheduled_for ?? "")
      ),
      [5_400_000, 5_400_000, 5_400_000],
    );
    await api.data("POST", `/concerts/${concert.id}/cancel`, { as: artist });
    assert.deepEqual(
      new Set((await listOf(context, artist)).map(({ status }) => status)),
      new Set(["cancelled"]),
    );
    assertRefused(await ask(), "invalid_transition");
    const undated = await draft(context, artist, { event_date: null });
    assertRefused(
      await api.send("POST", `/notifications/reminders/${undated.id}`, { as: artist }),
      "validation_failed",
      ["event_date"],
    );
  });

  scenario(
    "notifications: a fan is no owner, and sees nobody else's reminders",
    async (context) => {
      const { api } = context;
      const artist = await context.makeArtist();
      const concert = await approved(context, artist);
      await api.data("POST", `/notifications/reminders/${concert.id}`, { as: artist });
      const own = await listOf(context, artist);
      for (const fan of [await context.makeArtist(), await context.makeModerator()]) {
        const reply = await api.send("POST", `/notifications/reminders/${concert.id}`, { as: fan });
        assertRefused(reply, "not_found");
        assert.equal(
          (await remind(context, fan, { concert_id: concert.id })).concert_id,
          concert.id,
        );
        assert.equal((await listOf(context, fan)).length, 1);
        for (const method of ["PATCH", "DELETE"]) {
          const reply = await api.send(method, `/notifications/${own[0].id}`, {
            as: fan,
            body: { is_read: true },
          });
          assertRefused(reply, "not_found");
        }
      }
      assert.deepEqual(await listOf(context, artist), own);
    },
  );

  scenario("notifications: settings", async (context) => {
    const { api } = context;
    const user = await context.makeArtist();
    const defaults = {
      email_enabled: true,
      push_enabled: true,
      reminder_days_before: [7, 3, 1],
      announcements_enabled: true,
      promotions_enabled: true,
      ticket_updates_enabled: true,
    };
    const path = "/notifications/settings";
    const read = () => api.data<NotificationSettings>("GET", path, { as: user });
    assert.deepEqual(await read(), defaults);
    const changed = await api.data("PATCH", path, {
      as: user,
      body: { reminder_days_before: [1, 30, 1, 14], email_enabled: false },
    });
    const expected = { ...defaults, email_enabled: false, reminder_days_before: [30, 14, 1] };
    assert.deepEqual(changed, expected);
    assert.deepEqual(await read(), expected);
    const refused: [unknown, string[]][] = [
      [{}, [""]],
      [{ email_enabled: null }, ["email_enabled"]],
      [{ reminder_days_before: [2] }, ["reminder_days_before.0"]],
      [{ reminder_days_before: 7 }, ["reminder_days_before"]],
      [{ user_id: crypto.randomUUID(), push_enabled: true }, ["user_id"]],
    ];
    for (const [body, paths] of refused) {
      assertRefused(await api.send("PATCH", path, { as: user, body }), "validation_failed", paths);
    }
    assert.deepEqual(await read(), expected);
  });

  scenario("notifications: a browser subscribes and unsubscribes", async (context) => {
    const { api } = context;
    const user = await context.makeArtist();
    const path = "/notifications/push-subscriptions";
    const body = browser();
    for (let time = 0; time < 2; time++) {
      const reply = await api.send("POST", path, { as: user, body });
      assert.deepEqual([reply.status, reply.body.data], [201, { endpoint: body.endpoint }]);
      assert.ok(!reply.text.includes(body.keys.auth));
    }
    const { endpoint } = body;
    const stranger = await context.makeArtist();
    assertRefused(
      await api.send("DELETE", path, { as: stranger, body: { endpoint } }),
      "not_found",
    );
    assert.equal((await api.send("DELETE", path, { as: user, body: { endpoint } })).status, 204);
    assertRefused(await api.send("DELETE", path, { as: user, body: { endpoint } }), "not_found");

    for (
      const endpoint of [
        "http://push.example.com/1",
        "https://127.0.0.1/1",
        "https://2130706433/1",
        "https://[::1]/1",
        "https://localhost/1",
        "https://kong.internal/1",
        "https://user:password@push.example.com/1",
        "https://push.example.com:8443/1",
        "javascript:alert(1)",
        "push",
      ]
    ) {
      const reply = await api.send("POST", path, { as: user, body: browser(endpoint) });
      assertRefused(reply, "validation_failed", ["endpoint"]);
    }
    const keys = { p256dh: "short", auth: "no base64!" };
    const reply = await api.send("POST", path, { as: user, body: { ...browser(), keys } });
    assertRefused(reply, "validation_failed", ["keys.p256dh", "keys.auth"]);
  });

  scenario("notifications: the dispatcher delivers what is due", async (context) => {
    const { api, fixtures } = context;
    await dispatch(context);
    const email = `${crypto.randomUUID()}@example.com`;
    const artist = await context.makeAccount({ email, verified: true });
    const concert = await draft(context, artist, { title: "Тишина" });
    await api.data("POST", "/notifications/push-subscriptions", { as: artist, body: browser() });
    await api.data("POST", `/notifications/reminders/${concert.id}`, { as: artist });
    await remind(context, artist, { title: "Себе", channel: "in_app" });
    assert.deepEqual(await dispatch(context), none, "nothing is due yet");
    await fixtures.notifications.letTimePass(artist.id);
    assert.deepEqual(await dispatch(context, { limit: 3 }), { ...none, claimed: 3, sent: 3 });
    assert.deepEqual(await dispatch(context), { ...none, claimed: 1, sent: 1 });
    assert.deepEqual(await dispatch(context), none);
    for (const { status, sent_at, attempts } of await listOf(context, artist)) {
      assert.deepEqual([status, attempts], ["sent", 1]);
      assert.ok(sent_at);
    }
    const box = await fetch(`${context.stack.url}/_mail?to=${email}`);
    const mails = await box.json() as { subject: string; text: string }[];
    assert.deepEqual(mails.map(({ subject }) => subject).sort(), [
      "Концерт через 1 день",
      "Концерт через 3 дня",
      "Концерт через 7 дней",
    ]);
    assert.match(mails[0].text, /^Напоминаем: «Тишина» состоится/);
  });

  scenario("notifications: a dispatcher's request, however it is called", async (context) => {
    const { api } = context;
    const path = "/notifications/dispatch";
    for (const body of [undefined, {}, { limit: 5 }]) {
      assert.equal((await api.send("POST", path, { as: "service", body })).status, 200);
    }
    for (const limit of [0, -1, 1.5, "5", 10_001]) {
      const reply = await api.send("POST", path, { as: "service", body: { limit } });
      assertRefused(reply, "validation_failed", ["limit"]);
    }
    const text = await api.send("POST", path, { as: "service", rawBody: "limit=5" });
    assertRefused(text, "unsupported_media_type");
  });
}
