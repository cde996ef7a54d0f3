import assert from "node:assert/strict";
import type { PublicConcertFilter } from "../../supabase/functions/_shared/database/types.ts";
import type { PageRequest } from "../../supabase/functions/_shared/domain/paging.ts";
import type { ConformanceContext, Somebody } from "./conformance-context.ts";
import { readPages } from "./expect.ts";

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

/** The ids of the artist's public concerts that a visitor finds so, whether they name the artist or not. */
export async function idsFound(
  { visitor }: ConformanceContext,
  artist: Somebody,
  filter: Partial<PublicConcertFilter>,
): Promise<string[]> {
  const find = (artist_id: string | null) =>
    readPages(
      (page) => visitor.concerts.listPublic({ ...anything, ...filter, artist_id }, page),
      firstPage.limit,
    );
  const ids = (await find(artist.id)).map(({ id }) => id);
  const others = await find(null);
  assert.deepEqual(
    others.filter((found) => found.artist.id === artist.id).map(({ id }) => id),
    ids,
  );
  return ids;
}
