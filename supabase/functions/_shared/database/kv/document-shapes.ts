import { isCalendarDate, isTimeZone } from "../../domain/calendar.ts";
import { eventTypes, moderationStatuses } from "../../domain/concert.ts";
import { isUuid } from "../../domain/uuid.ts";

// Anybody who could write into the old store could make a value look like one of today. A document is only taken for
// one when its fields are what the code relies on: one bad row must not take a whole list down. By plain checks and no
// schema, since a list asks for every concert there is.

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === "string";
const isFlag: Check = (value) => typeof value === "boolean";
const isCount: Check = (value) => Number.isInteger(value) && Number(value) >= 0;
const isAmount: Check = (value) => typeof value === "number";
const isId: Check = (value) => typeof value === "string" && isUuid(value);
const isInstant: Check = (value) => typeof value === "string" && !Number.isNaN(Date.parse(value));
const isDate: Check = (value) => typeof value === "string" && isCalendarDate(value);
const isTime: Check = (value) => typeof value === "string" && /^\d{2}:\d{2}$/.test(value);
const isZone: Check = (value) => typeof value === "string" && isTimeZone(value);
const orNull = (check: Check): Check => (value) => value === null || check(value);
const oneOf = (values: readonly unknown[]): Check => (value) => values.includes(value);

const concertFields: [string, Check][] = Object.entries({
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
});

const profileFields: [string, Check][] = Object.entries({
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
  created_at: isInstant,
  updated_at: isInstant,
});

/** Whether a value of the new shape is a whole concert. */
export function isConcertDocument(value: object): boolean {
  return has(value, concertFields);
}

/** Whether a value of the new shape is a whole profile. */
export function isProfileDocument(value: object): boolean {
  return has(value, profileFields);
}

function has(value: object, fields: [string, Check][]): boolean {
  return fields.every(([name, check]) => check(Reflect.get(value, name)));
}
