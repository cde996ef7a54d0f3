import assert from "node:assert/strict";
import type { NotificationRepository } from "../../supabase/functions/_shared/database/notification-repository.ts";
import { createCaptureTransport } from "../../supabase/functions/_shared/delivery/capture-transport.ts";
import type {
  MailOutcome,
  MailTransport,
} from "../../supabase/functions/_shared/delivery/mail-transport.ts";
import { createPushCapture } from "../../supabase/functions/_shared/delivery/push-capture.ts";
import type { PushTransport } from "../../supabase/functions/_shared/delivery/push-transport.ts";
import type { Notification } from "../../supabase/functions/_shared/domain/notification.ts";
import { dispatchNotifications } from "../../supabase/functions/notifications/dispatch-notifications.ts";
import type { ConformanceContext, ConformanceTest, Somebody } from "./conformance-context.ts";
import { listOf } from "./notifications.ts";

const sender = { address: "no-reply@promo-music.example", name: "Promo.Music" };

/** What leaves the project in one test: kept, or answered as the test wants. */
export function openTransports(
  changes: { mail?: MailTransport["send"]; push?: PushTransport["send"]; knowsKeys?: boolean } = {},
) {
  const mail = createCaptureTransport({ transport: "capture", url: null, from: sender }, "");
  const push = createPushCapture();
  return {
    mails: mail.captured,
    pushes: push.captured,
    transports: {
      mail: () =>
        Promise.resolve({
          ...mail,
          knowsKeys: changes.knowsKeys ?? mail.knowsKeys,
          send: changes.mail ?? mail.send,
        }),
      push: () => Promise.resolve({ ...push, send: changes.push ?? push.send }),
    },
  };
}

/** Somebody with a confirmed address and, unless said otherwise, one browser. */
export async function makeReachable(
  context: ConformanceContext,
  browsers = 1,
): Promise<Somebody & { endpoints: string[] }> {
  const email = `${crypto.randomUUID()}@example.com`;
  const user = await context.makeAccount({ email, verified: true });
  await user.database.concerts.create({ title: "Рок" });
  const endpoints = Array.from(
    { length: browsers },
    (_, index) => `https://push.example.com/${index}/${crypto.randomUUID()}`,
  );
  for (const endpoint of endpoints) {
    await user.database.notifications.subscribe({
      endpoint,
      keys: { p256dh: "key", auth: "auth" },
    });
  }
  return { ...user, endpoints };
}

/** Somebody with mail that is due. */
export async function mailedTo(context: ConformanceContext): Promise<Somebody> {
  const user = await makeReachable(context, 0);
  await context.fixtures.notifications.addDue({
    userId: user.id,
    type: "system",
    channel: "email",
  });
  return user;
}

export async function clear({ service, fixtures }: ConformanceContext): Promise<void> {
  // What other tests have claimed and left must not come back in the middle of this one.
  await fixtures.notifications.endLeases();
  await dispatchNotifications(service.notifications, openTransports().transports, {
    limit: 10_000,
  });
}

export async function only(user: Somebody): Promise<Notification> {
  const list = await listOf(user);
  assert.equal(list.length, 1);
  return list[0];
}

export const all = { limit: 1000, random: () => 0.5 };

