import assert from "node:assert/strict";
import {
  type Mail,
  MailProviderError,
} from "../../supabase/functions/_shared/delivery/mail-transport.ts";
import { createResendTransport } from "../../supabase/functions/_shared/delivery/resend-transport.ts";
import { type MailProvider, startMailProvider } from "../support/mail-provider.ts";

function mailTo(address: string, changes: Partial<Mail> = {}): Mail {
  return {
    to: { address, name: "Анна" },
    from: { address: "artist@promo.example", name: 'Группа "Река"' },
    subject: "Концерт",
    text: "Привет",
    html: null,
    headers: { "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" },
    ...changes,
  };
}

function resendTest(name: string, body: (provider: MailProvider) => Promise<void>): void {
  Deno.test(name, async () => {
    const provider = startMailProvider();
    try {
      await body(provider);
    } finally {
      await provider.close();
    }
  });
}

function transportTo({ url, apiKey }: Pick<MailProvider, "url" | "apiKey">) {
  const from = { address: "artist@promo.example", name: null };
  return createResendTransport({ transport: "resend", url: new URL(url), apiKey, from });
}

resendTest("a batch is one request, and every message has the provider's id", async (provider) => {
  const outcomes = await transportTo(provider).send([
    mailTo("anna@example.com", { reference: "r-1" }),
    mailTo("boris@example.com", { html: "<p>Привет</p>" }),
  ], "batch-1");
  assert.deepEqual(
    outcomes,
    provider.sent.map(({ id }) => ({ accepted: true, providerMessageId: id })),
  );
  assert.deepEqual(provider.keys, ["batch-1"]);
  const [{ id: _, ...first }, second] = provider.sent;
  assert.deepEqual(first, {
    from: '"Группа \\"Река\\"" <artist@promo.example>',
    to: ['"Анна" <anna@example.com>'],
    subject: "Концерт",
    text: "Привет",
    headers: { "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" },
    tags: [{ name: "reference", value: "r-1" }],
  });
  assert.equal(second.html, "<p>Привет</p>");
});

resendTest(
  "the same batch sent again is sent once, also when its words have changed",
  async (provider) => {
    const transport = transportTo(provider);
    const first = await transport.send([mailTo("anna@example.com")], "batch-1");
    assert.deepEqual(await transport.send([mailTo("anna@example.com")], "batch-1"), first);
    const edited = mailTo("anna@example.com", { subject: "Другая тема" });
    assert.deepEqual(await transport.send([edited], "batch-1"), [
      { accepted: true, providerMessageId: null },
    ]);
    assert.equal(provider.sent.length, 1);
    assert.equal(provider.repeated, 2);
  },
);

resendTest(
  "more than the endpoint takes goes in parts, each under a key of its own",
  async (provider) => {
    const mails = Array.from({ length: 250 }, (_, i) => mailTo(`buyer${i}@example.com`));
    const transport = transportTo(provider);
    const outcomes = await transport.send(mails, "big");
    assert.equal(outcomes.length, 250);
    assert.deepEqual(provider.keys, ["big", "big/1", "big/2"]);
    await transport.send(mails, "big");
    assert.equal(provider.sent.length, 250);
  },
);

resendTest(
  "an address the provider refuses does not keep the others from their mail",
  async (provider) => {
    provider.unwanted.add("nobody@example.com");
    const outcomes = await transportTo(provider).send(
      ["anna@example.com", "nobody@example.com", "boris@example.com"].map((to) => mailTo(to)),
      "batch",
    );
    assert.deepEqual(outcomes.map(({ accepted }) => accepted), [true, false, true]);
    assert.deepEqual(outcomes[1], {
      accepted: false,
      reason: "Invalid `to` field",
      permanent: true,
    });
    const [, boris] = provider.sent;
    assert.deepEqual(outcomes[2], { accepted: true, providerMessageId: boris.id });
  },
);

resendTest("line breaks reach no header", async (provider) => {
  const evil = "x\r\nBcc: victim@example.com";
  await transportTo(provider).send([
    mailTo("anna@example.com", {
      subject: evil,
      to: { address: "anna@example.com", name: `${evil}" <other@example.com>` },
      headers: { "X-Note": evil },
    }),
  ], "batch");
  const [{ subject, to, headers }] = provider.sent;
  assert.equal(subject, "x Bcc: victim@example.com");
  assert.deepEqual(to, ['"x Bcc: victim@example.com\\" <other@example.com>" <anna@example.com>']);
  assert.deepEqual(headers, { "X-Note": "x Bcc: victim@example.com" });
});

resendTest(
  "a provider that will not listen is the provider's failure, said without the key",
  async (provider) => {
    const answers = [
      () =>
        Response.json({ name: "rate_limit_exceeded", message: "Too many\nrequests" }, {
          status: 429,
        }),
      () => new Response("<h1>Bad gateway</h1>", { status: 502 }),
      () =>
        Response.json({ name: "validation_error", message: "domain is not verified" }, {
          status: 403,
        }),
    ];
    for (const [index, answer] of answers.entries()) {
      provider.failures.push(answer);
      await assert.rejects(
        transportTo(provider).send([mailTo("anna@example.com")], `batch-${index}`),
        (error) =>
          error instanceof MailProviderError &&
          /^The mail provider answered \d+/.test(error.message),
      );
    }
    const stranger = transportTo({ ...provider, apiKey: "re_unknown_key" });
    await assert.rejects(stranger.send([mailTo("anna@example.com")], "key"), (error) => {
      assert.ok(error instanceof MailProviderError);
      assert.match(error.message, /401/);
      assert.doesNotMatch(error.message, /re_unknown_key/);
      return true;
    });
    await provider.close();
    await assert.rejects(
      transportTo(provider).send([mailTo("anna@example.com")], "key"),
      MailProviderError,
    );
  },
);
