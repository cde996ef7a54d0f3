import assert from "node:assert/strict";
import { deadline } from "deno-std/async/deadline.js";
import { delay } from "deno-std/async/delay.js";
import { TextLineStream } from "deno-std/streams/text_line_stream.js";
import type { LocalStack } from "../../local/stack.ts";
import type { UserCaller } from "../../supabase/functions/_shared/auth/caller.ts";
import { openDatabase } from "../../supabase/functions/_shared/database/open-database.ts";
import type { StorageMode } from "../../supabase/functions/_shared/database/types.ts";
import { resolveEnvironment } from "../../supabase/functions/_shared/environment.ts";
import { signIn } from "../support/caller-tokens.ts";
import { type MailProvider, startMailProvider } from "../support/mail-provider.ts";
import { startTestStack } from "../support/test-stack.ts";

const recipients = 2000;
const kills = 20;
const batchSize = 20;

/** Milliseconds for what is left when nobody is killed any more: far more than it takes. */
const patience = 120_000;

for (const mode of ["sql", "kv"] as const) {
  Deno.test({
    name: `${mode}: a worker killed ${kills} times mails each of ${recipients} recipients once`,
    // The stack's connections outlive what opens them.
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const stack = await startTestStack({ storageMode: mode });
      const provider = startMailProvider();
      // Long enough that a kill often falls between the sending and the writing down.
      provider.delays = () => ({ before: Math.random() * 30, after: Math.random() * 60 });
      try {
        await mailThroughKills(stack, provider, mode);
      } finally {
        await provider.close();
        await stack.close();
      }
    },
  });
}

async function mailThroughKills(stack: LocalStack, provider: MailProvider, mode: StorageMode) {
  const backend = await openDatabase(
    resolveEnvironment({ ...stack.environment, STORAGE_MODE: mode }),
  );
  const artist: UserCaller = { kind: "user", isModerator: false, ...await signIn(stack) };
  const { campaigns, concerts } = backend.open(artist);
  const { id: concertId } = await concerts.create({ title: "Большой концерт" });
  const addresses = Array.from({ length: recipients }, (_, i) => `buyer${i}@example.com`);
  await sellTo(stack, mode, artist.id, concertId, addresses);
  const { id } = await campaigns.create({ subject: "Тема", content: "Текст" });
  const { value } = await campaigns.send(id, null);
  assert.equal(value.recipient_count, recipients);

  let worker = startWorker(stack, provider, mode);
  for (let kill = 0; kill < kills; kill++) {
    await worker.ready;
    // Every other one dies with a batch at the provider, however slow the machine is.
    if (kill % 2 === 0) await delay(Math.random() * 300);
    else await deadline(nextRequest(provider), patience, {}).then(() => delay(Math.random() * 60));
    worker.child.kill("SIGKILL");
    const { signal } = await worker.child.status;
    assert.equal(signal, "SIGKILL", "killed in the middle of it");
    worker = startWorker(stack, provider, mode);
  }
  const { code } = await deadline(worker.child.status, patience, {}).catch((error) => {
    worker.child.kill("SIGKILL");
    throw error;
  });
  assert.equal(code, 0);

  const mailed = provider.sent.flatMap(({ to }) => to);
  assert.equal(new Set(mailed).size, recipients, "nobody is left out");
  assert.equal(mailed.length, recipients, "nobody is mailed twice");
  const after = await campaigns.find(id);
  assert.deepEqual([after.status, after.emails_sent], ["sent", recipients]);
  for await (const delivery of deliveriesOf(id)) assert.equal(delivery.status, "sent");
  console.log(
    `${mode}: a provider without idempotency keys would have sent ${provider.repeated} messages twice in ` +
      `${kills} kills, ${batchSize} a kill at most`,
  );
  assert.ok(provider.repeated > 0, "no kill fell into a batch: the test proves nothing");
  assert.ok(provider.repeated <= kills * batchSize);

  async function* deliveriesOf(campaignId: string) {
    let page = await campaigns.listDeliveries(campaignId, { status: null }, {
      limit: 100,
      after: null,
    });
    while (true) {
      yield* page.items;
      if (!page.next) return;
      page = await campaigns.listDeliveries(campaignId, { status: null }, {
        limit: 100,
        after: page.next,
      });
    }
  }
}

function startWorker(stack: LocalStack, { url, apiKey }: MailProvider, mode: StorageMode) {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--allow-all",
      "--no-check",
      new URL("../support/campaign-worker.ts", import.meta.url).href,
      "1",
    ],
    env: {
      ...stack.environment,
      STORAGE_MODE: mode,
      EMAIL_TRANSPORT: "resend",
      RESEND_URL: url,
      RESEND_API_KEY: apiKey,
      MAIL_FROM: "mail@promo.example",
      MAIL_BATCH_SIZE: String(batchSize),
    },
    stdout: "piped",
  }).spawn();
  return { child, ready: firstLineOf(child.stdout) };
}

/** Waits until the provider is asked again. */
async function nextRequest({ keys }: MailProvider): Promise<void> {
  const before = keys.length;
  while (keys.length === before) await delay(5);
}

async function firstLineOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
  const lines = stream.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream())
    .getReader();
  const { value } = await lines.read();
  assert.equal(value, "ready");
}

/** By SQL: so many requests would take longer than what is tested. */
async function sellTo(
  stack: LocalStack,
  mode: StorageMode,
  artistId: string,
  concertId: string,
  addresses: string[],
): Promise<void> {
  await stack.sql(
    mode === "sql"
      ? `insert into public.ticket_sales
           (concert_id, artist_id, quantity, unit_price, total_amount, net_amount, status, buyer_email)
         select $1::uuid, $2::uuid, 1, 100, 100, 100, 'confirmed', address
         from jsonb_array_elements_text($3::text::jsonb) as address`
      : `insert into public.kv_store_84730125 (key, value)
         select 'ticket_sale:' || $1::text || ':sale_' || place, jsonb_build_object(
           'id', 'sale_' || place, 'concertId', $1::text, 'artistId', $2::text, 'provider', 'manual',
           'quantity', 1, 'price', 100, 'totalAmount', 100, 'commission', 0, 'netAmount', 100,
           'buyerEmail', address, 'status', 'confirmed', 'purchasedAt', '2026-01-01T00:00:00Z'
         )
         from jsonb_array_elements_text($3::text::jsonb) with ordinality as buyers (address, place)`,
    [concertId, artistId, JSON.stringify(addresses)],
  );
}
