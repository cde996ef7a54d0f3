import type { Artist } from "../../domain/artist.ts";
import { artistIdOf, legacyOwner } from "./ids.ts";
import { prefixes } from "./keys.ts";
import { type FieldRepair, OldFields } from "./old-fields.ts";
import { fieldsOf, type NoObject, type Reading } from "./reading.ts";

/** An old profile in the shape of today; the coins are kept elsewhere. */
export interface OldProfile extends Omit<Artist, "coins_balance"> {
  /** The owner's id as the keys of the old store have it. */
  owner: string;
}

export type ProfileRepair =
  | FieldRepair
  | "created_at_from_update"
  | "created_at_unknown";

export type ProfileReason = NoObject;

const beginningOfTime = new Date(0).toISOString();

/** Reads `profile:{userId}`: JSON text (name, avatar, subscribers, ...) or an object (username, full_name, ...). */
export async function readProfile(
  key: string,
  value: unknown,
): Promise<Reading<OldProfile, ProfileRepair, ProfileReason>> {
  const content = fieldsOf(value);
  if (typeof content === "string") return { unreadable: content };
  const fields = new OldFields<ProfileRepair>(content);
  const created = fields.instant("created_at", "createdAt");
  const updated = fields.instant("updated_at", "updatedAt");
  if (created === null) {
    fields.repairs.add(updated === null ? "created_at_unknown" : "created_at_from_update");
  }
  const record: OldProfile = {
    ...await blankProfile(key.slice(prefixes.profile.length), created ?? updated),
    username: fields.formed(/^[A-Za-z0-9_.-]{3,40}$/, "username"),
    full_name: fields.shortLine(1, 200, "full_name", "name"),
    bio: fields.shortText(2000, "bio"),
    avatar_url: fields.webAddress("avatar_url", "avatar"),
    city: fields.shortLine(2, 100, "city"),
    phone: fields.formed(/^\+?[0-9 ()-]{5,32}$/, "phone"),
    // An address cut short is somebody else's.
    email: fields.formed(/^[^]{1,320}$/, "email"),
    subscribers_count: fields.count("subscribers_count", "subscribers"),
    total_plays: fields.count("total_plays", "totalPlays"),
    total_tracks: fields.count("total_tracks", "totalTracks"),
  };
  if (updated !== null) record.updated_at = updated;
  return { record, repairs: [...fields.repairs] };
}

/**
 * The profile of an owner of whom the old store has records and no profile.
 *
 * @param created when the first of the records was made; null when that is not known
 */
export async function blankProfile(owner: string, created: string | null): Promise<OldProfile> {
  return {
    id: await artistIdOf(owner),
    legacy_id: legacyOwner(owner),
    owner,
    username: null,
    full_name: null,
    bio: null,
    avatar_url: null,
    city: null,
    phone: null,
    email: null,
    // The old store knows no verification; whatever a value claims was written by its owner.
    is_verified: false,
    subscribers_count: 0,
    total_plays: 0,
    total_tracks: 0,
    created_at: created ?? beginningOfTime,
    updated_at: created ?? beginningOfTime,
  };
}
