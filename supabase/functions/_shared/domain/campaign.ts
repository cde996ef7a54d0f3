import * as z from "zod/mini";
import { instantText } from "./instant.ts";
import type { RefusalDetail } from "./refusal.ts";
import { line, multilineText } from "./text.ts";

export const campaignStatuses = [
  "draft",
  "scheduled",
  "sending",
  "paused",
  "sent",
  "cancelled",
  "failed",
] as const;
export type CampaignStatus = typeof campaignStatuses[number];

/** Which buyers a campaign is for; what is not named does not matter. */
export interface RecipientFilter {
  /** Buyers of tickets for these concerts. */
  concert_ids?: string[];
  /** Buyers of tickets for concerts in these cities. */
  cities?: string[];
  /** Buyers since, this instant included. */
  purchased_after?: string;
  /** Buyers before, this instant excluded. */
  purchased_before?: string;
}

/** An e-mail campaign as its owner sees it. Instants in ISO 8601 UTC. */
export interface Campaign {
  id: string;
  /** The record's id in the old store, null for records made since. */
  legacy_id: string | null;
  artist_id: string;
  concert_id: string | null;
  subject: string;
  /** The text, from which the html is made when there is none. */
  content: string;
  html_content: string | null;
  recipient_filter: RecipientFilter;
  /** Known when sending has started; null: not even then, as of old campaigns, which made it up. */
  recipient_count: number | null;
  status: CampaignStatus;
  scheduled_for: string | null;
  /** Too late to send after this. */
  send_before: string | null;
  sent_at: string | null;
  delivery_started_at: string | null;
  delivery_completed_at: string | null;
  emails_sent: number;
  emails_delivered: number;
  emails_opened: number;
  emails_clicked: number;
  emails_bounced: number;
  emails_complained: number;
  /** Fractions of what was delivered (bounces: of what was sent); null until something was. */
  open_rate: number | null;
  click_rate: number | null;
  bounce_rate: number | null;
  /** Why it is paused or failed, for the artist. */
  error_message: string | null;
  created_at: string;
  updated_at: string;
}

const recipientFilterSchema = z.partial(z.strictObject({
  concert_ids: z.array(line(1, 100)).check(z.minLength(1), z.maxLength(100)),
  cities: z.array(line(1, 100)).check(z.minLength(1), z.maxLength(100)),
  purchased_after: instantText,
  purchased_before: instantText,
}));

/** The fields an artist writes. */
const editableFields = {
  concert_id: z.nullable(line(1, 100)),
  subject: line(1, 300),
  content: multilineText(50_000).check(z.minLength(1)),
  html_content: z.nullable(multilineText(100_000).check(z.minLength(1))),
  recipient_filter: recipientFilterSchema,
  send_before: z.nullable(instantText),
};

export const newCampaignSchema = z.extend(z.partial(z.strictObject(editableFields)), {
  subject: editableFields.subject,
  content: editableFields.content,
});
export type NewCampaign = z.infer<typeof newCampaignSchema>;

export const campaignChangesSchema = z.partial(z.strictObject(editableFields)).check(
  z.refine((changes) => Object.keys(changes).length > 0, { error: "Нечего менять" }),
);
export type CampaignChanges = z.infer<typeof campaignChangesSchema>;

export type CampaignAction = "schedule" | "send" | "pause" | "resume" | "cancel";

/** From which statuses each action is possible; decided on the campaign as it is at that moment. */
export const campaignTransitions: Record<CampaignAction, readonly CampaignStatus[]> = {
  schedule: ["draft", "scheduled"],
  send: ["draft", "scheduled"],
  pause: ["scheduled", "sending"],
  resume: ["paused", "failed"],
  cancel: ["draft", "scheduled", "sending", "paused", "failed"],
};

/** In which statuses an artist may edit. */
export const editableStatuses: readonly CampaignStatus[] = ["draft", "scheduled", "paused"];

/** Failures of the provider in a row after which a campaign is paused. */
export const toleratedProviderErrors = 3;

/** After so many attempts a message is given up. */
export const maximumDeliveryAttempts = 5;

