import type { Artist } from "../../domain/artist.ts";
import type { ArtistCard } from "../../domain/concert.ts";
import { isUuid } from "../../domain/uuid.ts";
import { artistIdOf } from "../legacy/ids.ts";
import { partsOf, prefixes } from "../legacy/keys.ts";
import { keepsakeOf } from "../legacy/reading.ts";
import {
  blankProfile,
  type OldProfile,
  type ProfileReason,
  type ProfileRepair,
  readProfile,
} from "../legacy/read-profile.ts";
import type { ConcertDocument } from "./concert-documents.ts";
import { hasShape } from "./document-shapes.ts";
import { isDocument, type StoredDocument } from "./documents.ts";
import type { ConcertFinder } from "./concert-finder.ts";
import type { KvTable, Row } from "./kv-table.ts";

/** A profile as it is stored. */
export interface ProfileDocument extends OldProfile, StoredDocument {
  /** When its owner first used it; null: an old profile that waits for its owner. */
  claimed_at: string | null;
  /** The account that took this profile over; all of it is in that account's profile then. */
  claimed_by?: string;
  /** The old owner whose records are still to be handed over to this profile. */
  claiming?: string;
}

/** What is left of a profile that an account has taken over: the mark that decided it. */
export type TakenProfile = ProfileDocument & Required<Pick<ProfileDocument, "claimed_by">>;

export function isTaken(profile: ProfileDocument): profile is TakenProfile {
  return profile.claimed_by !== undefined;
}

/** A profile's row in the shape of today. One that cannot be read is as good as blank. */
export async function openProfile(row: Row): Promise<ProfileDocument> {
  return (await readProfileRow(row)).document;
}

/** The same with what had to be repaired. */
export async function readProfileRow(
  { key, value }: Row,
): Promise<{ document: ProfileDocument; repairs: (ProfileRepair | "profile_unreadable")[] }> {
  if (isDocument(value) && hasShape("profile", value)) {
    // Whose it is the key says: a value may have been anybody's.
    const owner = key.slice(prefixes.profile.length);
    const document = { ...value as ProfileDocument, owner, id: await artistIdOf(owner) };
    return { document, repairs: [] };
  }
  const reading = await readProfile(key, value);
  const rest = { claimed_at: null, rev: 0, legacy: keepsakeOf(value) };
  if ("record" in reading) {
    return { document: { ...reading.record, ...rest }, repairs: reading.repairs };
  }
  const blank = await blankProfile(key.slice(prefixes.profile.length), null);
  return { document: { ...blank, ...rest }, repairs: ["profile_unreadable"] };
}

/** The profile of somebody who uses the store for the first time, to be inserted. */
export async function newProfile(
  owner: string,
  email: string | null,
  now: string,
): Promise<Omit<ProfileDocument, "rev">> {
  return { ...await blankProfile(owner, now), email, claimed_at: now, legacy: null };
}

/** Why the row is no profile; null when it is one. */
export async function whyNoProfile(
  { key, value }: Row,
): Promise<ProfileReason | "broken_document" | null> {
  if (isDocument(value)) return hasShape("profile", value) ? null : "broken_document";
  const reading = await readProfile(key, value);
  return "unreadable" in reading ? reading.unreadable : null;
}

/** What a profile becomes as the profile of the account that has taken it over. */
export function heirOf(taken: TakenProfile): ProfileDocument {
  return {
    ...taken,
    id: taken.claimed_by,
    owner: taken.claimed_by,
    legacy_id: formerIdOf(taken),
    claimed_at: new Date().toISOString(),
    claimed_by: undefined,
    claiming: taken.owner,
    pending: undefined,
  };
}

/**
 * Whether the mark on an old profile makes it its account's: not where the account has a profile that came from
 * elsewhere. What an old value says of others alone does not give them anything, nor take it.
 *
 * @param ofAccount the profiles under the account's id
 */
export function markStands(mark: ProfileDocument, ofAccount: Iterable<ProfileDocument>): boolean {
  for (const profile of ofAccount) {
    if (!isTaken(profile) && profile.legacy_id !== formerIdOf(mark)) return false;
  }
  return true;
}

/** The `legacy_id` of whoever has taken the profile over. */
export function formerIdOf({ legacy_id, id }: Pick<ProfileDocument, "legacy_id" | "id">): string {
  return legacy_id ?? id;
}

/** The profile as the contract has it. */
export function artistOf(profile: ProfileDocument, coins_balance: number): Artist {
  return {
    id: profile.id,
    legacy_id: profile.legacy_id,
    username: profile.username,
    full_name: profile.full_name,
    bio: profile.bio,
    avatar_url: profile.avatar_url,
    city: profile.city,
    phone: profile.phone,
    email: profile.email,
    is_verified: profile.is_verified,
    subscribers_count: profile.subscribers_count,
    total_plays: profile.total_plays,
    total_tracks: profile.total_tracks,
    coins_balance,
    created_at: profile.created_at,
    updated_at: profile.updated_at,
  };
}

/** Profiles by the ids of artists, those included whom only their records tell of. */
export class ArtistProfiles {
  constructor(private readonly table: KvTable, private readonly finder: ConcertFinder) {}

  /**
   * Every profile that is in use: not those taken over by an account, but what they become. Until a claim has come as
   * far as that, its mark is all there is of it.
   */
  async all(): Promise<ProfileDocument[]> {
    const profiles = await this.allEver();
    const owners = new Set(profiles.map(({ owner }) => owner));
    return profiles.flatMap((profile) => {
      if (!isTaken(profile)) return profile;
      return owners.has(profile.claimed_by) ? [] : heirOf(profile);
    });
  }

