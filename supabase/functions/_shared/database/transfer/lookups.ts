import type { Row } from "../kv/kv-table.ts";

/** A concert as other records need it. */
export interface NamedConcert {
  id: string;
  /** Whose it is today: claims are followed. */
  artist_id: string;
  /** The owner's id as the keys have it. */
  owner: string;
}

/** Which automatic reminder is meant: a person is reminded of a concert so many days before once. */
export interface ReminderPlace {
  /** The concert's id of today, or the name by which it is not found. */
  concert: string;
  user_id: string;
  days_before: number;
}

/**
 * What a record needs to know of others to become rows. What rows have to tell about others is `tracesOf`; how the
 * answers follow from that, `MemoryLookups` shows. Ids and names are compared as they are, artists' ids in lower case.
 */
export interface Lookups {
  /** The row under a key; null when there is none. */
  row(key: string): Promise<Row | null>;
  /** All rows whose key begins with `prefix`, ordered by key. */
  rows(prefix: string): Promise<Row[]>;
  /**
   * The concert known by any of its names: by its id, else by its id in the old store, else by the id inside the old
   * value; of several the one with the lowest id. Null when none is readable.
   */
  concertNamed(name: string): Promise<NamedConcert | null>;
  /**
   * Whose records these are today: follows claimed profiles.
   *
   * @param name an owner's id as keys have it, or an artist's id
   */
  artistIdOf(name: string): Promise<string>;
  /** Every owner's id in keys that is this artist's today, in the order of the texts; claimed ones included. */
  ownersOf(artistId: string): Promise<string[]>;
  /** When the first of the artist's concerts was made; null without concerts. */
  firstSeen(artistId: string): Promise<string | null>;
  /** The seats that the concert's sales hold. */
  seatsSoldOf(concertId: string): Promise<number>;
  /** The id of the artist who has the user name, whatever its case; null when nobody has. */
  holderOf(username: string): Promise<string | null>;
  /** The key of the one among repeated automatic reminders that counts; null when there is none. */
  reminderThatCounts(place: ReminderPlace): Promise<string | null>;
}