/** From what is due to what arrives. */
export function dispatchTests(test: ConformanceTest): void {
  test("dispatch: what is due goes by its channel, once", async (context) => {
    await clear(context);
    const user = await makeReachable(context);
    const { addDue } = context.fixtures.notifications;
    for (const channel of ["email", "push", "both", "in_app"] as const) {
      await addDue({ userId: user.id, type: "system", channel, title: `По ${channel}` });
    }
    const { transports, mails, pushes } = openTransports();
    const report = await dispatchNotifications(context.service.notifications, transports, all);
    assert.deepEqual(report, { claimed: 4, sent: 4, failed: 0, skipped: 0 });
    assert.deepEqual(mails.map(({ subject }) => subject).sort(), ["По both", "По email"]);
    assert.deepEqual(pushes.map(({ title }) => title).sort(), ["По both", "По push"]);
    for (const mail of mails) {
      assert.deepEqual([mail.to, mail.from], [{ address: user.email, name: null }, sender]);
      assert.match(
        mail.headers["Message-ID"],
        /^<notification-[0-9a-f-]{36}@promo-music\.example>$/,
      );
      assert.equal(mail.headers["Auto-Submitted"], "auto-generated");
    }
    assert.deepEqual(pushes.map(({ to }) => to.endpoint), [user.endpoints[0], user.endpoints[0]]);
    assert.ok((await listOf(user)).every(({ status, sent_at }) => status === "sent" && sent_at));
    const again = await dispatchNotifications(context.service.notifications, transports, all);
    assert.deepEqual(again, { claimed: 0, sent: 0, failed: 0, skipped: 0 });
    assert.equal(mails.length, 2);
  });

  test("dispatch: settings decide", async (context) => {
    await clear(context);
    const user = await makeReachable(context);
    const { addDue } = context.fixtures.notifications;
    await user.database.notifications.updateSettings({
      email_enabled: false,
      announcements_enabled: false,
    });
    const expected = new Map([
      [await addDue({ userId: user.id, type: "announcement", channel: "push" }), "cancelled"],
      [await addDue({ userId: user.id, type: "announcement", channel: "in_app" }), "cancelled"],
      [await addDue({ userId: user.id, type: "promotion", channel: "email" }), "cancelled"],
      [await addDue({ userId: user.id, type: "promotion", channel: "both" }), "sent"],
      [await addDue({ userId: user.id, type: "ticket_update", channel: "push" }), "sent"],
    ]);
    const { transports, mails, pushes } = openTransports();
    const report = await dispatchNotifications(context.service.notifications, transports, all);
    assert.deepEqual(report, { claimed: 5, sent: 2, failed: 0, skipped: 3 });
    assert.deepEqual([mails.length, pushes.length], [0, 2]);
    for (const { id, status, error_message } of await listOf(user)) {
      assert.equal(status, expected.get(id));
      assert.equal(error_message, status === "cancelled" ? "Отключено в настройках" : null);
    }
  });

  test("dispatch: whoever cannot be reached is given up, with the reason", async (context) => {
    await clear(context);
    const user = await context.makeArtist();
    const { addDue } = context.fixtures.notifications;
    for (const channel of ["email", "push", "both"] as const) {
      await addDue({ userId: user.id, type: "system", channel, title: channel });
    }
    const { transports } = openTransports();
    const report = await dispatchNotifications(context.service.notifications, transports, all);
    assert.deepEqual(report, { claimed: 3, sent: 0, failed: 3, skipped: 0 });
    const reasons = (await listOf(user)).map(({ title, status, error_message }) =>
      [title, status, error_message].join(": ")
    );
    assert.deepEqual(reasons.sort(), [
      "both: failed: нет подтверждённого адреса почты, нет браузера, подписанного на уведомления",
      "email: failed: нет подтверждённого адреса почты",
      "push: failed: нет браузера, подписанного на уведомления",
    ]);
  });

  test("dispatch: what fails is tried five times, later each time", async (context) => {
    await clear(context);
    const user = await makeReachable(context, 0);
    const { addDue, letTimePass, retryAt } = context.fixtures.notifications;
    const id = await addDue({ userId: user.id, type: "system", channel: "email" });
    const { transports } = openTransports({
      mail: (mails) =>
        Promise.resolve(
          mails.map(() => ({ accepted: false, reason: "451 busy", permanent: false })),
        ),
    });
    const minutes: number[] = [];
    for (let attempt = 1; attempt <= 5; attempt++) {
      const started = Date.now();
      const report = await dispatchNotifications(context.service.notifications, transports, all);
      assert.deepEqual(report, { claimed: 1, sent: 0, failed: 1, skipped: 0 });
      const { status, attempts, error_message } = await only(user);
      assert.deepEqual(
        [status, attempts, error_message],
        [attempt < 5 ? "pending" : "failed", attempt, "451 busy"],
      );
      const at = await retryAt(id);
      if (at) minutes.push(Math.round((at.getTime() - started) / 60_000));
      const early = await dispatchNotifications(context.service.notifications, transports, all);
      assert.equal(early.claimed, 0, "not before its time");
      await letTimePass(user.id);
    }
    assert.deepEqual(minutes, [1, 5, 15, 60]);
    const after = await dispatchNotifications(context.service.notifications, transports, all);
    assert.equal(after.claimed, 0, "given up");
  });

  test("dispatch: what is refused for good is not tried again", async (context) => {
    await clear(context);
    const user = await makeReachable(context, 0);
    await context.fixtures.notifications.addDue({
      userId: user.id,
      type: "system",
      channel: "email",
    });
    const { transports } = openTransports({
      mail: (mails) =>
        Promise.resolve(
          mails.map(() => ({ accepted: false, reason: "550 no such user", permanent: true })),
        ),
    });
    await dispatchNotifications(context.service.notifications, transports, all);
    const { status, attempts, error_message } = await only(user);
    assert.deepEqual([status, attempts, error_message], ["failed", 1, "550 no such user"]);
  });

  test("dispatch: one way that works is enough, and dead browsers are forgotten", async (context) => {
    await clear(context);
    const user = await makeReachable(context, 2);
    const { addDue } = context.fixtures.notifications;
    await addDue({ userId: user.id, type: "system", channel: "push" });
    const { transports } = openTransports({
      push: ({ to: { endpoint } }) =>
        Promise.resolve(
          endpoint === user.endpoints[0]
            ? { accepted: false, reason: "answered 410", permanent: true, gone: true }
            : { accepted: true },
        ),
    });
    const report = await dispatchNotifications(context.service.notifications, transports, all);
    assert.deepEqual(report, { claimed: 1, sent: 1, failed: 0, skipped: 0 });
    await addDue({ userId: user.id, type: "system", channel: "push" });
    const { transports: next, pushes } = openTransports();
    await dispatchNotifications(context.service.notifications, next, all);
    assert.deepEqual(pushes.map(({ to }) => to.endpoint), [user.endpoints[1]]);
  });

  test("dispatch: no more than it is told to", async (context) => {
    await clear(context);
    const user = await makeReachable(context);
    for (let index = 0; index < 5; index++) {
      await context.fixtures.notifications.addDue({
        userId: user.id,
        type: "system",
        channel: "push",
      });
    }
    const { transports, pushes } = openTransports();
    const run = (limit: number) =>
      dispatchNotifications(context.service.notifications, transports, { limit });
    assert.equal((await run(2)).sent, 2);
    assert.equal(pushes.length, 2);
    assert.equal((await run(100)).sent, 3);
  });

  test("dispatch: when the time is over, what was not begun is handed back", async (context) => {
    await clear(context);
    const user = await makeReachable(context);
    for (let index = 0; index < 25; index++) {
      await context.fixtures.notifications.addDue({
        userId: user.id,
        type: "system",
        channel: "push",
      });
    }
    let clock = 0;
    const { transports } = openTransports({
      push: async () => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        clock = 501;
        return { accepted: true };
      },
    });
    const report = await dispatchNotifications(context.service.notifications, transports, {
      limit: 1000,
      budget: { begin: 500, finish: 60_000 },
      now: () => clock,
    });
    assert.equal(report.sent, 10, "those that were under way");
    assert.equal(report.claimed, 10);
    const { by_status } = await user.database.notifications.counts();
    assert.deepEqual([by_status.sent, by_status.pending, by_status.sending], [10, 15, 0]);
    const rest = openTransports();
    await dispatchNotifications(context.service.notifications, rest.transports, all);
    assert.equal(rest.pushes.length, 15);
  });

  test("dispatch: an answer that does not come is asked for again, under the same key", async (context) => {
    await clear(context);
    const user = await makeReachable(context, 0);
    const { addDue, letTimePass } = context.fixtures.notifications;
    await addDue({ userId: user.id, type: "system", channel: "email" });
    const keys: string[] = [];
    const silent = openTransports({
      mail: (_, key) => {
        keys.push(key);
        return new Promise<MailOutcome[]>(() => {});
      },
    });
    const report = await dispatchNotifications(context.service.notifications, silent.transports, {
      limit: 10,
      budget: { begin: 100, finish: 300 },
      now: () => 0,
    });
    assert.equal(report.claimed, 0);
    assert.equal((await only(user)).status, "sending");
    await letTimePass(user.id);
    const answering = openTransports({
      mail: (mails, key) => {
        keys.push(key);
        return Promise.resolve(mails.map(() => ({ accepted: true, providerMessageId: null })));
      },
    });
    await dispatchNotifications(context.service.notifications, answering.transports, all);
    assert.equal(keys.length, 2);
    assert.equal(keys[0], keys[1]);
    assert.equal((await only(user)).status, "sent");
  });

  test("dispatch: two dispatchers at once send nothing twice", async (context) => {
    await clear(context);
    const user = await makeReachable(context);
    await addMany(context, user, 40);
    const { transports, pushes } = slowTransports();
    const other = (await context.openAnotherBackend()).open({ kind: "service" });
    const reports = await Promise.all(
      [context.service, other].map(({ notifications }) =>
        dispatchNotifications(notifications, transports, { limit: 1000 })
      ),
    );
    assert.equal(reports[0].sent + reports[1].sent, 40);
    assert.equal(new Set(pushes.map(({ id }) => id)).size, 40);
    assert.equal(pushes.length, 40);
  });

  test("dispatch: control: dispatchers that look instead of claiming send everything twice", async (context) => {
    await clear(context);
    const user = await makeReachable(context);
    await addMany(context, user, 40);
    const { transports, pushes } = slowTransports();
    const looking = withoutClaims(user, context.service.notifications);
    await Promise.all(
      [1, 2].map(() => dispatchNotifications(looking(), transports, { limit: 1000 })),
    );
    assert.equal(pushes.length, 80, "nothing was sent twice: the test above proves nothing");
    await clear(context);
  });
}

