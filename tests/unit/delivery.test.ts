import assert from "node:assert/strict";
import {
  afterFailure,
  type DueNotification,
  leaseSeconds,
  planDelivery,
} from "../../supabase/functions/_shared/domain/delivery.ts";
import {
  defaultNotificationSettings,
  type NotificationSettings,
} from "../../supabase/functions/_shared/domain/notification-settings.ts";

const browser = { endpoint: "https://push.example.com/1", keys: { p256dh: "", auth: "" } };

function due(changes: Partial<DueNotification> = {}): DueNotification {
  return {
    id: "1",
    user_id: "2",
    notification_type: "reminder",
    title: "Пора",
    message: "",
    link: null,
    channel: "both",
    attempts: 1,
    settings: null,
    email: "fan@example.com",
    subscriptions: [browser],
    pointless: null,
    ...changes,
  };
}

function chosen(changes: Partial<NotificationSettings>): NotificationSettings {
  return { ...defaultNotificationSettings, ...changes };
}

const disabled = { outcome: { status: "cancelled", reason: "Отключено в настройках" } };

Deno.test("the channel decides by which ways a notification goes", () => {
  const ways = (channel: DueNotification["channel"]) => planDelivery(due({ channel }));
  assert.deepEqual(ways("both"), { email: "fan@example.com", subscriptions: [browser] });
  assert.deepEqual(ways("email"), { email: "fan@example.com", subscriptions: [] });
  assert.deepEqual(ways("push"), { email: null, subscriptions: [browser] });
  assert.deepEqual(ways("in_app"), { outcome: { status: "sent" } });
});

Deno.test("settings close ways: what is left is used, nothing left is no failure", () => {
  const noMail = chosen({ email_enabled: false });
  const noPush = chosen({ push_enabled: false });
  assert.deepEqual(planDelivery(due({ settings: noMail })), {
    email: null,
    subscriptions: [browser],
  });
  assert.deepEqual(planDelivery(due({ settings: noPush })), {
    email: "fan@example.com",
    subscriptions: [],
  });
  assert.deepEqual(planDelivery(due({ settings: noMail, channel: "email" })), disabled);
  assert.deepEqual(planDelivery(due({ settings: noPush, channel: "push" })), disabled);
  const neither = chosen({ email_enabled: false, push_enabled: false });
  assert.deepEqual(planDelivery(due({ settings: neither })), disabled);
  assert.deepEqual(planDelivery(due({ settings: neither, channel: "in_app" })), {
    outcome: { status: "sent" },
  });
});

Deno.test("kinds can be switched off, reminders and system notices cannot", () => {
  const settings = chosen({
    announcements_enabled: false,
    promotions_enabled: false,
    ticket_updates_enabled: false,
  });
  for (const notification_type of ["announcement", "promotion", "ticket_update"] as const) {
    for (const channel of ["both", "in_app"] as const) {
      assert.deepEqual(planDelivery(due({ notification_type, settings, channel })), disabled);
      assert.notDeepEqual(planDelivery(due({ notification_type, channel })), disabled);
    }
  }
  for (const notification_type of ["reminder", "system"] as const) {
    assert.ok("email" in planDelivery(due({ notification_type, settings })));
  }
});

Deno.test("whoever has no address for the ways that are open is not reached", () => {
  const reasonOf = (changes: Partial<DueNotification>) => {
    const plan = planDelivery(due({ email: null, subscriptions: [], ...changes }));
    assert.ok("outcome" in plan && plan.outcome.status === "failed");
    return plan.outcome.reason;
  };
  assert.equal(
    reasonOf({}),
    "нет подтверждённого адреса почты, нет браузера, подписанного на уведомления",
  );
  assert.equal(reasonOf({ channel: "email" }), "нет подтверждённого адреса почты");
  assert.equal(
    reasonOf({ settings: chosen({ email_enabled: false }) }),
    "нет браузера, подписанного на уведомления",
  );
  assert.ok("email" in planDelivery(due({ email: null })), "one of both is enough");
});

Deno.test("what has lost its use, or never ends, is not sent", () => {
  assert.deepEqual(planDelivery(due({ pointless: "Концерт уже начался" })), {
    outcome: { status: "cancelled", reason: "Концерт уже начался" },
  });
  assert.ok("email" in planDelivery(due({ attempts: 5 })));
  assert.deepEqual(planDelivery(due({ attempts: 6 })), {
    outcome: { status: "failed", reason: "Каждая попытка отправки прервалась" },
  });
});

Deno.test("attempts follow after 1, 5, 15 and 60 minutes, a fifth earlier or later", () => {
  const seconds = (attempts: number, random: number) => {
    const outcome = afterFailure(attempts, "busy", random);
    assert.ok(outcome.status === "retry" && outcome.reason === "busy");
    return outcome.inSeconds;
  };
  assert.deepEqual([1, 2, 3, 4].map((attempts) => seconds(attempts, 0.5)), [60, 300, 900, 3600]);
  assert.deepEqual([1, 2, 3, 4].map((attempts) => seconds(attempts, 0)), [48, 240, 720, 2880]);
  assert.deepEqual([1, 2, 3, 4].map((attempts) => seconds(attempts, 1)), [72, 360, 1080, 4320]);
  assert.deepEqual(afterFailure(5, "busy", 0.5), { status: "failed", reason: "busy" });
});

Deno.test("a lease outlives whoever holds it", () => {
  assert.ok(leaseSeconds > 100);
});
