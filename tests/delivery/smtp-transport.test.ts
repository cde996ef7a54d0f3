import assert from "node:assert/strict";
import { type ParsedMail, simpleParser } from "mailparser";
import type { Mail } from "../../supabase/functions/_shared/delivery/mail-transport.ts";
import { MailProviderError } from "../../supabase/functions/_shared/delivery/mail-transport.ts";
import { resolveMailSettings } from "../../supabase/functions/_shared/delivery/mail-settings.ts";
import { createSmtpTransport } from "../../supabase/functions/_shared/delivery/smtp-transport.ts";
import { type SmtpInbox, startSmtpInbox } from "../support/smtp-inbox.ts";

function mail(changes: Partial<Mail> = {}): Mail {
  return {
    to: { address: "anna@example.com", name: "Анна Петрова" },
    from: { address: "artist@promo.example", name: "Группа «Река»" },
    subject: "Концерт уже в пятницу 🎸",
    text: "Привет!\n.\nТочка выше — не конец письма.",
    html: "<p>Привет! <b>До встречи</b></p>",
    headers: {
      "Message-ID": "<11111111-2222-4333-8444-555555555555@promo.example>",
      "List-Unsubscribe": "<https://example.com/functions/v1/campaigns/unsubscribe?token=abc>",
      "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    },
    ...changes,
  };
}

function smtpTest(
  name: string,
  body: (inbox: SmtpInbox) => Promise<void>,
  options?: Parameters<typeof startSmtpInbox>[0],
): void {
  Deno.test({
    name,
    // The pool keeps its connections for a second.
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const inbox = await startSmtpInbox(options);
      try {
        await body(inbox);
      } finally {
        await inbox.close();
      }
    },
  });
}

async function sendTo(inbox: Pick<SmtpInbox, "port">, mails: Mail[], credentials = "") {
  const settings = resolveMailSettings({
    EMAIL_TRANSPORT: "smtp",
    SMTP_URL: `smtp://${credentials}127.0.0.1:${inbox.port}`,
    MAIL_FROM: "artist@promo.example",
  });
  assert.ok(settings.transport === "smtp");
  const transport = await createSmtpTransport(settings);
  return await transport.send(mails, "key");
}

/** The header lines of a message, folded ones joined. */
function headersOf(raw: string): string[] {
  return raw.split("\r\n\r\n")[0].replace(/\r\n[ \t]+/g, " ").split("\r\n");
}

function parse(raw: string): Promise<ParsedMail> {
  return simpleParser(raw);
}

smtpTest("a message arrives with its headers, UTF-8 words and both parts", async (inbox) => {
  const outcomes = await sendTo(inbox, [mail()]);
  assert.deepEqual(outcomes, [{
    accepted: true,
    providerMessageId: "<11111111-2222-4333-8444-555555555555@promo.example>",
  }]);
  const [{ from, to, raw }] = inbox.received;
  assert.deepEqual([from, to], ["artist@promo.example", ["anna@example.com"]]);
  // deno-lint-ignore no-control-regex -- 7 bits is what is asserted
  assert.match(raw.split("\r\n\r\n")[0], /^[\x00-\x7f]*$/, "headers are ASCII");
  const headers = headersOf(raw);
  for (
    const line of [
      "Message-ID: <11111111-2222-4333-8444-555555555555@promo.example>",
      "List-Unsubscribe: <https://example.com/functions/v1/campaigns/unsubscribe?token=abc>",
      "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
      "MIME-Version: 1.0",
    ]
  ) assert.ok(headers.includes(line), `${line}\n${headers.join("\n")}`);
  assert.equal(headers.filter((line) => /^message-id:/i.test(line)).length, 1);
  assert.match(raw, /^Subject: =\?UTF-8\?[BQ]\?/m);
  assert.match(raw, /Content-Type: multipart\/alternative/);

  const parsed = await parse(raw);
  assert.equal(parsed.subject, "Концерт уже в пятницу 🎸");
  assert.equal(parsed.text?.trimEnd(), mail().text);
  assert.equal(String(parsed.html).trimEnd(), mail().html);
  assert.deepEqual(parsed.from?.value.map(({ name, address }) => [name, address]), [
    ["Группа «Река»", "artist@promo.example"],
  ]);
});

smtpTest("without html there is one part of plain text", async (inbox) => {
  await sendTo(inbox, [mail({ html: null })]);
  const [{ raw }] = inbox.received;
  assert.match(raw, /^Content-Type: text\/plain; charset=utf-8/m);
  assert.doesNotMatch(raw, /multipart/);
});

smtpTest("no subject, name or header begins another header or adds a recipient", async (inbox) => {
  const evil = "x\r\nBcc: victim@example.com\r\n\r\nbody\u2028\u0000<script>";
  await sendTo(inbox, [
    mail({
      subject: evil,
      to: { address: "anna@example.com", name: `${evil}" <other@example.com>, "` },
      from: { address: "artist@promo.example", name: evil },
      headers: { ...mail().headers, "X-Note": evil },
    }),
  ]);
  const [{ to, raw }] = inbox.received;
  assert.deepEqual(to, ["anna@example.com"]);
  assert.deepEqual(headersOf(raw).filter((line) => /^bcc:/i.test(line)), []);
  const parsed = await parse(raw);
  assert.equal(parsed.bcc, undefined);
  const recipients = Array.isArray(parsed.to) ? parsed.to : [parsed.to];
  assert.deepEqual(
    recipients.flatMap((one) => one?.value.map(({ address }) => address)),
    ["anna@example.com"],
  );
  assert.equal(parsed.text?.trimEnd(), mail().text);
});

smtpTest("each message has its own outcome", async (inbox) => {
  inbox.refusals.set("gone@example.com", { code: 550, message: "No such user" });
  inbox.refusals.set("full@example.com", { code: 452, message: "Mailbox full" });
  const outcomes = await sendTo(
    inbox,
    ["gone@example.com", "anna@example.com", "full@example.com"].map((address) =>
      mail({ to: { address, name: null }, headers: {} })
    ),
  );
  assert.deepEqual(
    outcomes.map((outcome) => outcome.accepted ? "accepted" : outcome.permanent),
    [true, "accepted", false],
  );
  assert.match(outcomes[0].accepted ? "" : outcomes[0].reason, /550.*No such user/);
  assert.deepEqual(inbox.received.map(({ to }) => to), [["anna@example.com"]]);
});

smtpTest("it signs in with the credentials it has", async (inbox) => {
  const [outcome] = await sendTo(inbox, [mail()], "mailer:p%40ss@");
  assert.ok(outcome.accepted);
  await assert.rejects(
    sendTo(inbox, [mail()], "mailer:wr0ng-secret@"),
    (error) => {
      assert.ok(error instanceof MailProviderError);
      assert.deepEqual([error.failure, error.status], ["refused", 535]);
      assert.doesNotMatch(error.message, /wr0ng-secret/);
      return true;
    },
  );
}, { credentials: { user: "mailer", password: "p@ss" } });

smtpTest(
  "a server that is not there is the provider's failure, not the messages'",
  async (inbox) => {
    await inbox.close();
    await assert.rejects(
      sendTo(inbox, [mail(), mail()]),
      (error) => error instanceof MailProviderError && error.failure === "unknown",
    );
  },
);
