import { isCalendarDate, isTimeZone } from "../../domain/calendar.ts";
import { campaignStatuses, deliveryStatuses } from "../../domain/campaign.ts";
import { coinTransactionTypes } from "../../domain/coins.ts";
import { eventTypes, fullCounter, moderationStatuses } from "../../domain/concert.ts";
import {
  notificationChannels,
  notificationStatuses,
  notificationTypes,
} from "../../domain/notification.ts";
import { ticketProviders } from "../../domain/ticket-provider.ts";
import { saleStatuses } from "../../domain/ticket-sale.ts";
import { isUuid } from "../../domain/uuid.ts";

// Anybody who could write into the old store could make a value look like one of today. A document is only taken for
// one when its fields are what the code relies on: one bad row must not take a whole list down. By plain checks and no
// schema, since a list asks for every concert there is.

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === "string";
const isFlag: Check = (value) => typeof value === "boolean";
const isWhole: Check = (value) => Number.isInteger(value) && Math.abs(Number(value)) <= fullCounter;
const isCount: Check = (value) => isWhole(value) && Number(value) >= 0;
const isAmount: Check = (value) => typeof value === "number" && Math.abs(value) < 1e10;
const isId: Check = (value) => typeof value === "string" && isUuid(value);
const isInstant: Check = (value) => {
  const year = typeof value === "string" ? new Date(value).getUTCFullYear() : NaN;
  return year >= 1 && year <= 9999;
};
const isDate: Check = (value) => typeof value === "string" && isCalendarDate(value);
const isTime: Check = (value) => typeof value === "string" && /^\d{2}:\d{2}$/.test(value);
const isZone: Check = (value) => typeof value === "string" && isTimeZone(value);
const isObject: Check = (value) =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isOptional = (check: Check): Check => (value) => value === undefined || check(value);
const listOf = (check: Check): Check => (value) => Array.isArray(value) && value.every(check);
const recordOf = (check: Check): Check => (value) =>
  isObject(value) && Object.values(Object(value)).every(check);
const shaped = (fields: Record<string, Check>): Check => {
  const checks = Object.entries(fields);
  return (value) =>
    isObject(value) && checks.every(([name, check]) => check(Reflect.get(Object(value), name)));
};
const orNull = (check: Check): Check => (value) => value === null || check(value);
const oneOf = (values: readonly unknown[]): Check => (value) => values.includes(value);

const isProvider = oneOf(ticketProviders.map(({ id }) => id));

