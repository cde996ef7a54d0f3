import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { isSignedWith } from "../../supabase/functions/_shared/credentials/webhook-signature.ts";
import { ticketEventSchema } from "../../supabase/functions/_shared/domain/ticket-event.ts";

const script = fileURLToPath(new URL("../../scripts/sign-webhook.mjs", import.meta.url));

async function run(...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command("node", { args: [script, ...args] })
    .output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

Deno.test("the signer prints a curl whose signature and event are accepted", async () => {
  const { code, stdout } = await run(
    ...["--secret", "whsec_do-not-show", "--concert", "tour_1", "--provider", "afisha"],
    ...["--quantity", "3", "--price", "99.9", "--status", "refunded", "--email", "fan@example.com"],
  );
  assert.equal(code, 0);
  assert.match(
    stdout,
    /^curl -X POST 'http:\/\/127\.0\.0\.1:54321\/functions\/v1\/tickets\/webhooks\/afisha'/,
  );
  assert.ok(!stdout.includes("whsec_do-not-show"));
  const header = /x-signature: ([^']+)'/.exec(stdout)?.[1] ?? "";
  const text = /-d '([^']+)'/.exec(stdout)?.[1] ?? "";
  const body = new TextEncoder().encode(text);
  assert.equal(await isSignedWith("whsec_do-not-show", { header, body }, new Date()), true);
  const event = ticketEventSchema.parse(JSON.parse(text));
  assert.deepEqual(
    [event.concert_id, event.quantity, event.unit_price, event.status, event.buyer_email],
    ["tour_1", 3, 99.9, "refunded", "fan@example.com"],
  );
});

Deno.test("asked for help the signer tells how it is used", async () => {
  for (const option of ["--help", "-h"]) {
    const { code, stdout, stderr } = await run(option);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /^Usage: .*--secret <webhook secret>/);
  }
});

Deno.test("without a secret, a concert or numbers the signer tells how it is used", async () => {
  const concert = ["--secret", "s", "--concert", "c"];
  for (const args of [[], ["--secret", "s"], [...concert, "--quantity", "x"], ["--what"]]) {
    const { code, stdout, stderr } = await run(...args);
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, /Usage: /);
  }
});
