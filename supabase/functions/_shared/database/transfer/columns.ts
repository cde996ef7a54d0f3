import { toKopecks, toRubles } from "../../domain/kopecks.ts";
import type { Entity } from "./record.ts";

/** How a column's value is written, so that the same value is always the same JSON. */
type ColumnKind = "plain" | "instant" | "time" | "money" | "percent";

type Columns = Readonly<Record<string, ColumnKind>>;

const times = { created_at: "instant", updated_at: "instant" } as const;

/** The columns of each table but the generated ones. */
export const columns: Readonly<Record<Entity, Columns>> = {
  artists: {
    ...plain(
      "id",
      "legacy_id",
      "username",
      "full_name",
      "bio",
      "avatar_url",
      "city",
      "phone",
      "email",
      "is_verified",
      "subscribers_count",
      "total_plays",
      "total_tracks",
      "coins_balance",
      "legacy",
    ),
    claimed_at: "instant",
    ...times,
  },
  concerts: {
    ...plain(
      "id",
      "legacy_id",
      "artist_id",
      "title",
      "description",
      "city",
      "venue_name",
      "venue_address",
      "event_date",
      "time_zone",
      "event_type",
      "banner_image_url",
      "ticket_link",
      "ticket_capacity",
      "tickets_sold",
      "moderation_status",
      "moderation_comment",
      "is_promoted",
      "promotion_cost",
      "is_hidden",
      "is_cancelled",
      "views_count",
      "clicks_count",
      "shares_count",
      "legacy",
    ),
    event_time: "time",
    ticket_price_min: "money",
    ticket_price_max: "money",
    submitted_at: "instant",
    moderated_at: "instant",
    promotion_starts_at: "instant",
    promotion_ends_at: "instant",
    ...times,
  },
  coin_transactions: {
    ...plain(
      "id",
      "legacy_id",
      "artist_id",
      "concert_id",
      "amount",
      "type",
      "description",
      "legacy",
    ),
    created_at: "instant",
  },
  artist_ticket_providers: {
    ...plain(
      "artist_id",
      "provider_id",
      "api_key_encrypted",
      "api_key_last4",
      "webhook_secret_encrypted",
      "is_active",
      "legacy_id",
      "legacy",
    ),
    connected_at: "instant",
    ...times,
  },
  ticket_sales: {
    ...plain(
      "id",
      "legacy_id",
      "concert_id",
      "artist_id",
      "provider_id",
      "external_transaction_id",
      "quantity",
      "buyer_email",
      "buyer_name",
      "buyer_phone",
      "status",
      "refund_reason",
      "metadata",
      "legacy",
      "last_event_status",
    ),
    unit_price: "money",
    total_amount: "money",
    commission_amount: "money",
    net_amount: "money",
    refund_amount: "money",
    commission_percent: "percent",
    refunded_at: "instant",
    last_event_at: "instant",
    purchased_at: "instant",
    ...times,
  },
  ticket_refunds: {
    ...plain("id", "sale_id", "artist_id", "reason"),
    amount: "money",
    created_at: "instant",
  },
  ticket_events: {
    ...plain("artist_id", "provider_id", "event_id", "sale_id"),
    occurred_at: "instant",
    received_at: "instant",
  },
  notification_settings: {
    ...plain(
      "user_id",
      "email_enabled",
      "push_enabled",
      "reminder_days_before",
      "announcements_enabled",
      "promotions_enabled",
      "ticket_updates_enabled",
      "legacy_id",
      "legacy",
    ),
    ...times,
  },
  notifications: {
    ...plain(
      "id",
      "legacy_id",
      "user_id",
      "concert_id",
      "notification_type",
      "title",
      "message",
      "link",
      "channel",
      "status",
      "attempts",
      "error_message",
      "is_read",
      "is_archived",
      "metadata",
      "days_before",
      "claim_id",
      "legacy",
    ),
    scheduled_for: "instant",
    sent_at: "instant",
    read_at: "instant",
    retry_at: "instant",
    lease_until: "instant",
    ...times,
  },
  push_subscriptions: {
    ...plain("endpoint", "user_id", "p256dh", "auth"),
    created_at: "instant",
  },
  email_campaigns: {
    ...plain(
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
      "emails_sent",
      "emails_delivered",
      "emails_opened",
      "emails_clicked",
      "emails_bounced",
      "emails_complained",
      "error_message",
      "processed",
      "provider_errors",
      "legacy",
    ),
    scheduled_for: "instant",
    send_before: "instant",
    sent_at: "instant",
    delivery_started_at: "instant",
    delivery_completed_at: "instant",
    retry_at: "instant",
    last_claimed_at: "instant",
    ...times,
  },
  campaign_deliveries: {
    ...plain(
      "id",
      "campaign_id",
      "position",
      "address",
      "name",
      "status",
      "batch_id",
      "attempts",
      "provider_message_id",
      "error_message",
    ),
    leased_until: "instant",
    retry_at: "instant",
    sent_at: "instant",
    delivered_at: "instant",
    opened_at: "instant",
    clicked_at: "instant",
    bounced_at: "instant",
    complained_at: "instant",
    created_at: "instant",
  },
  mail_suppressions: {
    ...plain("artist_id", "address", "reason"),
    created_at: "instant",
  },
};

