import { isPast, isPublic, type PublicConcert, publicConcert } from "../../domain/concert.ts";
import type { Page, PageRequest, Position } from "../../domain/paging.ts";
import type { PublicConcertFilter } from "../types.ts";
import type { ArtistProfiles } from "./artist-profiles.ts";
import { concertOf, type StoredConcert } from "./concert-documents.ts";
import type { ConcertFinder } from "./concert-finder.ts";
import { relevanceOf } from "./relevance-of.ts";
import { pageOf } from "./page-of.ts";

/** Public concerts: all concerts are read, and the profiles of the page's artists. */
export async function listPublicConcerts(
  finder: ConcertFinder,
  profiles: ArtistProfiles,
  filter: PublicConcertFilter,
  page: PageRequest,
): Promise<Page<PublicConcert>> {
  const now = new Date();
  const artistId = filter.artist_id === null ? null : await profiles.idOfToday(filter.artist_id);
  const hits = (await finder.all())
    .filter(({ document }) => matches(document, { ...filter, artist_id: artistId }, now))
    .map((stored) => ({ stored, relevance: filter.search ? relevance(stored, filter.search) : 0 }))
    .filter((hit) => filter.search === null || hit.relevance > 0);

  const byRelevance = filter.order === "relevance" && filter.search !== null;
  const positionOf = ({ stored: { document }, relevance }: typeof hits[number]): Position => ({
    value: byRelevance ? relevance : document.event_date ?? "",
    id: document.id,
  });
  const descending = byRelevance || filter.order === "-event_date";
  const { items, next } = pageOf(hits, page, positionOf, descending ? "descending" : "ascending");
  const cards = await profiles.cards(items.map(({ stored }) => stored.document));
  return {
    items: items.map(({ stored: { document } }) =>
      publicConcert(concertOf(document, now), cards(document))
    ),
    next,
  };
}

function relevance({ document }: StoredConcert, wanted: readonly string[]): number {
  return relevanceOf(`${document.title} ${document.description ?? ""}`, wanted);
}

function matches(
  document: StoredConcert["document"],
  filter: PublicConcertFilter,
  now: Date,
): boolean {
  const concert = concertOf(document, now);
  const date = concert.event_date;
  return isPublic(concert) && date !== null &&
    (filter.city === null || concert.city === filter.city) &&
    (filter.event_type === null || concert.event_type === filter.event_type) &&
    (filter.artist_id === null || concert.artist_id === filter.artist_id) &&
    (filter.from === null || date >= filter.from) &&
    (filter.to === null || date <= filter.to) &&
    (filter.when === "all" || isPast(concert, now) === (filter.when === "past")) &&
    (filter.promoted === null || concert.is_promoted === filter.promoted);
}
