import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createCredentialCipher } from "../../supabase/functions/_shared/credentials/credential-cipher.ts";
import { WebhookSecrets } from "../../supabase/functions/_shared/credentials/webhook-secrets.ts";
import {
  isSignedWith,
  readSignature,
} from "../../supabase/functions/_shared/credentials/webhook-signature.ts";

const now = new Date("2026-11-22T12:00:00.000Z");
const seconds = now.getTime() / 1000;
const body = new TextEncoder().encode('{"event_id":"1"}');

/** By Node's own HMAC, which ours has to agree with. */
function signed(time: number | string, secret = "secret", of = body): string {
  return createHmac("sha256", secret).update(`${time}.`).update(of).digest("hex");
}

Deno.test("a signature is good for five minutes, either way", async () => {
  const ages: [number, boolean][] = [[0, true], [300, true], [-300, true], [301, false], [
    -301,
    false,
  ]];
  for (const [age, isGood] of ages) {
    const time = seconds - age;
    const header = `t=${time},v1=${signed(time)}`;
    assert.equal(await isSignedWith("secret", { header, body }, now), isGood, `${age} s`);
  }
});

Deno.test("any of several signatures will do, none of another secret, time or body", async () => {
  const good = signed(seconds);
  const bad = signed(seconds, "another");
  const is = (header: string, of = body) => isSignedWith("secret", { header, body: of }, now);
  assert.equal(await is(`t=${seconds},v1=${bad},v1=${good}`), true);
  assert.equal(await is(`v1=${good},t=${seconds}`), true);
  assert.equal(await is(`t=${seconds},v1=${bad}`), false);
  assert.equal(await is(`t=${seconds + 1},v1=${good}`), false);
  assert.equal(await is(`t=${seconds},v1=${good}`, new TextEncoder().encode("{}")), false);
  const zeros = String(seconds).padStart(12, "0");
  assert.equal(await is(`t=${zeros},v1=${good}`), false, "the time is signed as it is written");
  assert.equal(await is(`t=${zeros},v1=${signed(zeros)}`), true);
});

Deno.test("what is no signature is not taken for one", () => {
  const good = signed(seconds);
  const headers = [
    "",
    "t=1",
    `v1=${good}`,
    `t=,v1=${good}`,
    `t=1e9,v1=${good}`,
    `t=-1,v1=${good}`,
    `t=1,t=1,v1=${good}`,
    "t=1,v1=",
    `t=1,v1=${good}0`,
    `t=1,v1=${good.slice(2)}`,
    `t=1,v1=${"я".repeat(64)}`,
    `t=1;v1=${good}`,
    `t=1${`,v1=${good}`.repeat(11)}`,
  ];
  for (const header of headers) assert.equal(readSignature(header), null, header);
});

Deno.test("a secret is looked up once a minute, and at once when it does not fit", async () => {
  const cipher = createCredentialCipher(new Uint8Array(32).fill(3));
  const secrets = new WebhookSecrets(cipher);
  let lookups = 0;
  let secret = "first";
  const find = async () => {
    lookups++;
    const place = { artistId: "former", providerId: "kassir", field: "webhook_secret" } as const;
    return {
      artist_ids: ["artist", "former"],
      webhook_secret_encrypted: await cipher.encrypt(secret, place),
    };
  };
  const message = (by: string) => {
    const time = Math.floor(Date.now() / 1000);
    const header = `t=${time},v1=${signed(time, by)}`;
    return { providerId: "kassir", concertId: "concert", header, body };
  };
  assert.equal(await secrets.isGenuine(message("first"), find), true);
  assert.equal(await secrets.isGenuine(message("first"), find), true);
  assert.equal(lookups, 1, "remembered");
  secret = "second";
  assert.equal(await secrets.isGenuine(message("second"), find), true);
  assert.equal(lookups, 2);
  assert.equal(await secrets.isGenuine(message("forged"), find), false);
  assert.equal(await secrets.isGenuine(message("forged"), () => Promise.resolve(null)), false);
});
