import { formerIdOf, type ProfileDocument } from "../kv/artist-profiles.ts";

/**
 * Whether the mark on an old profile makes it its account's: not where the account has a profile that came from
 * elsewhere. What an old value says of others alone does not give them anything, nor take it.
 *
 * @param ofAccount the profiles under the account's id
 */
export function isTaken(mark: ProfileDocument, ofAccount: Iterable<ProfileDocument>): boolean {
  for (const profile of ofAccount) {
    const isInUse = profile.claimed_by === undefined;
    if (isInUse && profile.legacy_id !== formerIdOf(mark)) return false;
  }
  return true;
}