  /** What is left of the profiles of the artist with this id, in whatever spelling, that accounts have taken over. */
  async takenFrom(artistId: string): Promise<TakenProfile[]> {
    return (await this.allEver()).filter(isTaken).filter(({ id }) => id === artistId);
  }

  /** Every profile, those included that an account has taken over or is taking over. */
  async allEver(): Promise<ProfileDocument[]> {
    return await Promise.all((await this.table.scan(prefixes.profile)).map(openProfile));
  }

  /** The profile of the artist with this id; a blank one when there are only records of theirs; else null. */
  async find(artistId: string): Promise<ProfileDocument | null> {
    const row = await this.table.get(prefixes.profile + artistId);
    const profile = row && await openProfile(row);
    // What is left of a profile that an account has taken over is that account's.
    if (profile) return profile.claimed_by === undefined ? profile : null;
    // Its key may hold the id in capitals, or an owner id that was no account.
    return (await this.all()).find(({ id }) => id === artistId) ?? await this.blank(artistId);
  }

  /** The profile of the artist with this id, else with this id in the old store; null when there is none. */
  async findByAnyId(id: string): Promise<ProfileDocument | null> {
    const name = isUuid(id) ? id.toLowerCase() : id;
    const profile = isUuid(id) ? await this.find(name) : null;
    if (profile) return profile;
    return (await this.all()).find(({ legacy_id }) => legacy_id === name) ??
      (isUuid(id) ? null : await this.blank(await artistIdOf(id)));
  }

  /**
   * The profile of the artist with this id, else of the one who had it before an account took over their profile; null
   * when there is none.
   */
  async findHolder(artistId: string): Promise<ProfileDocument | null> {
    const row = await this.table.get(prefixes.profile + artistId);
    const profile = row && await openProfile(row);
    if (profile && profile.claimed_by === undefined) return profile;
    const profiles = await this.all();
    const found = profiles.find(({ id }) => id === artistId);
    if (found) return found;
    for (const other of profiles) {
      const { legacy_id } = other;
      if (legacy_id !== null && await artistIdOf(legacy_id) === artistId) return other;
    }
    return null;
  }

  /** The id of today of the artist who has this id, else of the one who had it before; they need not exist. */
  async idOfToday(id: string): Promise<string> {
    const artistId = await artistIdOf(id);
    const row = await this.table.get(prefixes.profile + id);
    if (row && (await openProfile(row)).claimed_by === undefined) return artistId;
    const profiles = await this.all();
    if (profiles.some((profile) => profile.id === artistId)) return artistId;
    const formerId = isUuid(id) ? artistId : id;
    return profiles.find(({ legacy_id }) => legacy_id === formerId)?.id ?? artistId;
  }

  /** The cards of these concerts' artists, read in one request. */
  async cards(
    concerts: readonly ConcertDocument[],
  ): Promise<(concert: ConcertDocument) => ArtistCard> {
    const keys = new Set(concerts.map(({ owner }) => prefixes.profile + owner));
    const cards = new Map<string, ArtistCard>();
    for (const row of await this.table.getMany([...keys])) {
      const { username, full_name, avatar_url } = await openProfile(row);
      cards.set(row.key, { id: "", username, full_name, avatar_url });
    }
    return ({ owner, artist_id }) => ({
      ...cards.get(prefixes.profile + owner) ?? emptyCard,
      id: artist_id,
    });
  }

  private async blank(artistId: string): Promise<ProfileDocument | null> {
    const concerts = (await this.finder.all()).map(({ document }) => document)
      .filter(({ artist_id }) => artist_id === artistId);
    const owner = concerts.length === 0
      ? await this.ownerOfRecords(artistId)
      : await this.ownerWithCoins(new Set(concerts.map(({ owner }) => owner)));
    if (owner === null) return null;
    const created = concerts.map(({ created_at }) => created_at).sort()[0] ?? null;
    return { ...await blankProfile(owner, created), claimed_at: null, rev: 0, legacy: null };
  }

  /** Of the spellings of one id the first that has a balance; without any, the first. */
  private async ownerWithCoins(owners: ReadonlySet<string>): Promise<string> {
    const [first, ...others] = owners;
    if (others.length === 0) return first;
    const keys = [first, ...others].map((owner) => prefixes.coinsBalance + owner);
    const balances = (await this.table.getMany(keys)).map(({ key }) => key);
    const key = keys.find((key) => balances.includes(key));
    return key === undefined ? first : key.slice(prefixes.coinsBalance.length);
  }

  /** The owner by what else names them: coins, campaigns, connections to ticket providers. */
  private async ownerOfRecords(artistId: string): Promise<string | null> {
    const balances = await this.table.scanKeys(prefixes.coinsBalance);
    const owners = new Set(balances.map((key) => key.slice(prefixes.coinsBalance.length)));
    for (const prefix of ownedRecords) {
      for (const key of await this.table.scanKeys(prefix)) {
        const { owner } = partsOf(key, prefix);
        if (owner !== null) owners.add(owner);
      }
    }
    for (const owner of owners) {
      if (await artistIdOf(owner) !== artistId) continue;
      // Records of a profile that an account has taken over keep their names: they are the account's now.
      const row = await this.table.get(prefixes.profile + owner);
      if (!row || (await openProfile(row)).claimed_by === undefined) return owner;
    }
    return null;
  }
}

const ownedRecords = [prefixes.coinsTransaction, prefixes.campaign, prefixes.ticketProvider];

const emptyCard: ArtistCard = { id: "", username: null, full_name: null, avatar_url: null };
