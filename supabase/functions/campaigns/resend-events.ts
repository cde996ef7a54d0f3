import * as z from "zod/mini";
import type { MailEvent, MailEventKind } from "../_shared/domain/campaign.ts";
import { Refusal } from "../_shared/domain/refusal.ts";
import type { RawRequest } from "../_shared/http/route.ts";
import { parseInput } from "../_shared/http/validation.ts";

/** What the provider sends, as far as it matters here. */
export const resendEventSchema = z.object({
  type: z.string(),
  created_at: z.string(),
  data: z.object({
    email_id: z.optional(z.string()),
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
  const happened = new Date(created_at);
  return {
    reference: referenceIn(data.tags),
    provider_message_id: data.email_id ?? null,
    kind,
    happened_at: (Number.isNaN(happened.getTime()) ? new Date() : happened).toISOString(),
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

/** The provider brings tags back as an object, and once did so as the list they were given as. */
function referenceIn(tags: unknown): string | null {
  const list: unknown = Array.isArray(tags)
    ? tags.find((tag) => Object(tag).name === "reference")?.value
    : Object(tags).reference;
  return typeof list === "string" ? list : null;
}
