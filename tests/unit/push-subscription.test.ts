import assert from "node:assert/strict";
import {
  isPushEndpoint,
  pushSubscriptionSchema,
} from "../../supabase/functions/_shared/domain/push-subscription.ts";

Deno.test("push services are reached, and nothing that only we can reach", () => {
  for (
    const endpoint of [
      "https://fcm.googleapis.com/fcm/send/abc:APA91b",
      "https://updates.push.services.mozilla.com/wpush/v2/gAAAA",
      "https://web.push.apple.com/QGuQ",
      "https://db5p.notify.windows.com/w/?token=BQ%3d",
      "https://xn--e1afmkfd.xn--p1ai/push",
    ]
  ) assert.ok(isPushEndpoint(endpoint), endpoint);
  for (
    const endpoint of [
      "http://fcm.googleapis.com/1",
      "https://10.0.0.1/1",
      "https://0x7f000001/1",
      "https://017700000001/1",
      "https://[fd00::1]/1",
      "https://localhost/1",
      "https://a.localhost/1",
      "https://metadata.google.internal/1",
      "https://kong:8000/1",
      "https://kong/1",
      "https://push.example.com:22/1",
      "https://user@push.example.com/1",
      "https://localhost./1",
      "",
    ]
  ) assert.ok(!isPushEndpoint(endpoint), endpoint);
});

Deno.test("the keys are those of a browser, in either alphabet", () => {
  const keys = {
    p256dh:
      "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    auth: "BTBZMqHH6r4Tts7J_aSIgg",
  };
  const subscription = { endpoint: "https://push.example.com/1", keys };
  assert.ok(pushSubscriptionSchema.safeParse(subscription).success);
  const standard = keys.p256dh.replaceAll("-", "+").replaceAll("_", "/") + "=";
  const spelled = { ...subscription, keys: { ...keys, p256dh: standard }, expirationTime: null };
  assert.ok(pushSubscriptionSchema.safeParse(spelled).success);
  for (
    const changed of [
      { ...keys, p256dh: keys.p256dh.slice(4) },
      { ...keys, p256dh: `A${keys.p256dh.slice(1)}` },
      { ...keys, auth: keys.p256dh },
      { ...keys, auth: "" },
      { auth: keys.auth },
    ]
  ) {
    assert.ok(!pushSubscriptionSchema.safeParse({ ...subscription, keys: changed }).success);
  }
});
