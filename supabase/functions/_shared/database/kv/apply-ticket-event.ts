import { accessRules, isAllowed } from "../../auth/access-rules.ts";
import { shareOf, toKopecks } from "../../domain/kopecks.ts";
import { Refusal } from "../../domain/refusal.ts";
import {
  type EventOutcome,
  isStale,
  otherConcertDetail,
  paidBackDetail,
  type TicketEvent,
} from "../../domain/ticket-event.ts";
import { ticketProviders } from "../../domain/ticket-provider.ts";
import { amountsOf, holdsSeats, refundableKopecks, seatsHeld } from "../../domain/ticket-sale.ts";
import { artistIdOf } from "../legacy/ids.ts";
import { prefixes } from "../legacy/keys.ts";
import type { ProfileDocument } from "./artist-profiles.ts";
import type { ConcertDocument } from "./concert-documents.ts";
import type { StoredDocument } from "./documents.ts";
import type { KvContext } from "./kv-context.ts";
import { type SaleDocument, saleKey } from "./sale-documents.ts";
import { change, payBack } from "./sell-tickets.ts";
import { findConnection } from "./ticket-connections.ts";
import type { TicketDesk } from "./ticket-desk.ts";

/** Where the sale with a provider's id is: one place for each artist, whose secret vouches for the id. */
interface ExternalSaleDocument extends StoredDocument {
  sale_key: string;
  concert_id: string;
}

/** Makes a sale what a provider's event says. The concert's row decides, the memory of the event included. */
export async function applyTicketEvent(
  context: KvContext,
  providerId: string,
  event: TicketEvent,
): Promise<EventOutcome> {
  if (!isAllowed(accessRules.ticket_sales.apply_event, context.caller, null)) {
    throw new Refusal("forbidden");
  }
  const provider = ticketProviders.find(({ id }) => id === providerId);
  const found = await context.finder.find(event.concert_id);
  if (!provider || !found) throw new Refusal("not_found");
  const connection = await findConnection(context, found.document.artist_id, providerId);
  if (!connection?.document.is_active) throw new Refusal("not_found");

  return await context.desks.decide(found.key, async (desk) => {
    const { concert } = desk;
    if (!concert) throw new Refusal("not_found");
    const places = (await artistIdsOf(desk, concert)).map((id) => `${id}:${providerId}`);
    const eventKeys = places.map((place) => `${prefixes.ticketEvent}${place}:${event.event_id}`);
    if (await readAny(desk, eventKeys)) return { applied: false, reason: "duplicate" };

    const { external_transaction_id: externalId } = event;
    const externalKeys = places.map((place) => `${prefixes.ticketExternal}${place}:${externalId}`);
    const external = await readAny<ExternalSaleDocument>(desk, externalKeys);
    if (external && external.concert_id !== concert.id) {
      throw new Refusal("conflict", [otherConcertDetail]);
    }
    let key = external?.sale_key;
    let sale = key === undefined ? null : await desk.read<SaleDocument>(key);
    if (sale && key !== undefined && (sale.status === "refunded" || isStale(event, sale))) {
      learn(desk, key, sale, event);
      return { applied: false, reason: "stale" };
    }
    if (!sale || key === undefined) {
      sale = { ...emptySale(concert, providerId, event, desk.now), rev: 1 };
      key = saleKey(concert.id, sale.id);
      desk.insert(key, sale);
      desk.insert(externalKeys[0], { sale_key: key, concert_id: concert.id });
    }
    tell(desk, key, sale, event, sale.commission_percent ?? provider.commission_percent);
    desk.insert(eventKeys[0], {
      sale_id: sale.id,
      occurred_at: event.occurred_at,
      received_at: desk.now.toISOString(),
    });
    return { applied: true, reason: null };
  });
}

/** The concert's artist, and whoever's the profile was that is being handed over to them. */
async function artistIdsOf(desk: TicketDesk, concert: ConcertDocument): Promise<string[]> {
  const profile = await desk.read<ProfileDocument>(prefixes.profile + concert.owner);
  const { artist_id } = concert;
  return profile?.claiming === undefined
    ? [artist_id]
    : [artist_id, await artistIdOf(profile.claiming)];
}

