import type { Campaign } from "../../domain/campaign.ts";
import { artistIdOf, idOfKey } from "./ids.ts";
import { partsOf, prefixes } from "./keys.ts";
import { type FieldRepair, OldFields } from "./old-fields.ts";
import { fieldsOf, type NoObject, type Reading } from "./reading.ts";

/** An old campaign in the shape of today; its concert is to be looked up yet. */
export interface OldCampaign extends Omit<Campaign, "concert_id"> {
  /** The owner's id as the keys of the old store have it. */
  owner: string;
  /** The id by which it names its concert. */
  concert_name: string | null;
}

export type CampaignRepair =
  | FieldRepair
  | "status_unknown"
  | "recipient_count_made_up"
  | "rates_made_up"
  | "created_at_from_id"
  | "created_at_unknown";

export type CampaignReason = NoObject | "missing_owner" | "missing_subject";

/** The longest subject and text there may be, as the SQL schema has it. */
const longestSubject = 300;
const longestContent = 100_000;

/**
 * Reads `campaign:{artistId}:{id}`.
 *
 * Nothing of the old store was ever sent: its `recipientCount` was a random number made up by the page, its rates were
 * random as well, and neither is shown as measured. What was `sent` stays so, with nobody reached.
 */
export async function readCampaign(
  key: string,
  value: unknown,
): Promise<Reading<OldCampaign, CampaignRepair, CampaignReason>> {
  const content = fieldsOf(value);
  if (typeof content === "string") return { unreadable: content };
  const fields = new OldFields<CampaignRepair>(content);
  const { owner: keyOwner, id } = partsOf(key, prefixes.campaign);
  const owner = keyOwner || fields.text("artistId");
  if (!owner) return { unreadable: "missing_owner" };
  const subject = fields.text("subject");
  if (subject === null) return { unreadable: "missing_subject" };

  if (fields.raw("recipientCount") !== undefined) fields.repairs.add("recipient_count_made_up");
  if (fields.raw("openRate") !== undefined || fields.raw("clickRate") !== undefined) {
    fields.repairs.add("rates_made_up");
  }
  const created_at = readCreation(fields, id);
  const isSent = readIsSent(fields);
  const sent_at = isSent ? fields.instant("sentAt") ?? created_at : null;
  const record: OldCampaign = {
    id: await idOfKey(key),
    legacy_id: id,
    owner,
    artist_id: await artistIdOf(owner),
    concert_name: fields.text("concertId"),
    subject: oneLine(subject, fields),
    content: fields.shortText(longestContent, "content") ?? "",
    html_content: null,
    recipient_filter: {},
    recipient_count: isSent ? null : 0,
    status: isSent ? "sent" : "draft",
    scheduled_for: fields.instant("scheduledFor"),
    send_before: null,
    sent_at,
    delivery_started_at: null,
    delivery_completed_at: null,
    emails_sent: 0,
    emails_delivered: 0,
    emails_opened: 0,
    emails_clicked: 0,
    emails_bounced: 0,
    emails_complained: 0,
    open_rate: null,
    click_rate: null,
    bounce_rate: null,
    error_message: null,
    created_at,
    updated_at: sent_at ?? created_at,
  };
  return { record, repairs: [...fields.repairs] };
}

function readIsSent(fields: OldFields<CampaignRepair>): boolean {
  const status = fields.raw("status");
  if (status !== "sent" && status !== "draft") fields.repairs.add("status_unknown");
  return status === "sent";
}

/** A subject is a line of a header. The whole of it stays in the value that is kept beside. */
function oneLine(subject: string, fields: OldFields<CampaignRepair>): string {
  const line = subject.replace(/\s+/g, " ").slice(0, longestSubject).toWellFormed();
  if (line !== subject) fields.repairs.add("text_cleaned");
  return line;
}

/** When the record was made: as it says, else by the milliseconds in its id, else the beginning of time. */
function readCreation(fields: OldFields<CampaignRepair>, id: string): string {
  const stated = fields.instant("createdAt");
  if (stated !== null) return stated;
  const milliseconds = /(?:^|_)(1\d{12})(?=[-_])/.exec(id)?.[1];
  fields.repairs.add(milliseconds ? "created_at_from_id" : "created_at_unknown");
  return new Date(Number(milliseconds ?? 0)).toISOString();
}
