import * as z from "zod/mini";
import { calendarDate, dayAfter, instantOf, timeOfDay, timeZoneName } from "./calendar.ts";
import { rubles } from "./money.ts";
import { Refusal, type RefusalDetail } from "./refusal.ts";
import { line, multilineText, webAddress } from "./text.ts";

/** What a concert may be. The names are shown to people and stored as they are. */
export const eventTypes = [
  "Концерт",
  "Фестиваль",
  "Клубное выступление",
  "Арена шоу",
  "Уличный концерт",
  "Акустический сет",
  "DJ сет",
  "Другое",
] as const;
export type EventType = typeof eventTypes[number];

export const moderationStatuses = ["draft", "pending", "approved", "rejected"] as const;
export type ModerationStatus = typeof moderationStatuses[number];

export const concertEvents = ["views", "clicks", "shares"] as const;
/** What visitors do with a concert; each is counted. */
export type ConcertEvent = typeof concertEvents[number];

/** Where a counter is full and stays: the largest `integer` of PostgreSQL. */
export const fullCounter = 2_147_483_647;

export const defaultTimeZone = "Europe/Moscow";

/** A concert as its owner and moderators see it. Money in rubles, instants in ISO 8601 UTC. */
export interface Concert {
  id: string;
  /** The record's id in the old store, null for records made since. */
  legacy_id: string | null;
  artist_id: string;
  title: string;
  description: string | null;
  city: string | null;
  venue_name: string | null;
  venue_address: string | null;
  /** `YYYY-MM-DD` in `time_zone`. */
  event_date: string | null;
  /** `HH:MM` in `time_zone`. */
  event_time: string | null;
  time_zone: string;
  event_type: EventType | null;
  banner_image_url: string | null;
  ticket_price_min: number | null;
  ticket_price_max: number | null;
  ticket_link: string | null;
  /** Null: no limit. */
  ticket_capacity: number | null;
  tickets_sold: number;
  moderation_status: ModerationStatus;
  moderation_comment: string | null;
  moderated_at: string | null;
  /** Whether the promotion runs now. */
  is_promoted: boolean;
  promotion_starts_at: string | null;
  promotion_ends_at: string | null;
  /** Coins paid for the last promotion. */
  promotion_cost: number | null;
  is_hidden: boolean;
  is_cancelled: boolean;
  views_count: number;
  clicks_count: number;
  shares_count: number;
  created_at: string;
  updated_at: string;
}

/** The artist's card that goes with a public concert. */
export interface ArtistCard {
  id: string;
  username: string | null;
  full_name: string | null;
  avatar_url: string | null;
}

/** A concert as every visitor sees it. */
export interface PublicConcert extends
  Pick<
    Concert,
    | "id"
    | "title"
    | "description"
    | "city"
    | "venue_name"
    | "venue_address"
    | "event_date"
    | "event_time"
    | "time_zone"
    | "event_type"
    | "banner_image_url"
    | "ticket_price_min"
    | "ticket_price_max"
    | "ticket_link"
    | "is_promoted"
  > {
  sold_out: boolean;
  artist: ArtistCard;
}

export const priceRangeDetail: RefusalDetail = {
  path: "ticket_price_max",
  message: "Максимальная цена не может быть меньше минимальной",
};

function isPriceRange(minimum: number | null, maximum: number | null): boolean {
  return minimum === null || maximum === null || minimum <= maximum;
}

const ticketPrice = rubles(1_000_000);

/** The fields an artist writes. `title` alone is required: the rest is asked for when the concert is submitted. */
const editableFields = {
  title: line(3, 200),
  description: z.nullable(multilineText(2000)),
  city: z.nullable(line(2, 100)),
  venue_name: z.nullable(line(2, 200)),
  venue_address: z.nullable(line(1, 500)),
  event_date: z.nullable(calendarDate),
  event_time: z.nullable(timeOfDay),
  time_zone: timeZoneName,
  event_type: z.nullable(z.enum(eventTypes)),
  banner_image_url: z.nullable(webAddress()),
  ticket_price_min: z.nullable(ticketPrice),
  ticket_price_max: z.nullable(ticketPrice),
  ticket_link: z.nullable(webAddress()),
  ticket_capacity: z.nullable(z.int().check(z.gte(1), z.lte(1_000_000))),
};

export const newConcertSchema = z.extend(
  z.partial(z.strictObject(editableFields)),
  { title: editableFields.title },
).check(
  z.refine(
    ({ ticket_price_min: minimum, ticket_price_max: maximum }) =>
      isPriceRange(minimum ?? null, maximum ?? null),
    { path: [priceRangeDetail.path], error: priceRangeDetail.message },
  ),
);
export type NewConcert = z.infer<typeof newConcertSchema>;

export const concertChangesSchema = z.partial(z.strictObject(editableFields)).check(
  z.refine((changes) => Object.keys(changes).length > 0, { error: "Нечего менять" }),
);
export type ConcertChanges = z.infer<typeof concertChangesSchema>;

export const commentMissingDetail: RefusalDetail = {
  path: "comment",
  message: "Укажите причину отказа",
};