/** The last first: what is handed over is under the new key before it is gone from the old one. */
async function readAny<Document extends StoredDocument>(
  desk: TicketDesk,
  keys: readonly string[],
): Promise<Document | null> {
  for (const key of keys.toReversed()) {
    const document = await desk.read<Document>(key);
    if (document) return document;
  }
  return null;
}

/** Late as it is, an event tells of an earlier purchase, and of the buyer what nothing else has told. */
function learn(desk: TicketDesk, key: string, sale: SaleDocument, event: TicketEvent): void {
  const learned = {
    purchased_at: earlier(sale.purchased_at, event.occurred_at),
    buyer_email: sale.buyer_email ?? event.buyer_email ?? null,
    buyer_name: sale.buyer_name ?? event.buyer_name ?? null,
    buyer_phone: sale.buyer_phone ?? event.buyer_phone ?? null,
  };
  const isNews = learned.purchased_at !== sale.purchased_at ||
    learned.buyer_email !== sale.buyer_email || learned.buyer_name !== sale.buyer_name ||
    learned.buyer_phone !== sale.buyer_phone;
  if (isNews) change(desk, key, sale, learned);
}

function earlier(one: string, other: string): string {
  return one < other ? one : other;
}

/** Gives the sale the state the event tells, its seats and refunds included. */
function tell(
  desk: TicketDesk,
  key: string,
  sale: SaleDocument,
  event: TicketEvent,
  commission_percent: number,
): void {
  const total = event.quantity * toKopecks(event.unit_price);
  const paidBack = toKopecks(sale.refund_amount ?? 0);
  if (total < paidBack || (paidBack > 0 && total === paidBack && holdsSeats(event.status))) {
    throw new Refusal("conflict", [paidBackDetail]);
  }
  desk.moveSeats(seatsHeld(event) - seatsHeld(sale));
  const fields: Partial<SaleDocument> = {
    quantity: event.quantity,
    unit_price: event.unit_price,
    ...amountsOf(total, shareOf(total, commission_percent)),
    commission_percent,
    // Events of refunds and cancellations mostly say nothing of the buyer, who is the same as before.
    buyer_email: event.buyer_email ?? sale.buyer_email,
    buyer_name: event.buyer_name ?? sale.buyer_name,
    buyer_phone: event.buyer_phone ?? sale.buyer_phone,
    purchased_at: earlier(sale.purchased_at, event.occurred_at),
    // Refunded is what it becomes by being paid back.
    status: event.status === "refunded" ? "cancelled" : event.status,
    last_event_at: event.occurred_at,
    last_event_status: event.status,
  };
  change(desk, key, sale, fields);
  if (event.status === "refunded") {
    const told = { ...sale, ...fields };
    payBack(desk, key, told, refundableKopecks(told), null);
  }
}

/** A provider's sale before its first event: without seats, which are taken by what the event says. */
function emptySale(
  concert: ConcertDocument,
  provider_id: string,
  { external_transaction_id, occurred_at, quantity, unit_price }: TicketEvent,
  now: Date,
): Omit<SaleDocument, "rev"> {
  return {
    id: crypto.randomUUID(),
    legacy_id: null,
    concert_id: concert.id,
    artist_id: concert.artist_id,
    provider_id,
    external_transaction_id,
    quantity,
    unit_price,
    ...amountsOf(quantity * toKopecks(unit_price), 0),
    buyer_email: null,
    buyer_name: null,
    buyer_phone: null,
    status: "cancelled",
    refunded_at: null,
    refund_amount: null,
    refund_reason: null,
    metadata: {},
    purchased_at: occurred_at,
    created_at: now.toISOString(),
    updated_at: now.toISOString(),
    commission_percent: null,
    last_event_at: null,
    last_event_status: null,
    legacy: null,
  };
}
