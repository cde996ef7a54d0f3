import assert from "node:assert/strict";
import { createCaptureTransport } from "../../supabase/functions/_shared/delivery/capture-transport.ts";
import {
  type Mail,
  MailProviderError,
} from "../../supabase/functions/_shared/delivery/mail-transport.ts";
import { startTestStack } from "../support/test-stack.ts";

const from = { address: "no-reply@promo.example", name: null };

function mail(subject: string, address = "anna@example.com"): Mail {
  return { to: { address, name: null }, from, subject, text: "Текст", html: null, headers: {} };
}

Deno.test("without a mailbox the last hundred messages are kept in memory", async () => {
  const transport = createCaptureTransport({ transport: "capture", url: null, from }, "key");
  const outcomes = await transport.send([mail("0"), mail("1")], "a");
  assert.deepEqual(outcomes, Array(2).fill({ accepted: true, providerMessageId: null }));
  for (let index = 2; index < 105; index++) await transport.send([mail(`${index}`)], `${index}`);
  assert.deepEqual(
    transport.captured.map(({ subject }) => subject),
    Array.from({ length: 100 }, (_, index) => `${index + 5}`),
  );
});

Deno.test({
  name: "the local stack's mailbox shows what was captured, once a key, to whoever looks",
  // The stack's connections are closed in the background.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const stack = await startTestStack();
    try {
      const url = new URL(`${stack.url}/_mail`);
      assert.equal(stack.environment.MAIL_CAPTURE_URL, url.href);
      const transport = createCaptureTransport(
        { transport: "capture", url, from },
        stack.secretKey,
      );
      await transport.send([mail("Первое"), mail("Второе <b>", "boris@example.com")], "key-1");
      await transport.send([mail("Первое")], "key-1");
      await transport.send([mail("Третье")], "key-2");
      const show = async (query = "") => await (await fetch(`${url}${query}`)).json();
      assert.deepEqual(
        (await show()).map(({ subject }: Mail) => subject),
        ["Третье", "Второе <b>", "Первое"],
      );
      assert.deepEqual((await show("?to=Boris@example.com")).length, 1);
      const page = await fetch(url, { headers: { accept: "text/html" } });
      assert.match(page.headers.get("content-type") ?? "", /^text\/html/);
      const html = await page.text();
      assert.ok(html.includes("Третье") && html.includes("Второе &lt;b&gt;"), html);

      const stranger = createCaptureTransport({ transport: "capture", url, from }, "another key");
      await assert.rejects(stranger.send([mail("Чужое")], "key-3"), MailProviderError);
      assert.equal((await show()).length, 3);
    } finally {
      await stack.close();
    }
  },
});
