import {
  type MailEvent,
  type MailEventKind,
  type SuppressionReason,
  suppressionReason,
} from "../../domain/campaign.ts";
import { artistIdOf } from "../legacy/ids.ts";
import { prefixes } from "../legacy/keys.ts";
import { suppressionKey } from "./campaign-audience.ts";
import type { CampaignDocument, SheetDocument } from "./campaign-documents.ts";
import { placeOf } from "./campaign-sheets.ts";
import type { KvContext } from "./kv-context.ts";
import { mustDispatch } from "./must-dispatch.ts";

/** What each kind of event counts as. Who opened or clicked has it, even when the provider never said so. */
const countsAs: Record<MailEventKind, readonly MailEventKind[]> = {
  delivered: ["delivered"],
  opened: ["delivered", "opened"],
  clicked: ["delivered", "clicked"],
  bounced: ["bounced"],
  complained: ["complained"],
};

export async function recordEvent(context: KvContext, event: MailEvent): Promise<void> {
  mustDispatch(context);
  const place = await findPlace(context, event);
  const counted = place && await countEvent(context, event, place);
  // The campaign may be deleted by now; whoever complains of it is left alone all the same.
  const recipient = counted ?? event.recipient;
  // Whoever dies before it is told of the event again: the provider has had no answer.
  const reason = suppressionReason(event);
  if (recipient && reason) {
    await suppressAddress(context, recipient.artist_id, recipient.address, reason);
  }
}

type Recipient = NonNullable<MailEvent["recipient"]>;

/** Whose message it was and to whom; null when there is no such message. */
async function countEvent(
  context: KvContext,
  event: MailEvent,
  place: Place,
): Promise<Recipient | null> {
  const sheet = await context.documents.change<SheetDocument, SheetDocument | null>(
    place.key,
    (sheet) => {
      const delivery = sheet?.deliveries[place.index];
      if (!sheet || !delivery) return { result: null };
      const news = countsAs[event.kind].filter((kind) => delivery[`${kind}_at`] === null);
      if (news.length === 0) return { result: sheet };
      const times = Object.fromEntries(news.map((kind) => [`${kind}_at`, event.happened_at]));
      const counts = Object.fromEntries(news.map((kind) => [`emails_${kind}`, 1]));
      return {
        result: sheet,
        write: {
          ...sheet,
          deliveries: sheet.deliveries.with(place.index, { ...delivery, ...times }),
        },
        followUps: [{ key: sheet.campaign_key, set: {}, add: counts }],
      };
    },
  );
  const campaign = sheet && await context.documents.settled<CampaignDocument>(sheet.campaign_key);
  if (!campaign) return null;
  return { artist_id: campaign.artist_id, address: sheet.deliveries[place.index].address };
}

type Place = NonNullable<ReturnType<typeof placeOf>>;

/** Where the message is that the event is about; null when it is none of a campaign's. */
async function findPlace(
  { table }: KvContext,
  { reference, provider_message_id: messageId }: MailEvent,
): Promise<Place | null> {
  const place = reference === null ? null : placeOf(reference);
  if (place || messageId === null) return place;
  for (const { key, value } of await table.scan(prefixes.campaignDelivery)) {
    const index = (value as SheetDocument).deliveries
      .findIndex(({ provider_message_id }) => provider_message_id === messageId);
    if (index >= 0) return { key, index };
  }
  return null;
}

/**
 * The lists are looked up again once the address is on them: a claim that has ended meanwhile has emptied the old one,
 * which is all that was known.
 */
export async function suppressAddress(
  context: KvContext,
  artistId: string,
  address: string,
  reason: SuppressionReason,
): Promise<void> {
  mustDispatch(context);
  const lowered = address.toLowerCase();
  const done = new Set<string>();
  while (true) {
    const lists = (await listsOf(context, artistId)).filter((id) => !done.has(id));
    if (lists.length === 0) return;
    for (const id of lists) {
      const suppression = { ...suppressionOf(id, lowered, reason), rev: 1 };
      await context.table.insert(suppressionKey(id, lowered), suppression);
      done.add(id);
    }
  }
}

/**
 * Whose lists are meant by an artist's id: mail that was sent before a claim has the old one in its links and tags.
 * While the profile is handed over campaigns may be either's.
 */
async function listsOf({ profiles }: KvContext, artistId: string): Promise<string[]> {
  const holder = await profiles.findHolder(artistId);
  if (holder === null) return [artistId];
  if (holder.claiming === undefined) return [holder.id];
  return [holder.id, await artistIdOf(holder.claiming)];
}

function suppressionOf(artist_id: string, address: string, reason: SuppressionReason) {
  return { artist_id, address, reason, created_at: new Date().toISOString(), legacy: null };
}