async function addMany(context: ConformanceContext, user: Somebody, count: number): Promise<void> {
  await Promise.all(
    Array.from(
      { length: count },
      () =>
        context.fixtures.notifications.addDue({ userId: user.id, type: "system", channel: "push" }),
    ),
  );
}

/** As slow as a network. */
function slowTransports() {
  const capture = openTransports();
  const { transports } = openTransports({
    push: async (message) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return await (await capture.transports.push()).send(message);
    },
  });
  return { transports, pushes: capture.pushes };
}

/** The repository with the guard off: what is pending is taken for one's own, and recorded afterwards. */
function withoutClaims(user: Somebody & { endpoints: string[] }, guarded: NotificationRepository) {
  return (): NotificationRepository => {
    let isDone = false;
    return {
      ...guarded,
      async claimDue() {
        if (isDone) return null;
        isDone = true;
        const pending = await listOf(user, { status: "pending" });
        return {
          id: crypto.randomUUID(),
          mayBeTaken: false,
          notifications: pending.map((notification) => ({
            ...notification,
            settings: null,
            email: null,
            subscriptions: [{ endpoint: user.endpoints[0], keys: { p256dh: "", auth: "" } }],
            pointless: null,
          })),
        };
      },
      recordDeliveries: () => Promise.resolve(),
    };
  };
}
