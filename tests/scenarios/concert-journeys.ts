import assert from "node:assert/strict";
import type { Concert, NewConcert } from "../../supabase/functions/_shared/domain/concert.ts";
import type { Person } from "../support/caller-tokens.ts";
import type { ApiClient, Reply } from "./api-client.ts";
import type { ScenarioContext } from "./scenario-context.ts";

/** `YYYY-MM-DD`, so many days from today in Moscow, the default time zone. */
export function daysFromToday(days: number, timeZone = "Europe/Moscow"): string {
  return new Date(Date.now() + days * 86_400_000).toLocaleDateString("sv-SE", { timeZone });
}

/** A word of Cyrillic letters that no other record holds. */
export function uniqueWord(): string {
  const letters = crypto.getRandomValues(new Uint8Array(10));
  return `Я${[...letters].map((number) => "бвгджзклмн"[number % 10]).join("")}`;
}

/** Everything a concert needs to be moderated. */
export function completeConcert(changes: Partial<NewConcert> = {}): NewConcert {
  return {
    title: "Ночь в Филармонии",
    description: "Большая программа с оркестром.",
    city: "Москва",
    venue_name: "Дом культуры «Орион»",
    venue_address: "ул. Ленина, 1",
    event_date: daysFromToday(30),
    event_time: "19:00",
    time_zone: "Europe/Moscow",
    event_type: "Концерт",
    banner_image_url: "https://images.example.com/banner.jpg",
    ticket_price_min: 500,
    ticket_price_max: 2500.5,
    ticket_link: "https://tickets.example.com/1",
    ticket_capacity: 300,
    ...changes,
  };
}

export function draft(
  { api }: ScenarioContext,
  artist: Person,
  changes: Partial<NewConcert> = {},
): Promise<Concert> {
  return api.data("POST", "/concerts", { as: artist, body: completeConcert(changes) });
}

export async function pending(
  context: ScenarioContext,
  artist: Person,
  changes: Partial<NewConcert> = {},
): Promise<Concert> {
  const { id } = await draft(context, artist, changes);
  return await context.api.data("POST", `/concerts/${id}/submit`, { as: artist });
}

export async function approved(
  context: ScenarioContext,
  artist: Person,
  changes: Partial<NewConcert> = {},
): Promise<Concert> {
  const { id } = await pending(context, artist, changes);
  return await approve(context, id);
}

export async function approve(context: ScenarioContext, id: string): Promise<Concert> {
  return await context.api.data("POST", `/concerts/${id}/moderate`, {
    as: await context.makeModerator(),
    body: { decision: "approved" },
  });
}

/** Approved, and over for so many days: only an edit can bring a public concert into the past. */
export async function past(
  context: ScenarioContext,
  artist: Person,
  daysAgo: number,
  changes: Partial<NewConcert> = {},
): Promise<Concert> {
  const { id } = await pending(context, artist, changes);
  await context.api.data("PATCH", `/concerts/${id}`, {
    as: artist,
    body: { event_date: daysFromToday(-daysAgo) },
  });
  return await approve(context, id);
}

/** An artist with so many coins. */
export async function artistWithCoins(context: ScenarioContext, coins: number): Promise<Person> {
  const artist = await context.makeArtist();
  await context.fixtures.giveCoins(artist.id, [{
    amount: coins,
    type: "reward",
    description: "Приветственный бонус",
    created_at: new Date(Date.now() - 3_600_000).toISOString(),
  }]);
  return artist;
}

/** The public concerts a query finds, in the order of the answer. */
export async function idsOf(
  { api }: ScenarioContext,
  query: Record<string, string>,
): Promise<string[]> {
  const concerts = await api.data<{ id: string }[]>("GET", "/concerts", { query });
  return concerts.map(({ id }) => id);
}

type RequestOptions = Parameters<ApiClient["send"]>[2];

/** All items of a list, page after page, asserting that pages are full, none repeats an item and the last ends. */
export async function allPages<Item>(
  { api }: ScenarioContext,
  path: string,
  limit: number,
  options: RequestOptions = {},
  itemsOf: (reply: Reply<never>) => Item[] = ({ body }) => body.data,
  idOf: (item: Item) => string = (item) => (item as { id: string }).id,
): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | null | undefined;
  do {
    const query = { ...options.query, limit, ...(cursor ? { cursor } : {}) };
    const reply: Reply<never> = await api.send("GET", path, { ...options, query });
    assert.equal(reply.status, 200, reply.text);
    const page = itemsOf(reply);
    cursor = reply.body.next_cursor;
    assert.ok(cursor !== undefined, "a list answers next_cursor");
    if (cursor !== null) assert.equal(page.length, limit, "only the last page may be short");
    if (items.length > 0) assert.ok(page.length > 0, "a cursor leads to at least one more item");
    items.push(...page);
    assert.equal(new Set(items.map(idOf)).size, items.length, "an item came twice");
  } while (cursor !== null);
  return items;
}
