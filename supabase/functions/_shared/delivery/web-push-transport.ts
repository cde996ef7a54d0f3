import { buildPushPayload } from "@block65/webcrypto-web-push";
import { isPushEndpoint } from "../domain/push-subscription.ts";
import type { PushSettings } from "./push-settings.ts";
import type { PushMessage, PushOutcome, PushTransport } from "./push-transport.ts";

/** Milliseconds. */
const timeout = 10_000;

/** For how long a push service keeps a message for a browser that is away, in seconds. */
const timeToLive = 24 * 60 * 60;

/** A push service takes 3,993 bytes at most; titles and links have their own bounds. */
const largestBody = 2000;
const largestTitle = 500;

/**
 * Web Push: messages encrypted for the browser (RFC 8291) and signed with the project's VAPID key (RFC 8292).
 *
 * The page's service worker gets `{"id", "title", "body", "link"}`.
 *
 * @param post sends the request; tests put a push service of their own behind it
 */
export function createWebPushTransport(
  { vapid }: Extract<PushSettings, { transport: "webpush" }>,
  post: typeof fetch = fetch,
): PushTransport {
  return {
    name: "webpush",
    async send(message) {
      const { endpoint, keys } = message.to;
      // What the rules of today would not take in may have been taken in before them.
      if (!isPushEndpoint(endpoint)) return refused("Адрес push-уведомлений не подходит", true);
      let request: Awaited<ReturnType<typeof buildPushPayload>>;
      try {
        request = await buildPushPayload(
          {
            data: contentOf(message),
            options: { ttl: timeToLive, topic: topicOf(message.id), urgency: "normal" },
          },
          { endpoint, keys, expirationTime: null },
          vapid,
        );
      } catch {
        // The keys are the browser's: nothing that is sent to it could be read.
        return refused("Ключи push-подписки не подходят", true);
      }
      return await deliver(endpoint, request, post);
    },
  };
}

async function deliver(
  endpoint: string,
  { method, headers, body }: Awaited<ReturnType<typeof buildPushPayload>>,
  post: typeof fetch,
): Promise<PushOutcome> {
  const { host } = new URL(endpoint);
  let status: number;
  try {
    const response = await post(endpoint, {
      method,
      headers,
      body: new Uint8Array(body),
      // Another address would be one that nobody has checked.
      redirect: "manual",
      signal: AbortSignal.timeout(timeout),
    });
    await response.body?.cancel();
    status = response.status;
  } catch {
    return refused(`Сервис push-уведомлений ${host} не отвечает`, false);
  }
  if (status >= 200 && status < 300) return { accepted: true };
  const reason = `Сервис push-уведомлений ${host} ответил: ${status}`;
  // RFC 8030: the subscription has expired or was cancelled.
  if (status === 404 || status === 410) return refused(reason, true);
  const isTemporary = status === 408 || status === 425 || status === 429 || status >= 500;
  return { accepted: false, reason, permanent: !isTemporary, gone: false };
}

/** @param isGone also: the subscription can never be used */
function refused(reason: string, isGone: boolean): PushOutcome {
  return { accepted: false, reason, permanent: isGone, gone: isGone };
}

function contentOf({ id, title, body, link }: PushMessage): string {
  return JSON.stringify({
    id,
    title: cut(title, largestTitle),
    body: cut(body, largestBody),
    link: link !== null && bytesOf(link) <= 1000 ? link : null,
  });
}

/** At most `bytes` of the text's JSON, whole characters. */
function cut(text: string, bytes: number): string {
  if (bytesOf(text) <= bytes) return text;
  let kept = "";
  let length = 0;
  for (const character of text) {
    length += bytesOf(character);
    if (length > bytes - 3) break;
    kept += character;
  }
  return `${kept}…`;
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(JSON.stringify(text)).length - 2;
}

/** A push service replaces a message that waits by the next of the same topic: at most 32 letters of base64url. */
function topicOf(id: string): string {
  return id.replaceAll("-", "").slice(0, 32);
}