/** Taken apart once, not for every row. */
const columnKinds = Object.fromEntries(
  Object.entries(columns).map(([entity, kinds]) => [entity, Object.entries(kinds)]),
) as Record<Entity, [column: string, kind: ColumnKind][]>;

/** The primary keys, in their order. */
const primaryKeys: Readonly<Partial<Record<Entity, readonly string[]>>> = {
  artist_ticket_providers: ["artist_id", "provider_id"],
  ticket_events: ["artist_id", "provider_id", "event_id"],
  notification_settings: ["user_id"],
  push_subscriptions: ["endpoint"],
  mail_suppressions: ["artist_id", "address"],
};

/** The row's columns of `entity`, canonical, out of whatever has them; what is missing is null. */
export function canonicalRow(entity: Entity, source: object): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  for (const [column, kind] of columnKinds[entity]) {
    row[column] = canonical(Reflect.get(source, column) ?? null, kind);
  }
  return row;
}

/** A canonical row without the columns that are null: half of an old record's. */
export function filledColumns(row: Record<string, unknown>): Record<string, unknown> {
  const filled: Record<string, unknown> = {};
  for (const column in row) {
    if (row[column] !== null) filled[column] = row[column];
  }
  return filled;
}

/** A canonical row of what `filledColumns` has left of it. */
export function withAllColumns(
  entity: Entity,
  filled: Record<string, unknown>,
): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  for (const column in columns[entity]) row[column] = filled[column] ?? null;
  return row;
}

/** The id of a row in its `TransferRecord`. */
export function idOfRow(entity: Entity, row: Record<string, unknown>): string {
  return (primaryKeys[entity] ?? ["id"]).map((column) => String(row[column])).join(" ");
}

function plain<Name extends string>(...names: Name[]): Record<Name, "plain"> {
  return Object.fromEntries(names.map((name) => [name, "plain"])) as Record<Name, "plain">;
}

function canonical(value: unknown, kind: ColumnKind): unknown {
  if (value === null) return null;
  switch (kind) {
    case "instant":
      return canonicalInstant(String(value));
    case "time":
      return String(value).slice(0, 8).padEnd(8, ":00");
    case "money":
      return toRubles(toKopecks(Number(value)));
    case "percent":
      return Number(value);
    case "plain":
      return value;
  }
}

let lastInstant = { text: "", canonical: "" };

/** Most rows have one instant in several columns. */
function canonicalInstant(text: string): string {
  if (text !== lastInstant.text) {
    lastInstant = { text, canonical: new Date(text).toISOString() };
  }
  return lastInstant.canonical;
}
