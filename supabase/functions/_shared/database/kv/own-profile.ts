import { prefixes } from "../legacy/keys.ts";
import type { ProfileDocument } from "./artist-profiles.ts";
import { finishClaim } from "./finish-claim.ts";
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
 * to that account first, so that what the caller makes now is not taken along. Where the claim came to nothing, the
 * profile is answered, and the caller's. Null when they have none.
 */
export async function freeOwnKey(context: KvContext): Promise<ProfileDocument | null> {
  const { documents } = context;
  const key = prefixes.profile + context.user().id;
  const mark = await documents.settled<ProfileDocument>(key);
  if (mark?.claimed_by === undefined) return null;
  const heir = await finishClaim(context, mark, mark.claimed_by);
  return await documents.change<ProfileDocument, ProfileDocument | null>(key, (current) => {
    if (current?.claimed_by === undefined) return { result: current };
    return heir ? { result: null, remove: true } : { result: null };
  });
}
