import { chunk } from "deno-std/collections/chunk.js";
import * as z from "zod/mini";
import type { MailSettings } from "./mail-settings.ts";
import { formatMailbox, headerText } from "./mailbox.ts";
import {
  failureOf,
  type Mail,
  type MailFailure,
  type MailOutcome,
  MailProviderError,
  type MailTransport,
  refusalReason,
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
    knowsKeys: true,
    async send(mails, idempotencyKey) {
      const outcomes: MailOutcome[] = [];
      for (const [index, part] of chunk(mails, largestBatch).entries()) {
        // Each part has a key of its own, the same when the whole is tried again.
        const key = index === 0 ? idempotencyKey : `${idempotencyKey}/${index}`;
        try {
          outcomes.push(...await sendPart(endpoint, apiKey, part, key));
        } catch (error) {
          if (index === 0 || !(error instanceof MailProviderError)) throw error;
          // Of the whole something has been taken, whatever became of this part.
          throw new MailProviderError(error.message, "unknown", error.status, { cause: error });
        }
      }
      return outcomes;
    },
  };
}

async function sendPart(
  endpoint: string,
  apiKey: string,
  mails: readonly Mail[],
  idempotencyKey: string,
): Promise<MailOutcome[]> {
  /** A provider may well quote what it was given. */
  const withoutKey = (text: string) => headerText(text).replaceAll(apiKey, "***").slice(0, 300);
  let response: Response;
  let text: string;
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
    text = await response.text();
  } catch (error) {
    throw new MailProviderError("The mail provider cannot be reached", "unknown", null, {
      cause: error,
    });
  }
  const { status } = response;
  const body = jsonOf(text);
  if (!response.ok) {
    const { message } = Object(body) as { message?: unknown };
    const said = typeof message === "string" ? `: ${withoutKey(message)}` : "";
    const failure = failureOfAnswer(status, text, body);
    throw new MailProviderError(`The mail provider answered ${status}${said}`, failure, status);
  }
  const answer = batchAnswerSchema.safeParse(body);
  const { data, errors = [] } = answer.data ?? { data: [] };
  const reasons = new Map(errors.map(({ index, message }) => [index, message]));
  const isAboutAll = [...reasons.keys()].every((index) => index < mails.length) &&
    data.length + reasons.size === mails.length;
  if (!answer.success || !isAboutAll) {
    throw new MailProviderError(
      `The mail provider answered ${status} with what is no answer to a batch`,
      "unknown",
      status,
    );
  }
  const taken = data.values();
  return mails.map((_, index) => {
    const reason = reasons.get(index);
    return reason === undefined
      ? { accepted: true, providerMessageId: storableId(taken.next().value?.id) }
      : { accepted: false, reason: refusalReason(withoutKey(reason)), permanent: true };
  });
}

/**
 * What an answer other than success tells. That it will not have the words is only for the API to say, in its own
 * shape: the gateways before it have pages for 400 and 422, too. And whatever speaks of the key, by the names and in the
 * fields of those who speak as Resend does, may be about words that were taken under it.
 */
function failureOfAnswer(status: number, text: string, body: unknown): MailFailure {
  const { name, message } = Object(body) as { name?: unknown; message?: unknown };
  if (name === "invalid_idempotent_request") return "key_used";
  if (/idempoten/i.test(text)) return "unknown";
  const isOfTheApi = typeof name === "string" && typeof message === "string";
  if ((status === 400 || status === 422) && !isOfTheApi) return "unknown";
  return failureOf(status);
}

/** What the endpoint answers. */
const batchAnswerSchema = z.object({
  /** Of the messages taken, in their order. */
  data: z.array(z.object({ id: z.optional(z.unknown()) })),
  /** Of the others; `index` is the place in the batch. */
  errors: z.optional(z.array(z.object({ index: z.int().check(z.gte(0)), message: z.string() }))),
});

function storableId(id: unknown): string | null {
  return typeof id === "string" && /^[!-~]{1,255}$/.test(id) ? id : null;
}

function emailOf({ to, from, subject, text, html, headers, tags }: Mail) {
  return {
    from: formatMailbox(from),
    to: [formatMailbox(to)],
    subject: headerText(subject),
    text,
    ...(html === null ? {} : { html }),
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, headerText(value)]),
    ),
    ...(tags === undefined
      ? {}
      : { tags: Object.entries(tags).map(([name, value]) => ({ name, value })) }),
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
