import assert from "node:assert/strict";
import { ConfigurationError } from "../../supabase/functions/_shared/configuration-error.ts";
import { resolvePushSettings } from "../../supabase/functions/_shared/delivery/push-settings.ts";

const complete = {
  PUSH_TRANSPORT: "webpush",
  VAPID_SUBJECT: "mailto:admin@example.com",
  VAPID_PUBLIC_KEY: "B".repeat(87),
  VAPID_PRIVATE_KEY: "a".repeat(43),
};

Deno.test("push messages are captured unless said otherwise", () => {
  for (const PUSH_TRANSPORT of [undefined, "", "capture"]) {
    assert.deepEqual(resolvePushSettings({ PUSH_TRANSPORT }), { transport: "capture" });
  }
});

Deno.test("Web Push has its keys", () => {
  assert.deepEqual(resolvePushSettings(complete), {
    transport: "webpush",
    vapid: {
      subject: "mailto:admin@example.com",
      publicKey: "B".repeat(87),
      privateKey: "a".repeat(43),
    },
  });
});

Deno.test("what is missing or malformed is named, and its value not told", () => {
  const wrong: [string, string | undefined][] = [
    ["PUSH_TRANSPORT", "fcm"],
    ["VAPID_SUBJECT", undefined],
    ["VAPID_SUBJECT", "admin@example.com"],
    ["VAPID_PUBLIC_KEY", undefined],
    ["VAPID_PUBLIC_KEY", "B".repeat(86)],
    ["VAPID_PRIVATE_KEY", ""],
    ["VAPID_PRIVATE_KEY", "secret value of a wrong length"],
    ["VAPID_PRIVATE_KEY", "+".repeat(43)],
  ];
  for (const [name, value] of wrong) {
    assert.throws(
      () => resolvePushSettings({ ...complete, [name]: value }),
      (error) =>
        error instanceof ConfigurationError && error.message.includes(name) &&
        !(value && value.length > 10 && error.message.includes(value)),
      `${name}=${value}`,
    );
  }
});
