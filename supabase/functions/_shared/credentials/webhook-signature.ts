import { timingSafeEqual } from "deno-std/crypto/timing_safe_equal.js";
import { decodeHex } from "deno-std/encoding/hex.js";

/** How far a signature's time may be from now, either way, in seconds: what is older may have been overheard. */
const tolerance = 300;

/** More than a sender needs while it changes its secret. */
const maximumSignatures = 10;

/** What a sender says of a message: when it was signed, and by which signatures. */
interface Signature {
  /** Seconds since 1970, as sent. */
  time: string;
  signatures: Uint8Array<ArrayBuffer>[];
}

/**
 * Whether `header`, `t=<unix>,v1=<hex>`, holds an HMAC-SHA256 of `<t>.<body>` made with `secret` at most five minutes
 * before or after `now`. One good signature among several is enough.
 */
export async function isSignedWith(
  secret: string,
  { header, body }: { header: string; body: Uint8Array<ArrayBuffer> },
  now: Date,
): Promise<boolean> {
  const signature = readSignature(header);
  if (signature === null) return false;
  if (Math.abs(now.getTime() / 1000 - Number(signature.time)) > tolerance) return false;
  const expected = await hmacOf(secret, signature.time, body);
  // Every one is compared, whether or not one has matched, so that the time taken tells nothing.
  return signature.signatures.map((one) => timingSafeEqual(one, expected)).includes(true);
}

/** Null for what is no signature. */
export function readSignature(header: string): Signature | null {
  const times: string[] = [];
  const signatures: Uint8Array<ArrayBuffer>[] = [];
  for (const part of header.split(",")) {
    const [, name, value] = /^\s*(t|v1)=([0-9a-fA-F]{1,64})\s*$/.exec(part) ?? [];
    if (name === "t") times.push(value);
    if (name === "v1" && value.length === 64) signatures.push(decodeHex(value));
  }
  const isSignature = times.length === 1 && /^\d{1,12}$/.test(times[0]) &&
    signatures.length >= 1 && signatures.length <= maximumSignatures;
  return isSignature ? { time: times[0], signatures } : null;
}

async function hmacOf(
  secret: string,
  time: string,
  body: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  const key = await crypto.subtle.importKey(
    "raw",
    encoder.encode(secret),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  const prefix = encoder.encode(`${time}.`);
  const signed = new Uint8Array(prefix.length + body.length);
  signed.set(prefix);
  signed.set(body, prefix.length);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, signed));
}