/** Minutes after an attempt that failed for the moment until the next one; the SQL functions say the same. */
export const deliveryRetryMinutes: readonly number[] = [1, 5, 15, 60];

export const foreignConcertDetail: RefusalDetail = {
  path: "concert_id",
  message: "У вас нет такого концерта",
};
export const emptyAudienceDetail: RefusalDetail = {
  path: "recipient_filter",
  message: "Под эти условия не подходит ни один покупатель",
};
export const resolvedAudienceDetail: RefusalDetail = {
  path: "recipient_filter",
  message: "Отправка уже началась: получатели определены",
};
export const tooLateDetail: RefusalDetail = {
  path: "send_before",
  message: "Этот срок истекает раньше, чем начнётся отправка",
};

/** What the dispatcher writes into a campaign or delivery for the artist; the SQL functions say the same. */
export const campaignNotes = {
  noRecipients: "Нет получателей, подходящих под условия",
  nothingSent: "Никому не отправлено",
  cancelled: "Рассылка отменена",
  tooLate: "Срок отправки истёк",
  interrupted: "Отправка прервалась, и её срок истёк: неизвестно, дошло ли письмо",
  unsubscribed: "Получатель отписан",
  unusable: "Письма этой рассылки не удалось составить: проверьте её данные",
} as const;

export const deliveryStatuses = ["queued", "sending", "sent", "failed", "skipped"] as const;
export type DeliveryStatus = typeof deliveryStatuses[number];

/** One recipient of a campaign: what became of their message. */
export interface CampaignDelivery {
  id: string;
  /** The order of sending, from 1 on. */
  position: number;
  /** Lower case. */
  address: string;
  name: string | null;
  status: DeliveryStatus;
  attempts: number;
  /** What failed, or why it was skipped. */
  error_message: string | null;
  sent_at: string | null;
  delivered_at: string | null;
  opened_at: string | null;
  clicked_at: string | null;
  bounced_at: string | null;
  complained_at: string | null;
}

export type MailEventKind = "delivered" | "opened" | "clicked" | "bounced" | "complained";

/** What a provider tells of a message it took. */
export interface MailEvent {
  /** The delivery's reference, as it was given along; null when the provider does not bring it back. */
  reference: string | null;
  provider_message_id: string | null;
  /** On whose list it was sent and to whom, for when the campaign is deleted; null when the provider does not tell. */
  recipient: { artist_id: string; address: string } | null;
  kind: MailEventKind;
  happened_at: string;
  /** Of a bounce: the address will never take mail. */
  is_permanent: boolean;
}

export type SuppressionReason = "unsubscribed" | "hard_bounce" | "complaint";

/** Why nobody is mailed any more after such an event; null when they are. */
export function suppressionReason(
  { kind, is_permanent }: Pick<MailEvent, "kind" | "is_permanent">,
): SuppressionReason | null {
  if (kind === "complained") return "complaint";
  return kind === "bounced" && is_permanent ? "hard_bounce" : null;
}

/** An address nobody else recognises: `anna@example.com` → `a***@example.com`. */
export function maskAddress(address: string): string {
  const at = address.lastIndexOf("@");
  return `${address.slice(0, 1)}***${address.slice(at)}`;
}

/** Rates as the SQL schema generates them: fractions to four decimals, null until something was delivered. */
export function ratesOf(
  { emails_sent, emails_delivered, emails_opened, emails_clicked, emails_bounced }: Pick<
    Campaign,
    "emails_sent" | "emails_delivered" | "emails_opened" | "emails_clicked" | "emails_bounced"
  >,
): Pick<Campaign, "open_rate" | "click_rate" | "bounce_rate"> {
  const isDelivered = emails_delivered > 0;
  return {
    open_rate: isDelivered ? fraction(emails_opened, emails_delivered) : null,
    click_rate: isDelivered ? fraction(emails_clicked, emails_delivered) : null,
    bounce_rate: isDelivered && emails_sent > 0 ? fraction(emails_bounced, emails_sent) : null,
  };
}

function fraction(part: number, whole: number): number {
  return Math.round((part / whole) * 10_000) / 10_000;
}
