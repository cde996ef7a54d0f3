import * as z from "zod/mini";
import {
  type Campaign,
  type CampaignDelivery,
  campaignStatuses,
  deliveryStatuses,
} from "../_shared/domain/campaign.ts";
import type { CampaignReport } from "./dispatch-campaigns.ts";

// What the routes answer, for the OpenAPI document and for the tests that hold the answers against it. Each schema
// is bound to the type it describes, so that neither can change alone.

const text = z.nullable(z.string());
const count = z.int().check(z.gte(0));
const instant = z.iso.datetime();
const time = z.nullable(instant);
const rate = z.nullable(z.number().check(z.gte(0)));

const campaign = z.strictObject({
  id: z.uuid(),
  legacy_id: text,
  artist_id: z.uuid(),
  concert_id: z.nullable(z.uuid()),
  subject: z.string(),
  content: z.string(),
  html_content: text,
  recipient_filter: z.partial(z.strictObject({
    concert_ids: z.array(z.string()),
    cities: z.array(z.string()),
    purchased_after: instant,
    purchased_before: instant,
  })),
  recipient_count: z.nullable(count),
  status: z.enum(campaignStatuses),
  scheduled_for: time,
  send_before: time,
  sent_at: time,
  delivery_started_at: time,
  delivery_completed_at: time,
  emails_sent: count,
  emails_delivered: count,
  emails_opened: count,
  emails_clicked: count,
  emails_bounced: count,
  emails_complained: count,
  open_rate: rate,
  click_rate: rate,
  bounce_rate: rate,
  error_message: text,
  created_at: instant,
  updated_at: instant,
}) satisfies z.ZodMiniType<Campaign>;

const delivery = z.strictObject({
  id: z.uuid(),
  position: count,
  address: z.string(),
  name: text,
  status: z.enum(deliveryStatuses),
  attempts: count,
  error_message: text,
  sent_at: time,
  delivered_at: time,
  opened_at: time,
  clicked_at: time,
  bounced_at: time,
  complained_at: time,
}) satisfies z.ZodMiniType<CampaignDelivery>;

export const answerSchemas = {
  Campaign: campaign,
  CampaignDelivery: delivery,
  CampaignPreview: z.strictObject({ subject: z.string(), text: z.string(), html: z.string() }),
  CampaignRecipients: z.strictObject({ count, sample: z.array(z.string()) }),
  CampaignReport: z.strictObject({
    claimed: count,
    sent: count,
    failed: count,
    remaining: count,
  }) satisfies z.ZodMiniType<CampaignReport>,
  TestMail: z.strictObject({ sent_to: z.string() }),
  Unsubscribed: z.strictObject({ unsubscribed: z.literal(true) }),
};
