import * as z from "zod/mini";
import { parseMailbox } from "../_shared/delivery/mailbox.ts";
import type { MailEvent, MailEventKind } from "../_shared/domain/campaign.ts";
import { Refusal } from "../_shared/domain/refusal.ts";
import { isUuid } from "../_shared/domain/uuid.ts";
import type { RawRequest } from "../_shared/http/route.ts";
import { parseInput } from "../_shared/http/validation.ts";

/** What the provider sends, as far as it matters here. */
export const resendEventSchema = z.object({
  type: z.string(),
  created_at: z.string(),
  data: z.object({
    email_id: z.optional(z.string()),
    to: z.optional(z.unknown()),
    tags: z.optional(z.unknown()),
    bounce: z.optional(z.object({ type: z.optional(z.string()) })),
  }),
});

const kinds: Record<string, MailEventKind> = {
  "email.delivered": "delivered",
  "email.opened": "opened",
  "email.clicked": "clicked",
  "email.bounced": "bounced",
  "email.complained": "complained",
};

/**
 * The event that a signed request tells; null for one that does not matter.
 *
 * Throws `unauthorized` unless the signature is good and not older than five minutes, `validation_failed`.
 */
export async function readResendEvent(raw: RawRequest, secret: string): Promise<MailEvent | null> {
  const body = await verified(raw, secret);
  const { type, created_at, data } = parseInput(resendEventSchema, body);
  const kind = Object.hasOwn(kinds, type) ? kinds[type] : null;
  if (kind === null) return null;
  const { email_id: messageId = "" } = data;
  return {
    reference: tagIn(data.tags, "reference"),
    provider_message_id: /^[!-~]{1,255}$/.test(messageId) ? messageId : null,
    recipient: recipientOf(data),
    kind,
    happened_at: instantIn(created_at) ?? new Date().toISOString(),
    is_permanent: data.bounce?.type === "Permanent",
  };
}

async function verified(raw: RawRequest, secret: string): Promise<unknown> {
  const { Webhook } = await import("standardwebhooks");
  const headers: Record<string, string> = {};
  for (const name of ["id", "timestamp", "signature"]) {
    headers[`webhook-${name}`] = raw.header(`svix-${name}`) ?? "";
  }
  const text = new TextDecoder().decode(raw.body);
  try {
    new Webhook(secret).verify(text, headers, { jsonParse: false });
  } catch (error) {
    throw new Refusal("unauthorized", [], { cause: error });
  }
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function instantIn(text: string): string | null {
  const instant = new Date(text);
  // The stores know years of four digits.
  return /^\d{4}-/.test(text) && !Number.isNaN(instant.getTime()) ? instant.toISOString() : null;
}

function recipientOf({ to, tags }: { to?: unknown; tags?: unknown }): MailEvent["recipient"] {
  const artist_id = tagIn(tags, "artist");
  const [first]: unknown[] = Array.isArray(to) ? to : [to];
  const mailbox = typeof first === "string" ? parseMailbox(first) : null;
  if (artist_id === null || !isUuid(artist_id) || mailbox === null) return null;
  return { artist_id, address: mailbox.address.toLowerCase() };
}

/** The provider brings tags back as an object, and once did so as the list they were given as. */
function tagIn(tags: unknown, name: string): string | null {
  const value: unknown = Array.isArray(tags)
    ? tags.find((tag) => Object(tag).name === name)?.value
    : Object(tags)[name];
  return typeof value === "string" && /^[\w-]{1,256}$/.test(value) ? value : null;
}