export const moderationDecisionSchema = z.discriminatedUnion("decision", [
  z.strictObject({
    decision: z.literal("approved"),
    comment: z.optional(z.nullable(multilineText(2000))),
  }),
  z.strictObject({
    decision: z.literal("rejected"),
    comment: multilineText(2000).check(z.minLength(1, { error: commentMissingDetail.message })),
  }),
]);
export type ModerationDecision = z.infer<typeof moderationDecisionSchema>;

/** The fields whose change sends an approved concert back to moderation: what a visitor was promised. */
const moderatedFields = [
  "title",
  "city",
  "venue_name",
  "venue_address",
  "event_date",
  "event_time",
  "time_zone",
  "banner_image_url",
] as const satisfies readonly (keyof ConcertChanges)[];

/** Whether `changes` would change anything of `concert` that has to be moderated again. */
export function needsModerationAgain(concert: Concert, changes: ConcertChanges): boolean {
  return concert.moderation_status === "approved" &&
    moderatedFields.some((field) => field in changes && changes[field] !== concert[field]);
}

/** What holds between fields; each is also a constraint of the SQL schema. Throws `validation_failed`. */
export function checkConcert(
  concert: Pick<
    Concert,
    "ticket_price_min" | "ticket_price_max" | "ticket_capacity" | "tickets_sold"
  >,
): void {
  const { ticket_price_min: minimum, ticket_price_max: maximum, ticket_capacity: capacity } =
    concert;
  if (!isPriceRange(minimum, maximum)) {
    throw new Refusal("validation_failed", [priceRangeDetail]);
  }
  if (capacity !== null && capacity < concert.tickets_sold) {
    throw new Refusal("validation_failed", [capacityDetail]);
  }
}

export const capacityDetail: RefusalDetail = {
  path: "ticket_capacity",
  message: "Продано больше билетов, чем указано мест",
};

/** The fields a concert must have before it can be moderated. */
export const fieldsToSubmit = [
  "title",
  "city",
  "venue_name",
  "event_date",
  "event_time",
  "event_type",
  "banner_image_url",
] as const satisfies readonly (keyof Concert)[];

/** Fields missing for moderation, and a date gone by; empty when the concert can be submitted at `now`. */
export function problemsToSubmit(concert: Concert, now: Date): RefusalDetail[] {
  const problems = fieldsToSubmit
    .filter((field) => concert[field] === null || concert[field] === "")
    .map((field) => missingDetail(field));
  if (concert.event_date && isPast(concert, now)) problems.push(pastDateDetail);
  return problems;
}

/** What moderation asks for may change while a concert waits for it or has passed it, but not go; empty when it stays. */
export function problemsToEdit(concert: Concert, edited: Concert): RefusalDetail[] {
  const isModerated = ["pending", "approved"].includes(concert.moderation_status);
  return isModerated
    ? fieldsToSubmit.filter((field) => !edited[field] && concert[field])
      .map((field) => missingDetail(field))
    : [];
}

export function missingDetail(field: string): RefusalDetail {
  return { path: field, message: "Это поле нужно для модерации: заполните его" };
}
export const pastDateDetail: RefusalDetail = {
  path: "event_date",
  message: "Дата концерта уже прошла",
};

const hour = 60 * 60 * 1000;

/** Whether the concert's day is over at `now` by the clocks of its time zone; a concert without a date is not. */
export function isPast(concert: Pick<Concert, "event_date" | "time_zone">, now: Date): boolean {
  if (concert.event_date === null) return false;
  // Most dates are past or to come whatever the zone: clocks are ahead of UTC by 14 hours at most and behind by 12.
  const midnight = Date.parse(`${dayAfter(concert.event_date)}T00:00:00Z`);
  if (now.getTime() < midnight - 14 * hour) return false;
  if (now.getTime() >= midnight + 12 * hour) return true;
  return instantOf(dayAfter(concert.event_date), "00:00", concert.time_zone) <= now;
}

/** Whether anyone may see the concert. */
export function isPublic(concert: Concert): boolean {
  return concert.moderation_status === "approved" && !concert.is_hidden && !concert.is_cancelled;
}

export function isSoldOut(concert: Pick<Concert, "ticket_capacity" | "tickets_sold">): boolean {
  return concert.ticket_capacity !== null && concert.tickets_sold >= concert.ticket_capacity;
}

/** The visitor's view of a concert. */
export function publicConcert(concert: Concert, artist: ArtistCard): PublicConcert {
  return {
    id: concert.id,
    title: concert.title,
    description: concert.description,
    city: concert.city,
    venue_name: concert.venue_name,
    venue_address: concert.venue_address,
    event_date: concert.event_date,
    event_time: concert.event_time,
    time_zone: concert.time_zone,
    event_type: concert.event_type,
    banner_image_url: concert.banner_image_url,
    ticket_price_min: concert.ticket_price_min,
    ticket_price_max: concert.ticket_price_max,
    ticket_link: concert.ticket_link,
    is_promoted: concert.is_promoted,
    sold_out: isSoldOut(concert),
    artist,
  };
}
