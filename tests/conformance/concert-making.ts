import type { Concert, NewConcert } from "../../supabase/functions/_shared/domain/concert.ts";
import type { ConformanceContext, Somebody } from "./conformance-context.ts";

/** The date `days` from today, `YYYY-MM-DD` in UTC. */
export function dateInDays(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
}

/** A concert with every field filled, ready to be submitted. */
export function completeConcert(changes: Partial<NewConcert> = {}): NewConcert {
  return {
    title: "Зимний вечер",
    description: "Песни у камина",
    city: "Москва",
    venue_name: "Клуб 16 тонн",
    venue_address: "Пресненский Вал, 6",
    event_date: dateInDays(30),
    event_time: "19:30",
    time_zone: "Europe/Moscow",
    event_type: "Концерт",
    banner_image_url: "https://example.org/banner.png",
    ticket_price_min: 500,
    ticket_price_max: 1500.5,
    ticket_link: "https://example.org/tickets",
    ticket_capacity: 100,
    ...changes,
  };
}

/** A concert of the artist's that waits for moderation. */
export async function pendingConcert(
  artist: Somebody,
  changes: Partial<NewConcert> = {},
): Promise<Concert> {
  const { id } = await artist.database.concerts.create(completeConcert(changes));
  return await artist.database.concerts.submit(id);
}

/** A public concert of the artist's; one on any date, a past one included. */
export async function publicConcert(
  { makeModerator }: ConformanceContext,
  artist: Somebody,
  { event_date, ...changes }: Partial<NewConcert> = {},
): Promise<Concert> {
  const { id } = await pendingConcert(artist, changes);
  // What waits may still be edited; only submitting asks for a date to come.
  if (event_date !== undefined) await artist.database.concerts.update(id, { event_date });
  const moderator = await makeModerator();
  return await moderator.database.concerts.moderate(id, { decision: "approved" });
}

/** The concert as its owner sees it now. */
export async function reread(artist: Somebody, id: string): Promise<Concert> {
  const found = await artist.database.concerts.find(id);
  if (found.access !== "full") throw new Error(`${artist.id} does not own ${id}`);
  return found.concert;
}
