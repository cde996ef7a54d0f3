import type { SourceRow } from "../../migrate/sources/source.ts";

// Rows of a key-value table as this version writes them, by small numbers.

export const artist = "e433af3d-9f48-415c-a161-99d001099610";
export const otherArtist = "01a6771d-e3c8-4477-8212-d4bcc2adaf1b";
const instant = "2026-10-01T12:00:00.000Z";
const stored = { rev: 1, legacy: null, created_at: instant, updated_at: instant };

/** Ids in the order of their numbers; `kind` is a hexadecimal digit. */
export function idOf(kind: string, number: number): string {
  return `${kind.repeat(8)}-0000-4000-8000-${String(number).padStart(12, "0")}`;
}

export const concertId = (number: number) => idOf("c", number);
export const saleId = (number: number) => idOf("5", number);

function row(key: string, value: object): SourceRow {
  return { key, value: JSON.stringify(value) };
}

export function concert(number: number, changes: object = {}, owner = artist): SourceRow {
  const id = concertId(number);
  return row(`concert:${id}`, {
    id,
    legacy_id: null,
    inner_id: null,
    owner,
    artist_id: owner,
    title: "Северный ветер",
    description: null,
    city: null,
    venue_name: null,
    venue_address: null,
    event_date: "2099-06-01",
    event_time: "19:00",
    time_zone: "Europe/Moscow",
    event_type: null,
    banner_image_url: null,
    ticket_price_min: null,
    ticket_price_max: null,
    ticket_link: null,
    ticket_capacity: null,
    tickets_sold: 0,
    moderation_status: "approved",
    moderation_comment: null,
    submitted_at: null,
    moderated_at: null,
    is_promoted: false,
    promotion_starts_at: null,
    promotion_ends_at: null,
    promotion_cost: null,
    is_hidden: false,
    is_cancelled: false,
    views_count: 0,
    clicks_count: 0,
    shares_count: 0,
    ...stored,
    ...changes,
  });
}

export function profile(owner: string, changes: object = {}): SourceRow {
  return row(`profile:${owner}`, {
    id: owner,
    legacy_id: null,
    owner,
    username: null,
    full_name: null,
    bio: null,
    avatar_url: null,
    city: null,
    phone: null,
    email: null,
    is_verified: false,
    subscribers_count: 0,
    total_plays: 0,
    total_tracks: 0,
    claimed_at: null,
    ...stored,
    ...changes,
  });
}

export function sale(number: number, concert: number, changes: object = {}): SourceRow {
  const id = saleId(number);
  return row(`ticket_sale:${concertId(concert)}:${id}`, {
    id,
    legacy_id: null,
    concert_id: concertId(concert),
    artist_id: artist,
    provider_id: "kassir",
    external_transaction_id: null,
    quantity: 1,
    unit_price: 100,
    total_amount: 100,
    commission_amount: 0,
    net_amount: 100,
    buyer_email: null,
    buyer_name: null,
    buyer_phone: null,
    status: "confirmed",
    refunded_at: null,
    refund_amount: null,
    refund_reason: null,
    metadata: {},
    purchased_at: instant,
    commission_percent: null,
    last_event_at: null,
    last_event_status: null,
    ...stored,
    ...changes,
  });
}

export function refund(number: number, sale: number, reason: string | null = null): SourceRow {
  const id = idOf("f", number);
  return row(`ticket_refund:${saleId(sale)}:${id}`, {
    id,
    sale_id: saleId(sale),
    artist_id: artist,
    amount: 10,
    reason,
    ...stored,
  });
}

export function event(name: string, sale: number): SourceRow {
  return row(`ticket_event:${artist}:kassir:${name}`, {
    sale_id: saleId(sale),
    occurred_at: instant,
    received_at: instant,
    ...stored,
  });
}

export function reminder(number: number, concert: number, days_before: number): SourceRow {
  const id = idOf("e", number);
  return row(`notification:${artist}:${id}`, {
    id,
    legacy_id: null,
    user_id: artist,
    concert_id: concertId(concert),
    notification_type: "reminder",
    title: "Скоро",
    message: "",
    link: null,
    channel: "both",
    scheduled_for: instant,
    status: "pending",
    sent_at: null,
    attempts: 0,
    error_message: null,
    is_read: false,
    read_at: null,
    is_archived: false,
    metadata: {},
    days_before,
    ...stored,
  });
}

export const campaignId = (number: number) => idOf("d", number);

export function campaign(number: number, concert: number | null): SourceRow {
  const id = campaignId(number);
  return row(`campaign:${artist}:${id}`, {
    id,
    legacy_id: null,
    artist_id: artist,
    owner: artist,
    concert_id: concert === null ? null : concertId(concert),
    subject: "Анонс",
    content: "Приходите!",
    html_content: null,
    recipient_filter: {},
    recipient_count: 100,
    status: "sending",
    scheduled_for: null,
    send_before: null,
    sent_at: null,
    delivery_started_at: instant,
    delivery_completed_at: null,
    emails_sent: 0,
    emails_delivered: 0,
    emails_opened: 0,
    emails_clicked: 0,
    emails_bounced: 0,
    emails_complained: 0,
    error_message: null,
    sheets: 1,
    processed: 0,
    provider_errors: 0,
    retry_at: null,
    last_claimed_at: instant,
    ...stored,
  });
}

/** A sheet of deliveries `[id's number, position, address]`. */
export function sheet(
  campaign: number,
  number: number,
  deliveries: [number, number, string][],
): SourceRow {
  const id = campaignId(campaign);
  return row(`campaign_delivery:${id}:${number}`, {
    campaign_id: id,
    campaign_key: `campaign:${artist}:${id}`,
    batches: 0,
    leases: {},
    deliveries: deliveries.map(([delivery, position, address]) => ({
      id: idOf("b", delivery),
      position,
      address,
      name: null,
      status: "queued",
      attempts: 0,
      provider_message_id: null,
      batch: null,
      retry_at: null,
      error_message: null,
      sent_at: null,
      delivered_at: null,
      opened_at: null,
      clicked_at: null,
      bounced_at: null,
      complained_at: null,
    })),
    ...stored,
  });
}
