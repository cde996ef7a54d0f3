import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { isSignedWith } from "../../supabase/functions/_shared/credentials/webhook-signature.ts";
import { ticketEventSchema } from "../../supabase/functions/_shared/domain/ticket-event.ts";

const script = fileURLToPath(new URL("../../scripts/sign-webhook.mjs", import.meta.url));

/** Runs the signer as in a checkout of its own: what a stack was started with here is none of its business. */
async function run(...args: string[]) {
  return await runWith({}, ...args);
}

async function runWith(
  { envFile, PORT = "" }: { envFile?: string; PORT?: string },
  ...args: string[]
) {
  const checkout = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${checkout}/scripts`);
    await Deno.copyFile(script, `${checkout}/scripts/sign-webhook.mjs`);
    if (envFile) await Deno.writeTextFile(`${checkout}/.env.local`, envFile);
    return await runIn(checkout, PORT, args);
  } finally {
    await Deno.remove(checkout, { recursive: true });
  }
}

async function runIn(checkout: string, PORT: string, args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command("node", {
    args: [`${checkout}/scripts/sign-webhook.mjs`, ...args],
    env: { PORT },
  }).output();
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

Deno.test("the signer sends to where the stack is: as told, by PORT, by what it was started with", async () => {
  const started = "MINE=kept\nSUPABASE_URL=http://127.0.0.1:8001\nSTORAGE_MODE=kv\n";
  const url = ["--url", "https://project.supabase.co/"];
  const cases: [settings: { envFile?: string; PORT?: string }, args: string[], origin: string][] = [
    [{}, [], "http://127.0.0.1:54321"],
    [{ envFile: started }, [], "http://127.0.0.1:8001"],
    [{ envFile: started, PORT: "8000" }, [], "http://127.0.0.1:8000"],
    [{ PORT: "8000" }, [], "http://127.0.0.1:8000"],
    // Any free port: which one it was stands in the file.
    [{ envFile: started, PORT: "0" }, [], "http://127.0.0.1:8001"],
    [{ envFile: started, PORT: "8000" }, url, "https://project.supabase.co"],
  ];
  for (const [settings, args, origin] of cases) {
    const { stdout } = await runWith(settings, "--secret", "s", "--concert", "c", ...args);
    assert.ok(stdout.startsWith(`curl -X POST '${origin}/functions/v1/tickets/`), stdout);
  }
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
