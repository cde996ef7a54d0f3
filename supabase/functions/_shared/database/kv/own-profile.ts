import { prefixes } from "../legacy/keys.ts";
import type { ProfileDocument } from "./artist-profiles.ts";
import { finishClaim } from "./finish-claim.ts";
import { handOver } from "./hand-over-profile.ts";
import type { KvContext } from "./kv-context.ts";

/** The caller's profile, of which nothing is still to be handed over; null when they have none. */
export async function ownProfile(context: KvContext): Promise<ProfileDocument | null> {
  const { id } = context.user();
  const profile = await context.profiles.find(id);
  // Where there are only records they may be those of a profile that an account is taking over.
  const isBlank = profile?.rev === 0 && profile.legacy === null;
  if (isBlank && (await context.profiles.takenFrom(id)).length > 0) return null;
  return profile && await handOver(context, profile);
}

/** The same for whoever is about to make the profile if there is none: its key is free then. */
export async function ownProfileToBe(context: KvContext): Promise<ProfileDocument | null> {
  return await ownProfile(context) ?? await freeOwnKey(context);
}

/**
 * Frees the key of the caller's profile where an account has taken over the one that was there, in whatever spelling of
 * their id: all that was of it goes to that account first, so that what the caller makes now is not taken along. Where
 * the claim came to nothing, the profile is answered, and the caller's. Null when they have none.
 */
export async function freeOwnKey(context: KvContext): Promise<ProfileDocument | null> {
  for (const taken of await context.profiles.takenFrom(context.user().id)) {
    const heir = await finishClaim(context, taken);
    const left = await context.documents.change<ProfileDocument, ProfileDocument | null>(
      prefixes.profile + taken.owner,
      (current) => {
        if (current?.claimed_by === undefined || !heir) return { result: current };
        return { result: null, remove: true };
      },
    );
    if (left && left.claimed_by === undefined) return left;
  }
  return null;
}
