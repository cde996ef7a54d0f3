import type { Campaign, CampaignDelivery } from "../../domain/campaign.ts";
import type { CampaignConcert, CampaignMaterial } from "../../domain/campaign-mail.ts";
import { instant, nullableInstant, nullableNumber } from "./rows.ts";

type Numeric = number | string;

/** A campaign as the Data API sends it. */
export interface CampaignRow extends Omit<Campaign, "open_rate" | "click_rate" | "bounce_rate"> {
  open_rate: Numeric | null;
  click_rate: Numeric | null;
  bounce_rate: Numeric | null;
}

export interface MaterialRow {
  campaign: CampaignRow;
  artist_name: string | null;
  concert: CampaignConcert | null;
}

export const campaignColumns = [
  "id",
  "legacy_id",
  "artist_id",
  "concert_id",
  "subject",
  "content",
  "html_content",
  "recipient_filter",
  "recipient_count",
  "status",
  "scheduled_for",
  "send_before",
  "sent_at",
  "delivery_started_at",
  "delivery_completed_at",
  "emails_sent",
  "emails_delivered",
  "emails_opened",
  "emails_clicked",
  "emails_bounced",
  "emails_complained",
  "open_rate",
  "click_rate",
  "bounce_rate",
  "error_message",
  "created_at",
  "updated_at",
] as const satisfies readonly (keyof Campaign)[];

export function campaignFrom(row: CampaignRow): Campaign {
  return {
    id: row.id,
    legacy_id: row.legacy_id,
    artist_id: row.artist_id,
    concert_id: row.concert_id,
    subject: row.subject,
    content: row.content,
    html_content: row.html_content,
    recipient_filter: row.recipient_filter,
    recipient_count: row.recipient_count,
    status: row.status,
    scheduled_for: nullableInstant(row.scheduled_for),
    send_before: nullableInstant(row.send_before),
    sent_at: nullableInstant(row.sent_at),
    delivery_started_at: nullableInstant(row.delivery_started_at),
    delivery_completed_at: nullableInstant(row.delivery_completed_at),
    emails_sent: row.emails_sent,
    emails_delivered: row.emails_delivered,
    emails_opened: row.emails_opened,
    emails_clicked: row.emails_clicked,
    emails_bounced: row.emails_bounced,
    emails_complained: row.emails_complained,
    open_rate: nullableNumber(row.open_rate),
    click_rate: nullableNumber(row.click_rate),
    bounce_rate: nullableNumber(row.bounce_rate),
    error_message: row.error_message,
    created_at: instant(row.created_at),
    updated_at: instant(row.updated_at),
  };
}

export function materialFrom({ campaign, artist_name, concert }: MaterialRow): CampaignMaterial {
  return {
    campaign: campaignFrom(campaign),
    artist_name,
    concert: concert && { ...concert, event_time: concert.event_time?.slice(0, 5) ?? null },
  };
}

export function deliveryFrom(row: CampaignDelivery): CampaignDelivery {
  return {
    id: row.id,
    position: row.position,
    address: row.address,
    name: row.name,
    status: row.status,
    attempts: row.attempts,
    error_message: row.error_message,
    sent_at: nullableInstant(row.sent_at),
    delivered_at: nullableInstant(row.delivered_at),
    opened_at: nullableInstant(row.opened_at),
    clicked_at: nullableInstant(row.clicked_at),
    bounced_at: nullableInstant(row.bounced_at),
    complained_at: nullableInstant(row.complained_at),
  };
}
