import { fullCounter } from "../../domain/concert.ts";
import { markStands, openProfile } from "../kv/artist-profiles.ts";
import { isBefore } from "../kv/automatic-reminders.ts";
import type { Row } from "../kv/kv-table.ts";
import { isUuid } from "../../domain/uuid.ts";
import { artistIdOf } from "../legacy/ids.ts";
import { prefixes } from "../legacy/keys.ts";
import type { Lookups, NamedConcert, ReminderPlace } from "./lookups.ts";
import { type Trace, tracesOf } from "./traces.ts";
import type { TransferOptions } from "./transferred.ts";

type TraceOf<About extends Trace["about"]> = Extract<Trace, { about: About }>;

/** Lookups in rows that all are in memory: for stores of some thousand rows, and as the example of the others. */
export class MemoryLookups implements Lookups {
  private readonly known: Map<string, Row>;
  private readonly keys: string[];
  private readonly claims: Map<string, string>;
  private readonly concerts: TraceOf<"concert">[];
  private readonly concertsByName = new Map<string, TraceOf<"concert">>();
  private seats: Map<string, number> | undefined;

  private constructor(rows: readonly Row[], private readonly traces: readonly Trace[]) {
    this.known = new Map(rows.map((row) => [row.key, row]));
    this.keys = [...this.known.keys()].sort();
    this.claims = new Map(
      this.about("claim").map(({ artist_id, account }) => [artist_id, account]),
    );
    this.concerts = this.about("concert").sort((one, other) => one.id < other.id ? -1 : 1);
    // Ids before those of the old store, these before the ones inside old values; of several the lowest id.
    for (const nameOf of namesOfConcert) {
      for (const concert of this.concerts) {
        const name = nameOf(concert);
        if (name !== null && !this.concertsByName.has(name)) this.concertsByName.set(name, concert);
      }
    }
  }

  static async of(rows: readonly Row[], options: TransferOptions = {}): Promise<MemoryLookups> {
    const traces: Trace[] = [];
    for (const row of rows) traces.push(...await tracesOf(row, options));
    const profiles = await Promise.all(
      rows.filter(({ key }) => key.startsWith(prefixes.profile)).map(openProfile),
    );
    const byArtist = Map.groupBy(profiles, ({ id }) => id);
    const stand = traces.filter((trace) =>
      trace.about !== "claim" || markStands(trace.mark, byArtist.get(trace.account) ?? [])
    );
    return new MemoryLookups(rows, stand);
  }

  row(key: string): Promise<Row | null> {
    return Promise.resolve(this.known.get(key) ?? null);
  }

  rows(prefix: string): Promise<Row[]> {
    return Promise.resolve(
      this.keys.filter((key) => key.startsWith(prefix)).flatMap((key) => this.known.get(key) ?? []),
    );
  }

  concertNamed(name: string): Promise<NamedConcert | null> {
    const found = this.findConcert(name);
    if (!found) return Promise.resolve(null);
    const { id, owner, artist_id } = found;
    return Promise.resolve({ id, owner, artist_id: this.afterClaims(artist_id) });
  }

  async artistIdOf(name: string): Promise<string> {
    return this.afterClaims(await artistIdOf(name));
  }

  ownersOf(artistId: string): Promise<string[]> {
    const owners = this.about("owner")
      .filter(({ artist_id }) => this.afterClaims(artist_id) === artistId)
      .map(({ owner }) => owner);
    return Promise.resolve([...new Set(owners)].sort());
  }

  firstSeen(artistId: string): Promise<string | null> {
    const instants = this.concerts
      .filter(({ artist_id }) => this.afterClaims(artist_id) === artistId)
      .map(({ created_at }) => created_at);
    return Promise.resolve(instants.sort()[0] ?? null);
  }

  seatsSoldOf(concertId: string): Promise<number> {
    this.seats ??= this.countSeats();
    return Promise.resolve(Math.min(this.seats.get(concertId) ?? 0, fullCounter));
  }

  holderOf(username: string): Promise<string | null> {
    const [holder] = this.about("username")
      .filter((trace) => trace.username === username.toLowerCase())
      .sort((one, other) =>
        Number(one.is_old) - Number(other.is_old) || (one.key < other.key ? -1 : 1)
      );
    return Promise.resolve(holder ? this.afterClaims(holder.artist_id) : null);
  }

  reminderThatCounts(place: ReminderPlace): Promise<string | null> {
    let first: TraceOf<"reminder"> | null = null;
    for (const reminder of this.about("reminder")) {
      const concert = this.findConcert(reminder.concert)?.id ?? reminder.concert;
      const isThere = concert === place.concert && reminder.days_before === place.days_before &&
        this.afterClaims(reminder.user_id) === place.user_id;
      if (isThere && (first === null || isBefore(reminder, first))) first = reminder;
    }
    return Promise.resolve(first?.key ?? null);
  }

  private about<About extends Trace["about"]>(about: About): TraceOf<About>[] {
    return this.traces.filter((trace): trace is TraceOf<About> => trace.about === about);
  }

  private findConcert(name: string): TraceOf<"concert"> | null {
    return this.concertsByName.get(isUuid(name) ? name.toLowerCase() : name) ??
      this.concertsByName.get(name) ?? null;
  }

  private countSeats(): Map<string, number> {
    const seats = new Map<string, number>();
    for (const sale of this.about("seats")) {
      const id = this.findConcert(sale.concert)?.id;
      if (id !== undefined) seats.set(id, (seats.get(id) ?? 0) + sale.seats);
    }
    return seats;
  }

  /** An account that took over another profile may have been taken over itself. */
  private afterClaims(artistId: string): string {
    let id = artistId;
    for (const passed = new Set<string>(); !passed.has(id);) {
      passed.add(id);
      id = this.claims.get(id) ?? id;
    }
    return id;
  }
}

const namesOfConcert: readonly ((concert: TraceOf<"concert">) => string | null)[] = [
  ({ id }) => id,
  ({ legacy_id }) => legacy_id,
  ({ inner_id }) => inner_id,
];
