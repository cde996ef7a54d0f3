import { fullCounter } from "../../domain/concert.ts";
import { seatsHeld } from "../../domain/ticket-sale.ts";
import { isAutomatic, isBefore } from "../kv/automatic-reminders.ts";
import { markStands, type ProfileDocument } from "../kv/artist-profiles.ts";
import { namesOf, type StoredConcert } from "../kv/concert-documents.ts";
import type { KvStore } from "../kv/kv-context.ts";
import type { Row } from "../kv/kv-table.ts";
import type { StoredNotification } from "../kv/notification-documents.ts";
import { isUuid } from "../../domain/uuid.ts";
import { artistIdOf } from "../legacy/ids.ts";
import { partsOf, prefixes } from "../legacy/keys.ts";
import { prefixOf } from "./families.ts";
import type { Lookups, NamedConcert, ReminderPlace } from "./lookups.ts";

/**
 * Lookups in the key-value store as it is. Made for each write that is to be followed: what has to be scanned is
 * scanned once.
 */
export class KvLookups implements Lookups {
  private profiles: Promise<ProfileDocument[]> | undefined;
  private claims: Promise<Map<string, string>> | undefined;
  private readonly owners = new Map<string, Promise<string[]>>();
  private readonly concerts = new Map<string, Promise<StoredConcert | null>>();
  private notifications: Promise<StoredNotification[]> | undefined;

  constructor(private readonly store: KvStore) {}

  row(key: string): Promise<Row | null> {
    return this.store.table.get(key);
  }

  rows(prefix: string): Promise<Row[]> {
    return this.store.table.scan(prefix);
  }

  async concertNamed(name: string): Promise<NamedConcert | null> {
    const found = await this.concert(name);
    if (!found) return null;
    const { id, owner, artist_id } = found.document;
    return { id, owner, artist_id: await this.artistIdOf(artist_id) };
  }

  async artistIdOf(name: string): Promise<string> {
    this.claims ??= this.readClaims();
    const claims = await this.claims;
    let id = await artistIdOf(name);
    for (const passed = new Set<string>(); !passed.has(id);) {
      passed.add(id);
      id = claims.get(id) ?? id;
    }
    return id;
  }

  ownersOf(artistId: string): Promise<string[]> {
    const found = this.owners.get(artistId) ?? this.findOwners(artistId);
    this.owners.set(artistId, found);
    return found;
  }

  private async findOwners(artistId: string): Promise<string[]> {
    const owners = new Set<string>();
    const accounts = new Set([artistId]);
    for (const { owner, id } of await this.everyProfile()) {
      if (await this.artistIdOf(id) !== artistId) continue;
      owners.add(owner);
      if (isUuid(owner)) accounts.add(id);
    }
    // Other keys may spell the id of an account in another way. An owner who is none has only the one.
    for (const owner of await this.spellingsOf([...accounts])) {
      if (await this.artistIdOf(owner) === artistId) owners.add(owner);
    }
    if (owners.size === 0) {
      const made = await this.store.profiles.find(artistId);
      if (made) owners.add(made.owner);
    }
    return [...owners].sort();
  }

  async firstSeen(artistId: string): Promise<string | null> {
    const instants = (await this.store.finder.all()).map(({ document }) => document)
      .filter(({ artist_id }) => artist_id === artistId)
      .map(({ created_at }) => created_at);
    return instants.sort()[0] ?? null;
  }

  async seatsSoldOf(concertId: string): Promise<number> {
    const found = await this.concert(concertId);
    if (!found) return 0;
    const sales = await this.store.sales.ofConcert(found.document);
    const seats = sales.reduce((sum, { document }) => sum + seatsHeld(document), 0);
    return Math.min(seats, fullCounter);
  }

  async holderOf(username: string): Promise<string | null> {
    const name = username.toLowerCase();
    const holders = (await this.everyProfile()).filter((profile) =>
      profile.claimed_by === undefined && profile.username?.toLowerCase() === name
    );
    const holder = holders.find(({ rev }) => rev > 0) ?? holders[0];
    return holder ? await this.artistIdOf(holder.id) : null;
  }

  async reminderThatCounts(
    { concert, user_id, days_before }: ReminderPlace,
  ): Promise<string | null> {
    const found = await this.concert(concert);
    const names = found ? namesOf(found.document) : [concert];
    this.notifications ??= this.store.notifications.withRepeats();
    let first: StoredNotification | null = null;
    for (const notification of await this.notifications) {
      const { document } = notification;
      const isThere = isAutomatic(document) && document.days_before === days_before &&
        names.includes(document.concert_id ?? document.concert_name ?? "") &&
        await this.artistIdOf(document.user_id) === user_id;
      if (isThere && (first === null || isBefore(document, first.document))) first = notification;
    }
    return first?.row.key ?? null;
  }

  /** The owners' ids that begin with one of these in the keys of balances, movements, settings and connections. */
  private async spellingsOf(ids: readonly string[]): Promise<string[]> {
    const { coinsBalance, notificationSettings, coinsTransaction, ticketProvider } = prefixes;
    const whole: string[] = [coinsBalance, notificationSettings];
    const keys = await this.store.table.scanKeysOfIds(
      [...whole, coinsTransaction, ticketProvider],
      ids,
    );
    return keys.flatMap((key) => {
      const prefix = prefixOf(key);
      if (whole.includes(prefix)) return key.slice(prefix.length);
      return partsOf(key, prefix).owner ?? [];
    });
  }

  private concert(name: string): Promise<StoredConcert | null> {
    const found = this.concerts.get(name) ?? this.store.finder.find(name);
    this.concerts.set(name, found);
    return found;
  }

  private everyProfile(): Promise<ProfileDocument[]> {
    return this.profiles ??= this.store.profiles.allEver();
  }

  /** By artist, the account that took their profile over. */
  private async readClaims(): Promise<Map<string, string>> {
    const claims = new Map<string, string>();
    const profiles = await this.everyProfile();
    const byArtist = Map.groupBy(profiles, ({ id }) => id);
    for (const mark of profiles) {
      if (mark.claimed_by === undefined) continue;
      const account = mark.claimed_by.toLowerCase();
      if (markStands(mark, byArtist.get(account) ?? [])) claims.set(mark.id, account);
    }
    return claims;
  }
}
