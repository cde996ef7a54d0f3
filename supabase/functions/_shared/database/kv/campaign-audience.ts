import { isMailAddress } from "../../delivery/mailbox.ts";
import type { RecipientFilter } from "../../domain/campaign.ts";
import { prefixes } from "../legacy/keys.ts";
import type { CampaignDocument } from "./campaign-documents.ts";
import { type ConcertDocument, namesOf } from "./concert-documents.ts";
import type { KvContext } from "./kv-context.ts";
import type { SaleDocument } from "./sale-documents.ts";

export interface Buyer {
  /** Lower case. */
  address: string;
  name: string | null;
}

/** Where it stands that the artist mails an address no more. */
export function suppressionKey(artistId: string, address: string): string {
  return `${prefixes.mailSuppression}${artistId}:${address}`;
}

/**
 * Whom the campaign is for now, by address: the distinct buyers' addresses of the artist's confirmed sales that its
 * filter lets through, less the suppressed ones; with the name of the latest purchase that has one.
 */
export async function campaignAudience(
  context: KvContext,
  { artist_id, recipient_filter: filter }: CampaignDocument,
): Promise<Buyer[]> {
  const concerts = (await context.finder.all()).map(({ document }) => document)
    .filter((concert) => concert.artist_id === artist_id && isWanted(concert, filter));
  const sales = [...(await context.sales.ofConcerts(concerts)).values()].flat()
    .map(({ document }) => document)
    .filter((sale) => sale.status === "confirmed" && isBoughtWhen(sale, filter))
    .sort((one, other) => one.purchased_at < other.purchased_at ? 1 : -1);
  const prefix = suppressionKey(artist_id, "");
  const suppressed = new Set(
    (await context.table.scanKeys(prefix)).map((key) => key.slice(prefix.length)),
  );
  const buyers = new Map<string, Buyer>();
  for (const { buyer_email, buyer_name } of sales) {
    const address = buyer_email?.trim().toLowerCase() ?? "";
    if (!isMailAddress(address) || suppressed.has(address)) continue;
    const name = buyers.get(address)?.name ?? (buyer_name?.trim() ? buyer_name : null);
    buyers.set(address, { address, name });
  }
  return [...buyers.values()].sort((one, other) => one.address < other.address ? -1 : 1);
}

function isWanted(concert: ConcertDocument, { concert_ids, cities }: RecipientFilter): boolean {
  const names = namesOf(concert);
  return (cities === undefined || cities.some((city) => city === concert.city)) &&
    (concert_ids === undefined ||
      concert_ids.some((id) => names.includes(id) || names.includes(id.toLowerCase())));
}

function isBoughtWhen(
  { purchased_at }: SaleDocument,
  { purchased_after, purchased_before }: RecipientFilter,
): boolean {
  return (purchased_after === undefined || purchased_at >= purchased_after) &&
    (purchased_before === undefined || purchased_at < purchased_before);
}