/** What the fields of each kind of document have to be. */
const shapes = {
  concert: shaped({
    id: isId,
    legacy_id: orNull(isText),
    inner_id: orNull(isText),
    owner: isText,
    artist_id: isId,
    title: isText,
    description: orNull(isText),
    city: orNull(isText),
    venue_name: orNull(isText),
    venue_address: orNull(isText),
    event_date: orNull(isDate),
    event_time: orNull(isTime),
    time_zone: isZone,
    event_type: orNull(oneOf(eventTypes)),
    banner_image_url: orNull(isText),
    ticket_price_min: orNull(isAmount),
    ticket_price_max: orNull(isAmount),
    ticket_link: orNull(isText),
    ticket_capacity: orNull(isCount),
    tickets_sold: isCount,
    moderation_status: oneOf(moderationStatuses),
    moderation_comment: orNull(isText),
    submitted_at: orNull(isInstant),
    moderated_at: orNull(isInstant),
    is_promoted: isFlag,
    promotion_starts_at: orNull(isInstant),
    promotion_ends_at: orNull(isInstant),
    promotion_cost: orNull(isCount),
    is_hidden: isFlag,
    is_cancelled: isFlag,
    views_count: isCount,
    clicks_count: isCount,
    shares_count: isCount,
    created_at: isInstant,
    updated_at: isInstant,
  }),
  profile: shaped({
    id: isId,
    legacy_id: orNull(isText),
    owner: isText,
    username: orNull(isText),
    full_name: orNull(isText),
    bio: orNull(isText),
    avatar_url: orNull(isText),
    city: orNull(isText),
    phone: orNull(isText),
    email: orNull(isText),
    is_verified: isFlag,
    subscribers_count: isCount,
    total_plays: isCount,
    total_tracks: isCount,
    claimed_at: orNull(isInstant),
    claimed_by: isOptional(isId),
    created_at: isInstant,
    updated_at: isInstant,
  }),
  username: shaped({ artist_id: isId, at: isInstant }),
  wallet: shaped({ owner: isText, artist_id: isId, balance: isCount }),
  movement: shaped({
    id: isId,
    legacy_id: orNull(isText),
    artist_id: isId,
    concert_id: orNull(isId),
    amount: isWhole,
    type: oneOf(coinTransactionTypes),
    description: orNull(isText),
    created_at: isInstant,
  }),
  connection: shaped({
    provider_id: isProvider,
    api_key_encrypted: orNull(isText),
    api_key_last4: orNull(isText),
    webhook_secret_encrypted: orNull(isText),
    is_active: isFlag,
    connected_at: isInstant,
    created_at: isOptional(isInstant),
    updated_at: isOptional(isInstant),
  }),
  sale: shaped({
    id: isId,
    legacy_id: orNull(isText),
    concert_id: isId,
    artist_id: isId,
    provider_id: orNull(isProvider),
    external_transaction_id: orNull(isText),
    quantity: isCount,
    unit_price: isAmount,
    total_amount: isAmount,
    commission_amount: isAmount,
    net_amount: isAmount,
    buyer_email: orNull(isText),
    buyer_name: orNull(isText),
    buyer_phone: orNull(isText),
    status: oneOf(saleStatuses),
    refunded_at: orNull(isInstant),
    refund_amount: orNull(isAmount),
    refund_reason: orNull(isText),
    metadata: isObject,
    purchased_at: isInstant,
    created_at: isInstant,
    updated_at: isInstant,
    commission_percent: orNull(isAmount),
    last_event_at: orNull(isInstant),
    last_event_status: orNull(oneOf(saleStatuses)),
  }),
  refund: shaped({
    id: isId,
    sale_id: isId,
    artist_id: isId,
    amount: isAmount,
    reason: orNull(isText),
    created_at: isInstant,
  }),
  externalSale: shaped({ sale_key: isText, concert_id: isId }),
  event: shaped({ sale_id: isId, occurred_at: isInstant, received_at: isInstant }),
  settings: shaped({
    user_id: isId,
    email_enabled: isFlag,
    push_enabled: isFlag,
    reminder_days_before: listOf(isWhole),
    announcements_enabled: isFlag,
    promotions_enabled: isFlag,
    ticket_updates_enabled: isFlag,
    legacy_id: isOptional(orNull(isText)),
    created_at: isOptional(isInstant),
    updated_at: isOptional(isInstant),
  }),
  notification: shaped({
    id: isId,
    legacy_id: orNull(isText),
    user_id: isId,
    concert_id: orNull(isId),
    concert_name: isOptional(orNull(isText)),
    notification_type: oneOf(notificationTypes),
    title: isText,
    message: isText,
    link: orNull(isText),
    channel: oneOf(notificationChannels),
    scheduled_for: orNull(isInstant),
    status: oneOf(notificationStatuses),
    sent_at: orNull(isInstant),
    attempts: isCount,
    error_message: orNull(isText),
    is_read: isFlag,
    read_at: orNull(isInstant),
    is_archived: isFlag,
    metadata: isObject,
    days_before: isOptional(orNull(isCount)),
    retry_at: isOptional(orNull(isInstant)),
    claim_id: isOptional(orNull(isId)),
    lease_until: isOptional(orNull(isInstant)),
    created_at: isInstant,
    updated_at: isInstant,
  }),
  subscription: shaped({
    endpoint: isText,
    keys: shaped({ p256dh: isText, auth: isText }),
    user_id: isId,
    created_at: isInstant,
  }),
  campaign: shaped({
    id: isId,
    legacy_id: orNull(isText),
    artist_id: isId,
    owner: isText,
    concert_id: orNull(isId),
    concert_name: isOptional(orNull(isText)),
    subject: isText,
    content: isText,
    html_content: orNull(isText),
    recipient_filter: isObject,
    recipient_count: orNull(isCount),
    status: oneOf(campaignStatuses),
    scheduled_for: orNull(isInstant),
    send_before: orNull(isInstant),
    sent_at: orNull(isInstant),
    delivery_started_at: orNull(isInstant),
    delivery_completed_at: orNull(isInstant),
    emails_sent: isCount,
    emails_delivered: isCount,
    emails_opened: isCount,
    emails_clicked: isCount,
    emails_bounced: isCount,
    emails_complained: isCount,
    error_message: orNull(isText),
    sheets: isCount,
    processed: isWhole,
    provider_errors: isCount,
    retry_at: orNull(isInstant),
    last_claimed_at: orNull(isInstant),
    created_at: isInstant,
    updated_at: isInstant,
  }),
  sheet: shaped({
    campaign_id: isId,
    campaign_key: isText,
    batches: isCount,
    leases: recordOf(isInstant),
    deliveries: listOf(shaped({
      id: isId,
      position: isCount,
      address: isText,
      name: orNull(isText),
      status: oneOf(deliveryStatuses),
      attempts: isCount,
      provider_message_id: orNull(isText),
      batch: orNull(isCount),
      error_message: orNull(isText),
      sent_at: orNull(isInstant),
      delivered_at: orNull(isInstant),
      opened_at: orNull(isInstant),
      clicked_at: orNull(isInstant),
      bounced_at: orNull(isInstant),
      complained_at: orNull(isInstant),
    })),
    created_at: isOptional(isInstant),
    batch_ids: isOptional(recordOf(isId)),
  }),
  suppression: shaped({
    artist_id: isId,
    address: isText,
    reason: oneOf(["unsubscribed", "hard_bounce", "complaint"]),
    created_at: isInstant,
  }),
} satisfies Record<string, Check>;

/** Whether a value of the new shape is a whole document of its kind. */
export function hasShape(kind: keyof typeof shapes, value: object): boolean {
  return shapes[kind](value);
}
