import * as z from "zod/mini";
import type { ArtistStatistics, ConcertAnalytics } from "../_shared/domain/analytics.ts";
import type { Artist, PublicArtist } from "../_shared/domain/artist.ts";
import { type CoinTransaction, coinTransactionTypes } from "../_shared/domain/coins.ts";
import {
  type Concert,
  eventTypes,
  moderationStatuses,
  type PublicConcert,
} from "../_shared/domain/concert.ts";

// What the routes answer, for the OpenAPI document and for the tests that hold the answers against it. Each schema
// is bound to the domain's type, so that neither can change alone.

const text = z.nullable(z.string());
const count = z.int().check(z.gte(0));
const rubles = z.number();
const instant = z.iso.datetime();
const eventDate = z.nullable(z.iso.date());
const eventTime = z.nullable(z.string().check(z.regex(/^\d{2}:\d{2}$/)));
const price = z.nullable(rubles);

const publicFields = {
  id: z.uuid(),
  title: z.string(),
  description: text,
  city: text,
  venue_name: text,
  venue_address: text,
  event_date: eventDate,
  event_time: eventTime,
  time_zone: z.string(),
  event_type: z.nullable(z.enum(eventTypes)),
  banner_image_url: text,
  ticket_price_min: price,
  ticket_price_max: price,
  ticket_link: text,
  is_promoted: z.boolean(),
};

const concert = z.strictObject({
  ...publicFields,
  legacy_id: text,
  artist_id: z.uuid(),
  ticket_capacity: z.nullable(count),
  tickets_sold: count,
  moderation_status: z.enum(moderationStatuses),
  moderation_comment: text,
  moderated_at: z.nullable(instant),
  promotion_starts_at: z.nullable(instant),
  promotion_ends_at: z.nullable(instant),
  promotion_cost: z.nullable(count),
  is_hidden: z.boolean(),
  is_cancelled: z.boolean(),
  views_count: count,
  clicks_count: count,
  shares_count: count,
  created_at: instant,
  updated_at: instant,
}) satisfies z.ZodMiniType<Concert>;

const artistCardFields = { id: z.uuid(), username: text, full_name: text, avatar_url: text };

const publicConcert = z.strictObject({
  ...publicFields,
  sold_out: z.boolean(),
  artist: z.strictObject(artistCardFields),
}) satisfies z.ZodMiniType<PublicConcert>;

const publicArtistFields = {
  ...artistCardFields,
  bio: text,
  city: text,
  is_verified: z.boolean(),
  subscribers_count: count,
  total_plays: count,
  total_tracks: count,
};

const publicArtist = z.strictObject(publicArtistFields) satisfies z.ZodMiniType<PublicArtist>;

const artist = z.strictObject({
  ...publicArtistFields,
  legacy_id: text,
  phone: text,
  email: text,
  coins_balance: count,
  created_at: instant,
  updated_at: instant,
}) satisfies z.ZodMiniType<Artist>;

const concertAnalytics = z.strictObject({
  concert_id: z.uuid(),
  title: z.string(),
  event_date: eventDate,
  views_count: count,
  clicks_count: count,
  shares_count: count,
  sales_count: count,
  tickets_sold: count,
  total_revenue: rubles,
  net_revenue: rubles,
  click_rate: z.nullable(z.number()),
  conversion_rate: z.nullable(z.number()),
}) satisfies z.ZodMiniType<ConcertAnalytics>;

const artistStatistics = z.strictObject({
  artist_id: z.uuid(),
  concerts_count: count,
  upcoming_concerts_count: count,
  total_views: count,
  total_clicks: count,
  total_shares: count,
  sales_count: count,
  tickets_sold: count,
  total_revenue: rubles,
  net_revenue: rubles,
}) satisfies z.ZodMiniType<ArtistStatistics>;

const coinTransaction = z.strictObject({
  id: z.uuid(),
  amount: z.int(),
  type: z.enum(coinTransactionTypes),
  description: text,
  created_at: instant,
}) satisfies z.ZodMiniType<CoinTransaction>;

/** The schemas of the answers' `data` by name. */
export const answerSchemas = {
  Concert: concert,
  PublicConcert: publicConcert,
  VisibleConcert: z.union([concert, publicConcert]),
  Artist: artist,
  PublicArtist: publicArtist,
  ConcertAnalytics: concertAnalytics,
  ArtistStatistics: artistStatistics,
  CoinLedger: z.strictObject({ balance: z.int(), transactions: z.array(coinTransaction) }),
};
