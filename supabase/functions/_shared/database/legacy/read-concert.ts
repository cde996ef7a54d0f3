import {
  type Concert,
  defaultTimeZone,
  type EventType,
  eventTypes,
  type ModerationStatus,
  moderationStatuses,
} from "../../domain/concert.ts";
import { promotionCost } from "../../domain/promotion.ts";
import { artistIdOf, idOfKey } from "./ids.ts";
import { partsOf, prefixes } from "./keys.ts";
import { type FieldRepair, largestCount, OldFields } from "./old-fields.ts";
import { fieldsOf, type NoObject, type Reading } from "./reading.ts";

/** An old concert in the shape of today. `is_promoted` says that a promotion was bought, not that it runs. */
export interface OldConcert extends Concert {
  /** The owner's id as the keys of the old store have it. */
  owner: string;
  /** The id inside the value when it is not the key's: sales may name the concert by it. */
  inner_id: string | null;
  /** When it was handed in for moderation, as far as that can be told; null when it does not wait. */
  submitted_at: string | null;
}

export type ConcertRepair =
  | FieldRepair
  | "owner_missing"
  | "title_lengthened"
  | "type_synonym"
  | "type_unknown"
  | "status_unknown"
  | "prices_swapped"
  | "counters_added"
  | "created_at_from_id"
  | "created_at_unknown"
  | "promotion_start_estimated"
  | "promotion_cost_unknown"
  | "promotion_without_end"
  | "promotion_not_bought";

export type ConcertReason = NoObject | "missing_title" | "missing_date" | "impossible_date";

/** Owner of records that name none; the old store has such records under this very name. */
const unknownOwner = "unknown";

const typeSynonyms = new Map<string, EventType>([
  ["Сольный концерт", "Концерт"],
  ["Тур", "Концерт"],
  ["Акустика", "Акустический сет"],
]);

/** The longest promotion ever sold, in days. */
const longestPromotion = 30;

/**
 * Reads a concert of the old store, in any of its shapes:
 *
 * - `concert:{userId}:{id}`, camelCase in JSON text: an artist's own note of a concert, never moderated: a draft;
 * - `concert:{id}`, snake_case, dialect (a): date, ticket_price_from, views, ... or (b): event_date,
 *   ticket_price_min, views_count, ...
 *
 * Where (a) has both `views` and `views_count` they are added: the old page counter wrote `views_count` from 0 on
 * whatever `views` already held.
 */
export async function readConcert(
  key: string,
  value: unknown,
): Promise<Reading<OldConcert, ConcertRepair, ConcertReason>> {
  const content = fieldsOf(value);
  if (typeof content === "string") return { unreadable: content };
  const fields = new OldFields<ConcertRepair>(content);
  const title = readTitle(fields);
  if (title === null) return { unreadable: "missing_title" };
  const event_date = fields.date("event_date", "date");
  if (event_date === null) return { unreadable: "missing_date" };
  if (event_date === "impossible") return { unreadable: "impossible_date" };

  const parts = partsOf(key, prefixes.concert);
  const isPersonal = parts.owner !== null;
  const owner = readOwner(fields, parts.owner);
  const created_at = readCreation(fields, parts.id);
  const updated_at = fields.instant("updated_at", "updatedAt") ?? created_at;
  const moderation_status = isPersonal ? "draft" : readStatus(fields);

  const record: OldConcert = {
    id: await idOfKey(key),
    legacy_id: parts.id,
    inner_id: innerIdOf(content, parts.id),
    owner,
    artist_id: await artistIdOf(owner),
    title,
    description: fields.shortText(2000, "description"),
    city: fields.shortLine(2, 100, "city"),
    venue_name: fields.shortLine(2, 200, "venue_name", "venue"),
    venue_address: null,
    event_date,
    event_time: fields.time("event_time", "time"),
    time_zone: defaultTimeZone,
    event_type: readType(fields),
    banner_image_url: fields.webAddress("banner_image_url", "banner_image", "imageUrl"),
    ...readPrices(fields),
    ticket_link: fields.webAddress("ticket_link", "ticketUrl"),
    ticket_capacity: null,
    tickets_sold: 0,
    moderation_status,
    moderation_comment: isPersonal ? null : fields.shortText(2000, "moderation_comment"),
    moderated_at: null,
    ...readPromotion(fields),
    is_hidden: fields.flag("is_hidden"),
    is_cancelled: false,
    views_count: readCounter(fields, "views_count", "views"),
    clicks_count: readCounter(fields, "clicks_count", "clicks"),
    shares_count: readCounter(fields, "shares_count", "shares"),
    submitted_at: moderation_status === "pending" ? updated_at : null,
    created_at,
    updated_at,
  };
  return { record, repairs: [...fields.repairs] };
}

