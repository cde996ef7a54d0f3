import type { PublicConcertFilter } from "../../supabase/functions/_shared/database/types.ts";
import type { PageRequest } from "../../supabase/functions/_shared/domain/paging.ts";
import type { ConformanceContext, Somebody } from "./conformance-context.ts";

/** The filter that leaves nothing out. */
export const anything: PublicConcertFilter = {
  search: null,
  city: null,
  event_type: null,
  artist_id: null,
  from: null,
  to: null,
  when: "all",
  promoted: null,
  order: "event_date",
};
export const firstPage: PageRequest = { limit: 100, after: null };

/** The ids of the artist's public concerts that a visitor finds so. */
export function idsFound(
  { visitor }: ConformanceContext,
  artist: Somebody,
  filter: Partial<PublicConcertFilter>,
): Promise<string[]> {
  return visitor.concerts.listPublic({ ...anything, artist_id: artist.id, ...filter }, firstPage)
    .then(({ items }) => items.map(({ id }) => id));
}
