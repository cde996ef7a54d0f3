import { accessRules, isAllowed } from "../../auth/access-rules.ts";
import { Refusal } from "../../domain/refusal.ts";
import type { Position } from "../../domain/paging.ts";
import type { TicketSale } from "../../domain/ticket-sale.ts";
import { isUuid } from "../../domain/uuid.ts";
import type { SaleFilter } from "../sale-repository.ts";
import type { ConcertDocument, StoredConcert } from "./concert-documents.ts";
import type { KvContext } from "./kv-context.ts";
import type { SaleDocument, StoredSale } from "./sale-documents.ts";

/** A sale of the caller's, and the key of the concert that decides about it. */
export interface OwnSale extends StoredSale {
  concertKey: string;
}

/** The sale with this id, else with this id in the old store, the lowest where it repeats. Throws `not_found`. */
export async function findOwnSale(context: KvContext, id: string): Promise<OwnSale> {
  const name = isUuid(id) ? id.toLowerCase() : id;
  const concerts = await ownConcerts(context);
  const sales = await context.sales.ofConcerts(concerts.map(({ document }) => document));
  const own = concerts.flatMap(({ key, document }) =>
    (sales.get(document.id) ?? []).map((sale) => ({ ...sale, concertKey: key }))
  );
  const found = own.find(({ document }) => document.id === name) ??
    own.filter(({ document }) => document.legacy_id === id)
      .sort((one, other) => one.document.id < other.document.id ? -1 : 1)[0];
  if (!found) throw new Refusal("not_found");
  return found;
}

/** The caller's sales that match. A sale under a name that two concerts share is one sale. */
export async function ownSales(context: KvContext, filter: SaleFilter): Promise<SaleDocument[]> {
  const concerts = await ownConcertsOf(context, filter);
  return (await salesOf(context, concerts)).filter((sale) => matches(sale, filter));
}

/** All sales of one of the caller's concerts, or of all. Throws `not_found`. */
export async function salesOfOwn(
  context: KvContext,
  concertId: string | null,
): Promise<SaleDocument[]> {
  const concerts = concertId === null
    ? await ownConcerts(context)
    : [await ownConcertOf(context, concertId)];
  return await salesOf(context, concerts);
}

/** A concert of the caller's, of whose sales nothing is still to be written. Throws `not_found`. */
export async function ownConcertOf(context: KvContext, id: string): Promise<StoredConcert> {
  const found = await context.finder.find(id);
  const isOwn = found !== null &&
    isAllowed(accessRules.ticket_sales.read_figures, context.caller, found.document.artist_id);
  if (!isOwn) throw new Refusal("not_found");
  await settle(context, found);
  return found;
}

/** The caller's concerts whose sales can match. */
export async function ownConcertsOf(
  context: KvContext,
  { concert_id }: SaleFilter,
): Promise<StoredConcert[]> {
  return concert_id === null
    ? await ownConcerts(context)
    : await ownConcertOf(context, concert_id).then((concert) => [concert], noneIfNotFound);
}

/** Whether the sale is one of those asked for, whatever its concert. */
export function matches(
  { status, provider_id, purchased_at }: SaleDocument,
  filter: SaleFilter,
): boolean {
  const provider = filter.provider_id;
  return (filter.status === null || status === filter.status) &&
    (provider === null || provider_id === provider ||
      (provider === "manual" && provider_id === null)) &&
    (filter.from === null || purchased_at >= filter.from) &&
    (filter.before === null || purchased_at < filter.before);
}

/** A sale's place in lists. */
export function placeOf({ purchased_at, id }: TicketSale): Position {
  return { value: purchased_at, id };
}

async function ownConcerts(context: KvContext): Promise<StoredConcert[]> {
  const { id } = context.user();
  const own = (await context.finder.all()).filter(({ document }) => document.artist_id === id);
  for (const concert of own) await settle(context, concert);
  return own;
}

/** Completes what was decided about the concert's tickets and not yet written. */
async function settle({ documents }: KvContext, { key, document }: StoredConcert): Promise<void> {
  if (document.pending) await documents.settled<ConcertDocument>(key);
}

async function salesOf(context: KvContext, concerts: StoredConcert[]): Promise<SaleDocument[]> {
  const sales = await context.sales.ofConcerts(concerts.map(({ document }) => document));
  const byKey = new Map([...sales.values()].flat().map(({ key, document }) => [key, document]));
  return [...byKey.values()];
}

function noneIfNotFound(error: unknown): StoredConcert[] {
  if (error instanceof Refusal && error.code === "not_found") return [];
  throw error;
}
