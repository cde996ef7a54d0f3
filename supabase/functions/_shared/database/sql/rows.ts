import type { ArtistStatistics, ConcertAnalytics } from "../../domain/analytics.ts";
import type { Artist, PublicArtist } from "../../domain/artist.ts";
import type { CoinTransaction } from "../../domain/coins.ts";
import type { Concert, PublicConcert } from "../../domain/concert.ts";
import { promotionRuns } from "../../domain/promotion.ts";

// The Data API renders instants and numerics as PostgreSQL does, and not everywhere alike: "2026-11-22 10:47:38+00"
// or "2026-11-22T10:47:38+00:00", 12.50 or "12.50". Everything that leaves the backend passes through here.

type Instant = string;
type Numeric = number | string;

/** Columns of a domain record as the Data API sends them. */
export type RowOf<Item, NumericField extends keyof Item = never> =
  & Omit<Item, NumericField>
  & {
    [Field in NumericField]: Item[Field] extends number ? Numeric : Numeric | null;
  };

export type ConcertRow = RowOf<Concert, "ticket_price_min" | "ticket_price_max">;
export type PublicConcertRow =
  & RowOf<PublicConcert, "ticket_price_min" | "ticket_price_max">
  & { promotion_ends_at: string | null };
export type ArtistRow = Artist;
export type AnalyticsRow =
  & RowOf<ConcertAnalytics, "total_revenue" | "net_revenue" | "click_rate" | "conversion_rate">
  & { created_at: string };
export type StatisticsRow = RowOf<ArtistStatistics, "total_revenue" | "net_revenue">;

export const concertColumns = [
  "id",
  "legacy_id",
  "artist_id",
  "title",
  "description",
  "city",
  "venue_name",
  "venue_address",
  "event_date",
  "event_time",
  "time_zone",
  "event_type",
  "banner_image_url",
  "ticket_price_min",
  "ticket_price_max",
  "ticket_link",
  "ticket_capacity",
  "tickets_sold",
  "moderation_status",
  "moderation_comment",
  "moderated_at",
  "is_promoted",
  "promotion_starts_at",
  "promotion_ends_at",
  "promotion_cost",
  "is_hidden",
  "is_cancelled",
  "views_count",
  "clicks_count",
  "shares_count",
  "created_at",
  "updated_at",
] as const satisfies readonly (keyof Concert)[];

export const publicConcertColumns = [
  "id",
  "title",
  "description",
  "city",
  "venue_name",
  "venue_address",
  "event_date",
  "event_time",
  "time_zone",
  "event_type",
  "banner_image_url",
  "ticket_price_min",
  "ticket_price_max",
  "ticket_link",
  "is_promoted",
  "promotion_ends_at",
  "sold_out",
] as const;

export const artistColumns = [
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
  "created_at",
  "updated_at",
] as const satisfies readonly (keyof Artist)[];

export const publicArtistColumns = [
  "id",
  "username",
  "full_name",
  "avatar_url",
  "bio",
  "city",
  "is_verified",
  "subscribers_count",
  "total_plays",
  "total_tracks",
] as const satisfies readonly (keyof PublicArtist)[];

export function concertFrom(row: ConcertRow, now: Date): Concert {
  return {
    id: row.id,
    legacy_id: row.legacy_id,
    artist_id: row.artist_id,
    title: row.title,
    description: row.description,
    city: row.city,
    venue_name: row.venue_name,
    venue_address: row.venue_address,
    event_date: row.event_date,
    event_time: hoursAndMinutes(row.event_time),
    time_zone: row.time_zone,
    event_type: row.event_type,
    banner_image_url: row.banner_image_url,
    ticket_price_min: nullableNumber(row.ticket_price_min),
    ticket_price_max: nullableNumber(row.ticket_price_max),
    ticket_link: row.ticket_link,
    ticket_capacity: row.ticket_capacity,
    tickets_sold: row.tickets_sold,
    moderation_status: row.moderation_status,
    moderation_comment: row.moderation_comment,
    moderated_at: nullableInstant(row.moderated_at),
    is_promoted: row.is_promoted && promotionRuns(row.promotion_ends_at, now),
    promotion_starts_at: nullableInstant(row.promotion_starts_at),
    promotion_ends_at: nullableInstant(row.promotion_ends_at),
    promotion_cost: row.promotion_cost,
    is_hidden: row.is_hidden,
    is_cancelled: row.is_cancelled,
    views_count: row.views_count,
    clicks_count: row.clicks_count,
    shares_count: row.shares_count,
    created_at: instant(row.created_at),
    updated_at: instant(row.updated_at),
  };
}

