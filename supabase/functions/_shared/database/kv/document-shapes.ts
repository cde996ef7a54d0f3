import * as z from "zod/mini";
import { isCalendarDate, isTimeZone } from "../../domain/calendar.ts";
import { eventTypes, moderationStatuses } from "../../domain/concert.ts";
import { isUuid } from "../legacy/ids.ts";

// Anybody who could write into the old store could make a value look like one of today. A document is only taken for
// one when its fields are what the code relies on: one bad row must not take a whole list down.

const text = z.nullable(z.string());
const count = z.int().check(z.gte(0));
const price = z.nullable(z.number());
const uuid = z.string().check(z.refine(isUuid));
const instant = z.string().check(z.refine((value) => !Number.isNaN(Date.parse(value))));
const maybeInstant = z.nullable(instant);

const concertShape = z.looseObject({
  id: uuid,
  legacy_id: text,
  inner_id: text,
  owner: z.string(),
  artist_id: uuid,
  title: z.string(),
  description: text,
  city: text,
  venue_name: text,
  venue_address: text,
  event_date: z.nullable(z.string().check(z.refine(isCalendarDate))),
  event_time: z.nullable(z.string().check(z.regex(/^\d{2}:\d{2}$/))),
  time_zone: z.string().check(z.refine(isTimeZone)),
  event_type: z.nullable(z.enum(eventTypes)),
  banner_image_url: text,
  ticket_price_min: price,
  ticket_price_max: price,
  ticket_link: text,
  ticket_capacity: z.nullable(count),
  tickets_sold: count,
  moderation_status: z.enum(moderationStatuses),
  moderation_comment: text,
  submitted_at: maybeInstant,
  moderated_at: maybeInstant,
  is_promoted: z.boolean(),
  promotion_starts_at: maybeInstant,
  promotion_ends_at: maybeInstant,
  promotion_cost: z.nullable(count),
  is_hidden: z.boolean(),
  is_cancelled: z.boolean(),
  views_count: count,
  clicks_count: count,
  shares_count: count,
  created_at: instant,
  updated_at: instant,
});

const profileShape = z.looseObject({
  id: uuid,
  legacy_id: text,
  owner: z.string(),
  username: text,
  full_name: text,
  bio: text,
  avatar_url: text,
  city: text,
  phone: text,
  email: text,
  is_verified: z.boolean(),
  subscribers_count: count,
  total_plays: count,
  total_tracks: count,
  claimed_at: maybeInstant,
  created_at: instant,
  updated_at: instant,
});

/** Whether a value of the new shape is a whole concert. */
export function isConcertDocument(value: unknown): boolean {
  return concertShape.safeParse(value).success;
}

/** Whether a value of the new shape is a whole profile. */
export function isProfileDocument(value: unknown): boolean {
  return profileShape.safeParse(value).success;
}
