import * as z from "zod/mini";
import { line } from "./text.ts";

/** Where a browser is reached by Web Push, as its `PushSubscription` says. */
export interface PushSubscription {
  endpoint: string;
  keys: {
    /** The browser's public key, P-256 uncompressed, base64url. */
    p256dh: string;
    /** 16 bytes, base64url. */
    auth: string;
  };
}

/** A person has at most this many; the oldest goes when there is another. Browsers leave dead ones behind. */
export const maximumPushSubscriptions = 10;

const endpoint = line(1, 2000).check(
  z.refine(isPushEndpoint, { error: "Нужен https-адрес службы push-уведомлений" }),
);

export const pushSubscriptionSchema = z.strictObject({
  endpoint,
  /** Part of what browsers give; nobody uses it. */
  expirationTime: z.optional(z.nullable(z.number())),
  keys: z.strictObject({
    p256dh: z.string().check(
      z.refine((text) => isPublicKey(text), { error: "Недопустимый ключ" }),
    ),
    auth: z.string().check(
      z.refine((text) => bytesOf(text)?.length === 16, { error: "Недопустимый ключ" }),
    ),
  }),
});
export const pushEndpointSchema = z.strictObject({ endpoint: line(1, 2000) });

/**
 * Whether messages may be posted to `text`: the https address of a public host, at its usual port. Whoever subscribes
 * chooses where we send requests, which must not be to what only we can reach.
 */
export function isPushEndpoint(text: string): boolean {
  const url = URL.parse(text);
  if (url?.protocol !== "https:" || url.username !== "" || url.password !== "") return false;
  const { hostname, port } = url;
  // A host by its address rather than its name; the parser has made all spellings of IPv4 into one.
  if (hostname.startsWith("[") || /^[\d.]+$/.test(hostname)) return false;
  return port === "" && /\.[a-z][a-z0-9-]*$/i.test(hostname) &&
    !/(^|\.)(localhost|local|internal|lan|home|corp|arpa|onion)$/i.test(hostname);
}

function isPublicKey(text: string): boolean {
  const bytes = bytesOf(text);
  return bytes?.length === 65 && bytes[0] === 4;
}

/** The bytes of a base64 text in either alphabet; null when it is none. */
function bytesOf(text: string): Uint8Array | null {
  if (!/^[A-Za-z0-9_+/-]{1,200}={0,2}$/.test(text)) return null;
  try {
    return Uint8Array.from(
      atob(text.replaceAll("-", "+").replaceAll("_", "/").replace(/=+$/, "")),
      (character) => character.charCodeAt(0),
    );
  } catch {
    return null;
  }
}
