import { Refusal } from "../../domain/refusal.ts";
import { isUuid } from "../../domain/uuid.ts";
import { prefixes } from "../legacy/keys.ts";
import type { ProfileDocument } from "./artist-profiles.ts";
import { handOver } from "./hand-over-profile.ts";
import type { KvContext } from "./kv-context.ts";
import { freeOwnKey, ownProfile } from "./own-profile.ts";

/**
 * Makes the old profile with the caller's verified e-mail theirs: it is marked as taken, copied under the caller's
 * id, and everything of the old owner's follows. Each step can be repeated; a second call, or the caller's next look
 * at their profile, goes on where a first one stopped.
 */
export async function claimProfile(context: KvContext): Promise<ProfileDocument> {
  const { id: callerId } = context.user();
  const own = await ownProfile(context);
  if (own) {
    if (own.legacy_id === null) throw new Refusal("conflict");
    return own;
  }

  const old = await findClaimable(context);
  if (await freeOwnKey(context)) throw new Refusal("conflict");
  const oldKey = prefixes.profile + old.owner;
  await context.documents.change<ProfileDocument, void>(oldKey, (current) => {
    const isLost = !current || current.claimed_at !== null ||
      (current.claimed_by !== undefined && current.claimed_by !== callerId);
    if (isLost) throw new Refusal("not_found");
    return { result: undefined, write: { ...current, claimed_by: callerId } };
  });
  const created = await context.documents.change<ProfileDocument, ProfileDocument>(
    prefixes.profile + callerId,
    (current) => {
      if (current?.claiming !== undefined) return { result: current };
      if (current) throw new Refusal("conflict");
      const now = new Date().toISOString();
      const profile: ProfileDocument = {
        ...old,
        id: callerId,
        owner: callerId,
        legacy_id: old.legacy_id ?? old.id,
        claimed_at: now,
        claimed_by: undefined,
        claiming: old.owner,
      };
      return { result: profile, write: profile };
    },
  ).catch(async (error) => {
    if (error instanceof Refusal && error.code === "conflict") await giveBack(context, oldKey);
    throw error;
  });
  return await handOver(context, created);
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

async function giveBack(context: KvContext, oldKey: string): Promise<void> {
  await context.documents.change<ProfileDocument, void>(oldKey, (current) => {
    if (current?.claimed_by !== context.user().id) return { result: undefined };
    return { result: undefined, write: { ...current, claimed_by: undefined } };
  });
}
