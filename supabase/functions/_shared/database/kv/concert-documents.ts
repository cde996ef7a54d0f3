import type { Concert } from "../../domain/concert.ts";
import { promotionRuns } from "../../domain/promotion.ts";
import { keepsakeOf } from "../legacy/reading.ts";
import {
  type ConcertReason,
  type ConcertRepair,
  type OldConcert,
  readConcert,
} from "../legacy/read-concert.ts";
import { hasShape } from "./document-shapes.ts";
import { isDocument, type StoredDocument } from "./documents.ts";
import type { Row } from "./kv-table.ts";

/** A concert as it is stored. `is_promoted` says that a promotion was bought, not that it runs. */
export interface ConcertDocument extends OldConcert, StoredDocument {}

/** A concert and where it is. */
export interface StoredConcert {
  key: string;
  document: ConcertDocument;
}

/** A concert's row in the shape of today, or why it is none. Tickets sold of old ones are to be added yet. */
export async function openConcert(
  row: Row,
): Promise<
  | { document: ConcertDocument; repairs: ConcertRepair[] }
  | { unreadable: ConcertReason | "broken_document" }
> {
  if (isDocument(row.value)) {
    return hasShape("concert", row.value)
      ? { document: row.value as ConcertDocument, repairs: [] }
      : { unreadable: "broken_document" };
  }
  const reading = await readConcert(row.key, row.value);
  if ("unreadable" in reading) return reading;
  return {
    document: { ...reading.record, rev: 0, legacy: keepsakeOf(row.value) },
    repairs: reading.repairs,
  };
}

/** The concert as the contract has it at `now`. */
export function concertOf(document: Concert, now: Date): Concert {
  return {
    id: document.id,
    legacy_id: document.legacy_id,
    artist_id: document.artist_id,
    title: document.title,
    description: document.description,
    city: document.city,
    venue_name: document.venue_name,
    venue_address: document.venue_address,
    event_date: document.event_date,
    event_time: document.event_time,
    time_zone: document.time_zone,
    event_type: document.event_type,
    banner_image_url: document.banner_image_url,
    ticket_price_min: document.ticket_price_min,
    ticket_price_max: document.ticket_price_max,
    ticket_link: document.ticket_link,
    ticket_capacity: document.ticket_capacity,
    tickets_sold: document.tickets_sold,
    moderation_status: document.moderation_status,
    moderation_comment: document.moderation_comment,
    moderated_at: document.moderated_at,
    is_promoted: document.is_promoted && promotionRuns(document.promotion_ends_at, now),
    promotion_starts_at: document.promotion_starts_at,
    promotion_ends_at: document.promotion_ends_at,
    promotion_cost: document.promotion_cost,
    is_hidden: document.is_hidden,
    is_cancelled: document.is_cancelled,
    views_count: document.views_count,
    clicks_count: document.clicks_count,
    shares_count: document.shares_count,
    created_at: document.created_at,
    updated_at: document.updated_at,
  };
}

/** Every id the concert is known by, in paths and in the keys of its sales. */
export function namesOf({ id, legacy_id, inner_id }: ConcertDocument): string[] {
  return [id, legacy_id, inner_id].filter((name) => name !== null);
}
