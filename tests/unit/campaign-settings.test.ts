import assert from "node:assert/strict";
import { ConfigurationError } from "../../supabase/functions/_shared/configuration-error.ts";
import { resolveCampaignSettings } from "../../supabase/functions/_shared/delivery/campaign-settings.ts";

const supabaseUrl = new URL("https://project.supabase.co");

Deno.test("nothing set: campaigns cannot be sent, and links lead to the project", () => {
  assert.deepEqual(resolveCampaignSettings({}, supabaseUrl), {
    unsubscribeKey: null,
    unsubscribePageUrl: null,
    functionsUrl: "https://project.supabase.co/functions/v1",
    batchSize: 100,
    ratePerSecond: null,
    resendWebhookSecret: null,
  });
});

Deno.test("everything set", () => {
  const secret = `whsec_${btoa("a secret of the provider's")}`;
  const settings = resolveCampaignSettings({
    UNSUBSCRIBE_KEY: "k".repeat(32),
    UNSUBSCRIBE_PAGE_URL: "https://promo.example/bye",
    FUNCTIONS_URL: "https://api.promo.example/",
    MAIL_BATCH_SIZE: "20",
    MAIL_RATE_PER_SECOND: "14",
    RESEND_WEBHOOK_SECRET: secret,
  }, supabaseUrl);
  assert.deepEqual(settings, {
    unsubscribeKey: "k".repeat(32),
    unsubscribePageUrl: new URL("https://promo.example/bye"),
    functionsUrl: "https://api.promo.example",
    batchSize: 20,
    ratePerSecond: 14,
    resendWebhookSecret: secret,
  });
});

Deno.test("what cannot be used is refused by its name, and never repeated", () => {
  const cases: [string, string][] = [
    ["UNSUBSCRIBE_KEY", "short-secret"],
    ["UNSUBSCRIBE_PAGE_URL", "short-secret"],
    ["FUNCTIONS_URL", "ftp://short-secret"],
    ["MAIL_BATCH_SIZE", "101"],
    ["MAIL_BATCH_SIZE", "0"],
    ["MAIL_BATCH_SIZE", "ten"],
    ["MAIL_RATE_PER_SECOND", "-1"],
    ["MAIL_RATE_PER_SECOND", "1.5"],
    ["RESEND_WEBHOOK_SECRET", "short-secret"],
    ["RESEND_WEBHOOK_SECRET", "whsec_short-secret!"],
  ];
  for (const [name, value] of cases) {
    assert.throws(() => resolveCampaignSettings({ [name]: value }, supabaseUrl), (error) => {
      assert.ok(error instanceof ConfigurationError);
      assert.ok(error.message.includes(name), error.message);
      assert.ok(!error.message.includes("short-secret"), error.message);
      return true;
    });
  }
});
