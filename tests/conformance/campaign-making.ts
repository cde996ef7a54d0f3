import assert from "node:assert/strict";
import type {
  ClaimedBatch,
  DeliveryResult,
  Postponement,
} from "../../supabase/functions/_shared/database/campaign-repository.ts";
import type {
  Campaign,
  CampaignDelivery,
  MailEvent,
  MailEventKind,
  NewCampaign,
} from "../../supabase/functions/_shared/domain/campaign.ts";
import type { NewConcert } from "../../supabase/functions/_shared/domain/concert.ts";
import type { NewSale } from "../../supabase/functions/_shared/domain/ticket-sale.ts";
import { completeConcert } from "./concert-making.ts";
import type { ConformanceContext, Somebody } from "./conformance-context.ts";

export const words: NewCampaign = {
  subject: "Скоро концерт",
  content: "Здравствуйте, {{buyer_name}}!",
};

/** Longer than any test takes. */
export const longLease = 600;

/** Sells one ticket of the concert to each of the buyers. */
export async function sellTo(
  artist: Somebody,
  concertId: string,
  buyers: string[],
  sale: Partial<NewSale> = {},
): Promise<void> {
  for (const buyer_email of buyers) {
    await artist.database.sales.create({
      concert_id: concertId,
      quantity: 1,
      unit_price: 1000,
      status: "confirmed",
      buyer_email,
      ...sale,
    }, null);
  }
}

/** An artist with a concert and so many buyers, `buyer1@…` on; their addresses in the order of sending. */
export async function artistWithBuyers(
  context: ConformanceContext,
  count: number,
  concert: Partial<NewConcert> = {},
): Promise<{ artist: Somebody; concertId: string; buyers: string[] }> {
  const artist = await context.makeArtist();
  const { id } = await artist.database.concerts.create(completeConcert(concert));
  const buyers = Array.from({ length: count }, (_, index) => `buyer${index + 1}@example.com`);
  await sellTo(artist, id, buyers);
  return { artist, concertId: id, buyers: buyers.toSorted() };
}

/** A campaign of an artist with so many buyers that is being sent, and no other that is. */
export async function campaignBeingSent(
  context: ConformanceContext,
  count: number,
  fields: Partial<NewCampaign> = {},
): Promise<{ artist: Somebody; concertId: string; buyers: string[]; campaign: Campaign }> {
  await sendAll(context);
  const { artist, concertId, buyers } = await artistWithBuyers(context, count);
  const { id } = await artist.database.campaigns.create({ ...words, ...fields });
  const { value } = await artist.database.campaigns.send(id, null);
  return { artist, concertId, buyers, campaign: value };
}

/** What is to be sent now; fails when there is nothing. */
export async function claim(
  { service }: ConformanceContext,
  size = 100,
  leaseSeconds = longLease,
): Promise<ClaimedBatch> {
  const { batch } = await service.campaigns.claimBatch(size, leaseSeconds);
  assert.ok(batch, "there is something to send");
  return batch;
}

/** As if the provider had taken all of the batch. */
export function allAccepted({ deliveries }: ClaimedBatch): DeliveryResult[] {
  return deliveries.map(({ id }) => ({
    id,
    accepted: true,
    provider_message_id: `provider-${id}`,
    reason: null,
    permanent: false,
  }));
}

/** As if the provider had refused all of the batch. */
export function allRefused({ deliveries }: ClaimedBatch, permanent: boolean): DeliveryResult[] {
  const reason = "550 Нет такого ящика";
  return deliveries.map(({ id }) => ({
    id,
    accepted: false,
    provider_message_id: null,
    reason,
    permanent,
  }));
}

/** Sends whatever is to be sent; the batches in their order. */
export async function sendAll(context: ConformanceContext, size = 100): Promise<ClaimedBatch[]> {
  const batches: ClaimedBatch[] = [];
  while (true) {
    const { batch } = await context.service.campaigns.claimBatch(size, longLease);
    if (!batch) return batches;
    batches.push(batch);
    await context.service.campaigns.recordBatch(batch.id, allAccepted(batch));
  }
}

export function addressesOf(batches: ClaimedBatch[]): string[] {
  return batches.flatMap(({ deliveries }) => deliveries.map(({ address }) => address));
}

/** As if the provider had answered that it took nothing. */
export function refused(retrySeconds: number | null): Postponement {
  return { reason: "Сервис не принял письма", retrySeconds, mayBeTaken: false };
}

/** As if nobody knew whether the provider has taken it. */
export function unanswered(retrySeconds: number): Postponement {
  return { reason: "Сервис не ответил", retrySeconds, mayBeTaken: true };
}

export function eventOf(kind: MailEventKind, reference: string | null): MailEvent {
  return {
    reference,
    provider_message_id: null,
    recipient: null,
    kind,
    happened_at: new Date().toISOString(),
    is_permanent: false,
  };
}

export async function deliveriesOf(
  { database }: Somebody,
  id: string,
): Promise<CampaignDelivery[]> {
  const page = { limit: 100, after: null };
  return (await database.campaigns.listDeliveries(id, { status: null }, page)).items;
}