type ConcertFields = OldFields<ConcertRepair>;

/** The id inside an old value where it is not the one in the key, `legacyId`. */
export function innerIdOf(content: Record<string, unknown>, legacyId: string): string | null {
  const inner = new OldFields(content).text("id");
  return inner === legacyId ? null : inner;
}

/** The title, which has 3 characters at least since: «U2» alone is none. */
function readTitle(fields: ConcertFields): string | null {
  const title = fields.line("title");
  if (title === null || [...title].length >= 3) return title && fields.shortened(title, 200);
  fields.repairs.add("title_lengthened");
  return `Концерт «${title}»`;
}

function readOwner(fields: ConcertFields, keyOwner: string | null): string {
  const owner = keyOwner || fields.text("artist_id", "userId");
  if (owner) return owner;
  fields.repairs.add("owner_missing");
  return unknownOwner;
}

/** When the record was made: as it says, else by the milliseconds in its id, else the beginning of time. */
function readCreation(fields: ConcertFields, id: string): string {
  const stated = fields.instant("created_at", "createdAt");
  if (stated !== null) return stated;
  const milliseconds = /(?:^|_)(1\d{12})(?=[-_])/.exec(id)?.[1];
  fields.repairs.add(milliseconds ? "created_at_from_id" : "created_at_unknown");
  return new Date(Number(milliseconds ?? 0)).toISOString();
}

function readStatus(fields: ConcertFields): ModerationStatus {
  const stated = fields.raw("moderation_status");
  const status = moderationStatuses.find((known) => known === stated);
  if (!status) fields.repairs.add("status_unknown");
  return status ?? "draft";
}

function readType(fields: ConcertFields): EventType | null {
  const stated = fields.text("event_type", "type");
  if (stated === null) return null;
  const known = eventTypes.find((type) => type === stated);
  if (known) return known;
  const synonym = typeSynonyms.get(stated);
  fields.repairs.add(synonym ? "type_synonym" : "type_unknown");
  return synonym ?? "Другое";
}

function readPrices(fields: ConcertFields) {
  const highest = 1_000_000;
  const minimum = fields.rubles(highest, "ticket_price_min", "ticket_price_from", "ticketPrice");
  const maximum = fields.rubles(highest, "ticket_price_max", "ticket_price_to", "ticketPrice");
  if (minimum !== null && maximum !== null && minimum > maximum) {
    fields.repairs.add("prices_swapped");
    return { ticket_price_min: maximum, ticket_price_max: minimum };
  }
  return { ticket_price_min: minimum, ticket_price_max: maximum };
}

function readCounter(fields: ConcertFields, name: string, olderName: string): number {
  const count = fields.count(name);
  const older = fields.count(olderName);
  if (count > 0 && older > 0) fields.repairs.add("counters_added");
  return Math.min(count + older, largestCount);
}

/**
 * An old promotion has an end and no start. The start is taken to lie as many weeks before as the cost pays for, at
 * most the longest promotion that was sold.
 */
function readPromotion(fields: ConcertFields) {
  const none = {
    is_promoted: false,
    promotion_starts_at: null,
    promotion_ends_at: null,
    promotion_cost: null,
  };
  const ends = fields.instant("promotion_ends_at");
  if (!fields.flag("is_promoted")) {
    if (ends !== null) fields.repairs.add("promotion_not_bought");
    return none;
  }
  if (ends === null) {
    fields.repairs.add("promotion_without_end");
    return none;
  }
  const cost = fields.raw("promotion_cost");
  const isCost = typeof cost === "number" && Number.isInteger(cost) && cost >= 0 &&
    cost <= 1_000_000;
  if (!isCost) fields.repairs.add("promotion_cost_unknown");
  const stated = fields.instant("promotion_starts_at");
  if (stated === null || stated >= ends) fields.repairs.add("promotion_start_estimated");
  const days = Math.min(longestPromotion, Math.max(1, (isCost ? cost : 0) / promotionCost(7)) * 7);
  const estimated = new Date(Date.parse(ends) - days * 86_400_000).toISOString();
  return {
    is_promoted: true,
    promotion_starts_at: stated !== null && stated < ends ? stated : estimated,
    promotion_ends_at: ends,
    promotion_cost: isCost ? cost : 0,
  };
}
