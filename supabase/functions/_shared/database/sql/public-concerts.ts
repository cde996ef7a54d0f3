import type { PublicConcert } from "../../domain/concert.ts";
import { cutPage, type Page, type PageRequest } from "../../domain/paging.ts";
import type { PublicConcertFilter } from "../types.ts";
import type { DataApi } from "./data-api.ts";
import { behind } from "./keyset.ts";
import { literally } from "./literally.ts";
import { publicConcertColumns, publicConcertFrom, type PublicConcertRow } from "./rows.ts";

/** Public concerts, always read as a visitor: the answer is the same for everybody. */
export function listPublicConcerts(
  api: DataApi,
  filter: PublicConcertFilter,
  page: PageRequest,
): Promise<Page<PublicConcert>> {
  // Whose an id is, of today or from before a claim, only the database can tell in the same request.
  return filter.search === null && filter.artist_id === null
    ? listConcerts(api, filter, page)
    : searchConcerts(api, filter, page);
}

async function listConcerts(
  api: DataApi,
  filter: PublicConcertFilter,
  page: PageRequest,
): Promise<Page<PublicConcert>> {
  const now = new Date();
  const ascending = filter.order === "event_date";
  const artist = "artist:artists!concerts_artist_id_fkey(id,username,full_name,avatar_url)";
  let query = api.asVisitor().from("concerts")
    .select(`${publicConcertColumns.join(",")},${artist}`)
    .not("event_date", "is", null);
  if (filter.city !== null) query = query.filter("city", "in", literally(filter.city));
  if (filter.event_type !== null) query = query.eq("event_type", filter.event_type);
  if (filter.when === "upcoming") query = query.gt("day_ends_at", now.toISOString());
  if (filter.when === "past") query = query.lte("day_ends_at", now.toISOString());
  const { first, last } = dateBounds(filter, page, now);
  if (first !== null) query = query.gte("event_date", first);
  if (last !== null) query = query.lte("event_date", last);
  if (filter.promoted === true) {
    query = query.eq("is_promoted", true).gt("promotion_ends_at", now.toISOString());
  }
  const alternatives = filter.promoted === false
    ? ["is_promoted.is.false", `promotion_ends_at.lte.${now.toISOString()}`]
    : [];
  query = behind(query, page.after, {
    column: "event_date",
    descending: !ascending,
    isBounded: true,
    alternatives,
  });
  const rows = await api.send(
    query.order("event_date", { ascending }).order("id", { ascending })
      .limit(page.limit + 1)
      .overrideTypes<PublicConcertRow[], { merge: false }>(),
  );
  const concerts = rows.map((row) => publicConcertFrom(row, now));
  return cutPage(concerts, page.limit, ({ event_date, id }) => ({ value: event_date ?? "", id }));
}

async function searchConcerts(
  api: DataApi,
  filter: PublicConcertFilter,
  page: PageRequest,
): Promise<Page<PublicConcert>> {
  const now = new Date();
  const byRelevance = filter.order === "relevance";
  const { first, last } = dateBounds(filter, byRelevance ? { ...page, after: null } : page, now);
  const rows = await api.send(
    api.asVisitor().rpc("search_concerts", {
      search: filter.search?.join(" "),
      city: filter.city ?? undefined,
      event_type: filter.event_type ?? undefined,
      artist_id: filter.artist_id ?? undefined,
      from_date: first ?? undefined,
      to_date: last ?? undefined,
      when_filter: filter.when,
      promoted: filter.promoted ?? undefined,
      sort: filter.order,
      ...(page.after
        ? {
          after_id: page.after.id,
          [byRelevance ? "after_relevance" : "after_event_date"]: page.after.value,
        }
        : {}),
      page_size: page.limit + 1,
    }),
  ) as unknown as (PublicConcertRow & { relevance: number })[];
  const { items, next } = cutPage(
    rows,
    page.limit,
    ({ relevance, event_date, id }) => ({ value: byRelevance ? relevance : event_date ?? "", id }),
  );
  return { items: items.map((row) => publicConcertFrom(row, now)), next };
}

/**
 * The first and the last date that can be in the page, for the index to begin and end at; null is open.
 *
 * By `when`, what decides is the end of the concert's own day: the dates are wide enough for every time zone.
 */
function dateBounds(
  filter: PublicConcertFilter,
  { after }: PageRequest,
  now: Date,
): { first: string | null; last: string | null } {
  const position = after === null ? null : String(after.value);
  const ascending = filter.order === "event_date";
  const firsts = [
    filter.from,
    filter.when === "upcoming" ? dateOf(now, -2) : null,
    ascending ? position : null,
  ];
  const lasts = [
    filter.to,
    filter.when === "past" ? dateOf(now, 0) : null,
    ascending ? null : position,
  ];
  const dates = (bounds: (string | null)[]) => bounds.filter((bound) => bound !== null).sort();
  return { first: dates(firsts).at(-1) ?? null, last: dates(lasts).at(0) ?? null };
}

/** The date, in UTC, `days` from `instant`. */
function dateOf(instant: Date, days: number): string {
  return new Date(instant.getTime() + days * 86_400_000).toISOString().slice(0, 10);
}