export function publicConcertFrom(row: PublicConcertRow, now: Date): PublicConcert {
  return {
    id: row.id,
    title: row.title,
    description: row.description,
    city: row.city,
    venue_name: row.venue_name,
    venue_address: row.venue_address,
    event_date: row.event_date,
    event_time: hoursAndMinutes(row.event_time),
    time_zone: row.time_zone,
    event_type: row.event_type,
    banner_image_url: row.banner_image_url,
    ticket_price_min: nullableNumber(row.ticket_price_min),
    ticket_price_max: nullableNumber(row.ticket_price_max),
    ticket_link: row.ticket_link,
    is_promoted: row.is_promoted && promotionRuns(row.promotion_ends_at, now),
    sold_out: row.sold_out,
    artist: row.artist,
  };
}

export function artistFrom(row: ArtistRow): Artist {
  return {
    id: row.id,
    legacy_id: row.legacy_id,
    username: row.username,
    full_name: row.full_name,
    bio: row.bio,
    avatar_url: row.avatar_url,
    city: row.city,
    phone: row.phone,
    email: row.email,
    is_verified: row.is_verified,
    subscribers_count: row.subscribers_count,
    total_plays: row.total_plays,
    total_tracks: row.total_tracks,
    coins_balance: row.coins_balance,
    created_at: instant(row.created_at),
    updated_at: instant(row.updated_at),
  };
}

export function coinTransactionFrom(row: CoinTransaction): CoinTransaction {
  return {
    id: row.id,
    amount: row.amount,
    type: row.type,
    description: row.description,
    created_at: instant(row.created_at),
  };
}

export function analyticsFrom(row: AnalyticsRow): ConcertAnalytics {
  return {
    concert_id: row.concert_id,
    title: row.title,
    event_date: row.event_date,
    views_count: row.views_count,
    clicks_count: row.clicks_count,
    shares_count: row.shares_count,
    sales_count: row.sales_count,
    tickets_sold: row.tickets_sold,
    total_revenue: Number(row.total_revenue),
    net_revenue: Number(row.net_revenue),
    click_rate: nullableNumber(row.click_rate),
    conversion_rate: nullableNumber(row.conversion_rate),
  };
}

export function statisticsFrom(row: StatisticsRow): ArtistStatistics {
  return {
    artist_id: row.artist_id,
    concerts_count: row.concerts_count,
    upcoming_concerts_count: row.upcoming_concerts_count,
    total_views: row.total_views,
    total_clicks: row.total_clicks,
    total_shares: row.total_shares,
    sales_count: row.sales_count,
    tickets_sold: row.tickets_sold,
    total_revenue: Number(row.total_revenue),
    net_revenue: Number(row.net_revenue),
  };
}

/** ISO 8601 in UTC with `Z`. */
export function instant(value: Instant): string {
  return new Date(value).toISOString();
}

export function nullableInstant(value: Instant | null): string | null {
  return value === null ? null : instant(value);
}

export function nullableNumber(value: Numeric | null): number | null {
  return value === null ? null : Number(value);
}

/** `HH:MM` of PostgreSQL's `HH:MM:SS`. */
function hoursAndMinutes(value: string | null): string | null {
  return value === null ? null : value.slice(0, 5);
}
