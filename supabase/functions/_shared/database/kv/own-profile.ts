import { prefixes } from "../legacy/keys.ts";
import type { ProfileDocument } from "./artist-profiles.ts";
import { handOver } from "./hand-over-profile.ts";
import type { KvContext } from "./kv-context.ts";

/** The caller's profile, of which nothing is still to be handed over; null when they have none. */
export async function ownProfile(context: KvContext): Promise<ProfileDocument | null> {
  const profile = await context.profiles.find(context.user().id);
  return profile && await handOver(context, profile);
}

/** The same for whoever is about to make the profile if there is none: its key is free then. */
export async function ownProfileToBe(context: KvContext): Promise<ProfileDocument | null> {
  return await ownProfile(context) ?? await freeOwnKey(context);
}

/**
 * Frees the key of the caller's profile where an account has taken over the one that was there: all that was of it goes
 * to that account first, so that what the caller makes now is not taken along. A claim that has not come as far as a
 * profile of its own comes too late: the profile is answered, and the caller's. Null when they have none.
 */
export async function freeOwnKey(context: KvContext): Promise<ProfileDocument | null> {
  const { documents, profiles } = context;
  const key = prefixes.profile + context.user().id;
  const mark = await documents.settled<ProfileDocument>(key);
  if (mark?.claimed_by === undefined) return null;
  const heir = await profiles.find(mark.claimed_by);
  const isClaimed = heir?.legacy_id === (mark.legacy_id ?? mark.id);
  if (heir && isClaimed) await handOver(context, heir);
  return await documents.change<ProfileDocument, ProfileDocument | null>(key, (current) => {
    if (!current || current.claimed_by !== mark.claimed_by) return { result: null };
    if (isClaimed) return { result: null, remove: true };
    const profile = { ...current, claimed_by: undefined };
    return { result: profile, write: profile };
  });
}
