import assert from "node:assert/strict";
import {
  type Mail,
  type MailFailure,
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

/** What the failure of a sending tells; fails when it succeeds. */
async function failureOf(sending: Promise<unknown>): Promise<MailFailure> {
  try {
    await sending;
  } catch (error) {
    if (error instanceof MailProviderError) return error.failure;
    throw error;
  }
  throw new assert.AssertionError({ message: "it was sent" });
}

resendTest("a batch is one request, and every message has the provider's id", async (provider) => {
  const outcomes = await transportTo(provider).send([
    mailTo("anna@example.com", { tags: { reference: "r-1", artist: "a-1" } }),
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
    tags: [{ name: "reference", value: "r-1" }, { name: "artist", value: "a-1" }],
  });
  assert.equal(second.html, "<p>Привет</p>");
});

resendTest(
  "the same batch sent again is sent once, and that its words have changed is told",
  async (provider) => {
    const transport = transportTo(provider);
    const first = await transport.send([mailTo("anna@example.com")], "batch-1");
    assert.deepEqual(await transport.send([mailTo("anna@example.com")], "batch-1"), first);
    const edited = mailTo("anna@example.com", { subject: "Другая тема" });
    assert.equal(await failureOf(transport.send([edited], "batch-1")), "key_used");
    assert.equal(provider.sent.length, 1);
    assert.equal(provider.repeated, 2);
  },
);

resendTest("an answer that is none to a batch is no outcome", async (provider) => {
  const nonsense = [
    new Response("<h1>Welcome</h1>"),
    Response.json({}),
    Response.json({ data: "x" }),
    Response.json({ data: [] }),
    Response.json({ data: [{ id: "1" }, { id: "2" }] }),
    Response.json({ data: [null] }),
    Response.json({ data: [], errors: [{ index: 1, message: "x" }] }),
    Response.json({ data: [{ id: "1" }], errors: {} }),
  ];
  for (const answer of nonsense) {
    provider.failures.push(() => answer);
    const sending = transportTo(provider).send([mailTo("anna@example.com")], "key");
    assert.equal(await failureOf(sending), "unknown");
  }
  provider.failures.push(() => Response.json({ data: [{ id: "a\u0000b" }] }));
  assert.deepEqual(await transportTo(provider).send([mailTo("anna@example.com")], "key"), [
    { accepted: true, providerMessageId: null },
  ]);
});

resendTest("when a later part fails, nobody knows what became of the whole", async (provider) => {
  const mails = Array.from({ length: 101 }, (_, i) => mailTo(`buyer${i}@example.com`));
  let requests = 0;
  provider.delays = () => {
    if (++requests === 1) provider.failures.push(() => new Response("", { status: 403 }));
    return { before: 0, after: 0 };
  };
  assert.equal(await failureOf(transportTo(provider).send(mails, "big")), "unknown");
  assert.equal(provider.sent.length, 100);
});

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
      reason: "Почтовый сервис отказал: Invalid `to` field",
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
    const answers: [status: number, body: object, failure: MailFailure][] = [
      [429, { name: "rate_limit_exceeded", message: "Too many\nrequests" }, "busy"],
      [503, {}, "busy"],
      [502, {}, "unknown"],
      [500, { name: "internal_server_error" }, "unknown"],
      [403, { name: "validation_error", message: "domain is not verified" }, "refused"],
      [422, { name: "validation_error", message: `key ${provider.apiKey}` }, "refused"],
      [409, { name: "concurrent_idempotent_requests" }, "unknown"],
      [400, { name: "validation_error", message: "Invalid `to` field" }, "refused"],
      [404, {}, "refused"],
      // Of the key, by whatever name and in whatever field: what was taken under it may be these words.
      [400, { name: "invalid_idempotency_key", message: "too long" }, "unknown"],
      [422, { name: "idempotency_key_reused", message: "used before" }, "unknown"],
      [422, { name: "validation_error", message: "Idempotency-Key was used before" }, "unknown"],
      [422, { title: "Idempotency-Key is already used", detail: "another payload" }, "unknown"],
      [422, { code: "idempotency_key_mismatch", message: "used before" }, "unknown"],
      [422, { error: { type: "idempotency_error", message: "used before" } }, "unknown"],
      // Not in the API's shape: nobody knows who says so, and of what.
      [400, {}, "unknown"],
      [422, { message: "Unprocessable" }, "unknown"],
      [422, { name: 422, message: "Unprocessable" }, "unknown"],
    ];
    for (const [status, body, failure] of answers) {
      provider.failures.push(() => Response.json(body, { status }));
      await assert.rejects(
        transportTo(provider).send([mailTo("anna@example.com")], `batch-${status}`),
        (error) => {
          assert.ok(error instanceof MailProviderError);
          assert.deepEqual([error.status, error.failure], [status, failure]);
          assert.match(error.message, /^The mail provider answered \d+/);
          assert.ok(!error.message.includes(provider.apiKey));
          assert.match(error.notice, new RegExp(`^[^A-Za-z]*${status}\\)$`));
          return true;
        },
      );
    }
    for (const page of ["<html>400 Bad Request</html>", "", '"validation_error"', "null"]) {
      provider.failures.push(() => new Response(page, { status: 400 }));
      const sending = transportTo(provider).send([mailTo("anna@example.com")], "batch");
      assert.equal(await failureOf(sending), "unknown", page);
    }
    const stranger = transportTo({ ...provider, apiKey: "re_unknown_key" });
    await assert.rejects(stranger.send([mailTo("anna@example.com")], "key"), (error) => {
      assert.ok(error instanceof MailProviderError);
      assert.match(error.message, /401/);
      assert.doesNotMatch(error.message, /re_unknown_key/);
      return true;
    });
    await provider.close();
    const unheard = transportTo(provider).send([mailTo("anna@example.com")], "key");
    assert.equal(await failureOf(unheard), "unknown");
  },
);
