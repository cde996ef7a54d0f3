import { Refusal } from "../../domain/refusal.ts";
import { isUuid } from "../../domain/uuid.ts";
import { prefixes } from "../legacy/keys.ts";
import type { ProfileDocument, TakenProfile } from "./artist-profiles.ts";
import { finishClaim, giveBackLost } from "./finish-claim.ts";
import type { KvContext } from "./kv-context.ts";
import { freeOwnKey, ownProfile } from "./own-profile.ts";

/**
 * Makes the old profile with the caller's verified e-mail theirs: a mark on it decides, then it is copied under the
 * caller's id, and everything of the old owner's follows. Each step can be repeated, and whoever meets the mark goes on
 * where the claim stopped: the caller with whatever they do next, or the old owner's account when it comes.
 */
export async function claimProfile(context: KvContext): Promise<ProfileDocument> {
  const { id: callerId } = context.user();
  const own = await ownProfile(context);
  if (own && own.legacy_id !== null) return own;
  await giveBackLost(context);
  if (own) throw new Refusal("conflict");

  const old = await findClaimable(context);
  if (await freeOwnKey(context)) throw new Refusal("conflict");
  const taken = await context.documents.change<ProfileDocument, TakenProfile>(
    prefixes.profile + old.owner,
    (current) => {
      const isLost = !current || current.claimed_at !== null ||
        (current.claimed_by !== undefined && current.claimed_by !== callerId);
      if (isLost) throw new Refusal("not_found");
      const marked = { ...current, claimed_by: callerId };
      return { result: marked, write: marked };
    },
  );
  const claimed = await finishClaim(context, taken);
  // The caller's own profile came into being meanwhile.
  if (!claimed) throw new Refusal("conflict");
  return claimed;
}

/** The one old profile that waits for the caller. Throws `not_found`, `conflict`. */
async function findClaimable(context: KvContext): Promise<ProfileDocument> {
  const { id: callerId, token } = context.user();
  const email = await context.accounts.verifiedEmail(token);
  if (email === null) throw new Refusal("not_found");
  const matches: ProfileDocument[] = [];
  for (const profile of await context.profiles.allEver()) {
    const isMatch = profile.claimed_at === null &&
      profile.email?.toLowerCase() === email.toLowerCase() &&
      (profile.claimed_by === undefined || profile.claimed_by === callerId);
    // An account that has not been back since still has its profile, whoever has its address now.
    const waits = isMatch &&
      (!isUuid(profile.owner) || await context.accounts.hasNoAccount(profile.id));
    if (waits) matches.push(profile);
  }
  if (matches.length === 0) throw new Refusal("not_found");
  if (matches.length > 1) throw new Refusal("conflict");
  return matches[0];
}
