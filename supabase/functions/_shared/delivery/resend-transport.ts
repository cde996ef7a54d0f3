import { chunk } from "deno-std/collections/chunk.js";
import type { MailSettings } from "./mail-settings.ts";
import { formatMailbox, headerText } from "./mailbox.ts";
import {
  type Mail,
  type MailOutcome,
  MailProviderError,
  type MailTransport,
} from "./mail-transport.ts";

/** What the batch endpoint takes at once. */
const largestBatch = 100;
const timeout = 30_000;

/** Mail through an HTTP API that speaks as Resend does: `POST /emails/batch` with an `Idempotency-Key`. */
export function createResendTransport(
  { url, apiKey, from }: Extract<MailSettings, { transport: "resend" }>,
): MailTransport {
  const endpoint = `${url.href.replace(/\/$/, "")}/emails/batch`;
  return {
    name: "resend",
    sender: from,
    async send(mails, idempotencyKey) {
      const outcomes: MailOutcome[] = [];
      for (const [index, part] of chunk(mails, largestBatch).entries()) {
        // Each part has a key of its own, the same when the whole is tried again.
        const key = index === 0 ? idempotencyKey : `${idempotencyKey}/${index}`;
        outcomes.push(...outcomesOf(await post(endpoint, apiKey, part, key), part.length));
      }
      return outcomes;
    },
  };
}

/** What the endpoint answers. */
interface BatchAnswer {
  /** Of the messages taken, in their order. */
  data?: { id?: string }[];
  /** Of the others; `index` is the place in the batch. */
  errors?: { index: number; message: string }[];
}

async function post(
  endpoint: string,
  apiKey: string,
  mails: readonly Mail[],
  idempotencyKey: string,
): Promise<BatchAnswer> {
  let response: Response;
  let body: unknown;
  try {
    response = await fetch(endpoint, {
      method: "POST",
      headers: {
        authorization: `Bearer ${apiKey}`,
        "content-type": "application/json",
        "idempotency-key": idempotencyKey,
        // One address the provider will not have must not keep the others from their mail.
        "x-batch-validation": "permissive",
      },
      body: JSON.stringify(mails.map(emailOf)),
      signal: AbortSignal.timeout(timeout),
    });
    body = await jsonOf(response);
  } catch (error) {
    throw new MailProviderError("The mail provider cannot be reached", { cause: error });
  }
  if (response.ok) return Object(body) as BatchAnswer;
  const { name, message } = Object(body) as { name?: unknown; message?: unknown };
  // The key was used with other words: the provider has the batch, as it was before its campaign was edited.
  if (name === "invalid_idempotent_request") return {};
  const said = typeof message === "string" ? `: ${headerText(message).slice(0, 300)}` : "";
  throw new MailProviderError(`The mail provider answered ${response.status}${said}`);
}

function outcomesOf({ data = [], errors = [] }: BatchAnswer, count: number): MailOutcome[] {
  const reasons = new Map(errors.map(({ index, message }) => [index, message]));
  const ids = data.values();
  return Array.from({ length: count }, (_, index) => {
    const reason = reasons.get(index);
    if (reason !== undefined) {
      return { accepted: false, reason: headerText(reason).slice(0, 300), permanent: true };
    }
    return { accepted: true, providerMessageId: ids.next().value?.id ?? null };
  });
}

function emailOf({ to, from, subject, text, html, headers, reference }: Mail) {
  return {
    from: formatMailbox(from),
    to: [formatMailbox(to)],
    subject: headerText(subject),
    text,
    ...(html === null ? {} : { html }),
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, headerText(value)]),
    ),
    ...(reference === undefined ? {} : { tags: [{ name: "reference", value: reference }] }),
  };
}

async function jsonOf(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
