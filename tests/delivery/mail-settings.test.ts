import assert from "node:assert/strict";
import { ConfigurationError } from "../../supabase/functions/_shared/configuration-error.ts";
import { resolveMailSettings } from "../../supabase/functions/_shared/delivery/mail-settings.ts";

const sender = { MAIL_FROM: "Promo.Music <mail@promo.example>" };
const from = { address: "mail@promo.example", name: "Promo.Music" };

Deno.test("mail is captured unless said otherwise", () => {
  const settings = resolveMailSettings({});
  assert.deepEqual([settings.transport, "url" in settings && settings.url], ["capture", null]);
  assert.deepEqual(
    resolveMailSettings({
      EMAIL_TRANSPORT: "",
      MAIL_CAPTURE_URL: "http://127.0.0.1/_mail",
      ...sender,
    }),
    { transport: "capture", from, url: new URL("http://127.0.0.1/_mail") },
  );
});

Deno.test("a Resend-compatible API is named by its key and, where it is another, its address", () => {
  const variables = { EMAIL_TRANSPORT: "resend", RESEND_API_KEY: "re_1", ...sender };
  assert.deepEqual(resolveMailSettings(variables), {
    transport: "resend",
    from,
    url: new URL("https://api.resend.com"),
    apiKey: "re_1",
  });
  const other = resolveMailSettings({ ...variables, RESEND_URL: "http://127.0.0.1:1/api" });
  assert.equal("url" in other && other.url?.href, "http://127.0.0.1:1/api");
});

Deno.test("an SMTP server is named by one address or by its parts", () => {
  const serverOf = (variables: Record<string, string>) => {
    const settings = resolveMailSettings({ EMAIL_TRANSPORT: "smtp", ...sender, ...variables });
    return "server" in settings ? settings.server : null;
  };
  const credentials = { user: "me@x", password: "p:w" };
  assert.deepEqual(serverOf({ SMTP_URL: "smtps://me%40x:p%3Aw@mail.example" }), {
    host: "mail.example",
    port: 465,
    secure: true,
    credentials,
  });
  assert.deepEqual(serverOf({ SMTP_URL: "smtp://mail.example:2525" }), {
    host: "mail.example",
    port: 2525,
    secure: false,
    credentials: null,
  });
  assert.deepEqual(serverOf({ SMTP_HOST: "mail.example" }), {
    host: "mail.example",
    port: 587,
    secure: false,
    credentials: null,
  });
  assert.deepEqual(
    serverOf({ SMTP_HOST: "mail.example", SMTP_PORT: "465", SMTP_USER: "me@x", SMTP_PASS: "p:w" }),
    { host: "mail.example", port: 465, secure: true, credentials },
  );
});

Deno.test("what cannot be used is refused by its name, and never repeated", () => {
  const resend = { EMAIL_TRANSPORT: "resend", RESEND_API_KEY: "secret-1", ...sender };
  const smtp = { EMAIL_TRANSPORT: "smtp", ...sender };
  const cases: [string, Record<string, string>][] = [
    ["EMAIL_TRANSPORT", { EMAIL_TRANSPORT: "pigeon" }],
    ["MAIL_CAPTURE_URL", { MAIL_CAPTURE_URL: "mailbox" }],
    ["RESEND_API_KEY", { ...resend, RESEND_API_KEY: "" }],
    ["RESEND_URL", { ...resend, RESEND_URL: "ftp://secret-1" }],
    ["MAIL_FROM", { ...resend, MAIL_FROM: "" }],
    ["MAIL_FROM", { ...resend, MAIL_FROM: "Promo <secret-1>" }],
    ["MAIL_FROM", { ...resend, MAIL_FROM: "a@b.example, secret-1@d.example" }],
    ["MAIL_FROM", { MAIL_FROM: "a@b\r\nBcc: secret-1@d.example" }],
    ["SMTP_HOST", smtp],
    ["SMTP_PORT", { ...smtp, SMTP_HOST: "mail.example", SMTP_PORT: "25" }],
    ["SMTP_PORT", { ...smtp, SMTP_HOST: "mail.example", SMTP_PORT: "smtp" }],
    ["SMTP_PASS", { ...smtp, SMTP_HOST: "mail.example", SMTP_USER: "secret-1" }],
    ["SMTP_URL", { ...smtp, SMTP_URL: "https://secret-1" }],
    ["SMTP_URL", { ...smtp, SMTP_URL: "smtp://user:secret-1@mail.example:25" }],
  ];
  for (const [name, variables] of cases) {
    assert.throws(() => resolveMailSettings(variables), (error) => {
      assert.ok(error instanceof ConfigurationError);
      assert.ok(error.message.includes(name), `${name}: ${error.message}`);
      assert.ok(!error.message.includes("secret-1"), error.message);
      return true;
    });
  }
});
