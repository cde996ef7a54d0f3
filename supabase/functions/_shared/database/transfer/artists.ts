import { hasShape } from "../kv/document-shapes.ts";
import { type ProfileDocument, readProfileRow } from "../kv/artist-profiles.ts";
import { isDocument } from "../kv/documents.ts";
import type { Row } from "../kv/kv-table.ts";
import { artistIdOf } from "../legacy/ids.ts";
import { prefixes } from "../legacy/keys.ts";
import { blankProfile } from "../legacy/read-profile.ts";
import { balanceRepairs, coinsOf, walletRow } from "./coins.ts";
import type { Lookups } from "./lookups.ts";
import type { Repair } from "./outcome-codes.ts";
import type { ExportedRecord, TransferRecord } from "./record.ts";
import { leftOut, merged, migrated, recordOf, rejected, type Transferred } from "./transferred.ts";

/** An artist as the target has them. */
export interface ArtistRecords {
  /** The artist, and the movements without which their coins would not add up. */
  records: TransferRecord[];
  /** The key of the profile in use; null when only other records tell of the artist. */
  profileKey: string | null;
  repairs: Repair[];
}

/** An artist with their coins: by their profile, else made of what other records tell. */
export async function artistRecords(artistId: string, lookups: Lookups): Promise<ArtistRecords> {
  const profile = await profileOf(artistId, lookups);
  const document = profile?.document ??
    await missingArtist(
      (await lookups.ownersOf(artistId))[0] ?? artistId,
      await lookups.firstSeen(artistId),
    );
  const coins = await coinsOf(artistId, lookups);
  const repairs: Repair[] = [...profile?.repairs ?? []];
  const holder = document.username === null ? null : await lookups.holderOf(document.username);
  const isNameTaken = holder !== null && holder !== artistId;
  if (isNameTaken) repairs.push("username_taken");
  const artist = recordOf("artists", profile?.key ?? null, document.rev + coins.version, {
    ...document,
    id: artistId,
    username: isNameTaken ? null : document.username,
    coins_balance: coins.balance,
    legacy: withStatedBalance(document.legacy, coins.stated),
  });
  return { records: [artist, ...coins.openings], profileKey: profile?.key ?? null, repairs };
}

/** The unclaimed profile of an artist of whom only other records tell. */
export async function missingArtist(
  owner: string,
  firstSeen: string | null,
): Promise<ProfileDocument> {
  return { ...await blankProfile(owner, firstSeen), claimed_at: null, rev: 0, legacy: null };
}

interface Profile {
  key: string;
  document: ProfileDocument;
  repairs: Repair[];
}

/** The profile in use: the one under the artist's own id, else the first under another spelling of it. */
async function profileOf(artistId: string, lookups: Lookups): Promise<Profile | null> {
  const owners = await lookups.ownersOf(artistId);
  let takenOver: Profile | null = null;
  for (const owner of [artistId, ...owners.filter((other) => other !== artistId)]) {
    const row = await lookups.row(prefixes.profile + owner);
    if (row === null) continue;
    const { document, repairs } = await readProfileRow(row);
    const isOwn = await artistIdOf(owner) === artistId;
    if (isOwn && (document.claimed_by === undefined || owners.includes(owner))) {
      return { key: row.key, document, repairs };
    }
    // Taken over by an account that has not got as far as a profile of its own.
    const legacy_id = document.legacy_id ?? document.id;
    takenOver ??= { key: row.key, document: { ...document, legacy_id }, repairs };
  }
  return takenOver;
}

/** `profile:{owner}` */
export async function transferProfile(row: Row, lookups: Lookups): Promise<Transferred> {
  const artistId = await lookups.artistIdOf(row.key.slice(prefixes.profile.length));
  const { records, profileKey, repairs } = await artistRecords(artistId, lookups);
  if (profileKey === row.key) return migrated(records, repairs);
  return merged(profileKey ?? `artists ${artistId}`, (await readProfileRow(row)).repairs);
}

/** `coins:balance:{owner}` */
export async function transferBalance(row: Row, lookups: Lookups): Promise<Transferred> {
  const owner = row.key.slice(prefixes.coinsBalance.length);
  const artistId = await lookups.artistIdOf(owner);
  const { records, profileKey } = await artistRecords(artistId, lookups);
  return merged(
    profileKey ?? `artists ${artistId}`,
    await balanceRepairs(artistId, owner, lookups),
    records,
  );
}

/** `username:{name}`: said by the profile as well. */
export async function transferReservation(row: Row, lookups: Lookups): Promise<Transferred> {
  if (!isDocument(row.value) || !hasShape("username", row.value)) {
    return rejected("broken_document");
  }
  const artistId = await lookups.artistIdOf(String(Reflect.get(row.value, "artist_id")));
  const owners = await lookups.ownersOf(artistId);
  if (owners.length === 0) return leftOut("abandoned_reservation");
  const profile = await profileOf(artistId, lookups);
  return merged(profile?.key ?? `artists ${artistId}`, []);
}

/** The owner's id in the keys of an artist's records, by their row. */
export async function ownerOfArtist(exported: ExportedRecord): Promise<string> {
  const { row } = exported;
  const id = String(row.id);
  // A profile that was claimed since has the account's id, and its old key is nobody's.
  for (const owner of [profileOwner(exported), row.legacy_id]) {
    if (typeof owner === "string" && await artistIdOf(owner) === id) return owner;
  }
  return id;
}

/** Whose profile the artist was made of, as the key has it; null where there was none. */
function profileOwner({ key }: ExportedRecord): string | null {
  return key?.startsWith(prefixes.profile) ? key.slice(prefixes.profile.length) : null;
}

/**
 * The way back: the profile and the balance. One that an account has taken over, and that had not got as far as a
 * profile of the account's, is handed over by kv mode: the old one keeps its mark.
 */
export async function artistRows(exported: ExportedRecord): Promise<Row[]> {
  const owner = await ownerOfArtist(exported);
  const former = profileOwner(exported);
  const { profile, stated } = apart(exported.row.legacy);
  const { coins_balance: _, ...row } = exported.row;
  const document = {
    ...row,
    owner,
    legacy: profile,
    // The wallet's own revision is counted along: so many back and forth, the version stays.
    rev: Math.max(exported.version - 1, 1),
    ...former === null || former === owner ? {} : { claiming: former },
  };
  return [
    { key: prefixes.profile + owner, value: document },
    walletRow(owner, exported, stated),
  ];
}

const balanceName = "coins:balance";

/** An old balance that was repaired is kept beside the old profile. */
function withStatedBalance(profile: unknown, stated: unknown): unknown {
  return stated === null && !hasBalance(profile) ? profile : { profile, [balanceName]: stated };
}

function apart(legacy: unknown): { profile: unknown; stated: unknown } {
  if (!hasBalance(legacy)) return { profile: legacy ?? null, stated: null };
  return { profile: legacy.profile ?? null, stated: legacy[balanceName] };
}

function hasBalance(legacy: unknown): legacy is Record<string, unknown> {
  return typeof legacy === "object" && legacy !== null && Object.hasOwn(legacy, balanceName);
}
