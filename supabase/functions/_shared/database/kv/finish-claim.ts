import { prefixes } from "../legacy/keys.ts";
import { formerIdOf, heirOf, type ProfileDocument } from "./artist-profiles.ts";
import { handOver } from "./hand-over-profile.ts";
import type { KvContext } from "./kv-context.ts";

/**
 * Brings a claim to its end, wherever the one who began it stopped: the mark has decided it. Null when the account came
 * to a profile of its own before it came to this one, which is given back then.
 */
export async function finishClaim(
  context: KvContext,
  mark: ProfileDocument,
  account: string,
): Promise<ProfileDocument | null> {
  const heir = await handOver(context, heirOf(mark, account));
  if (heir.legacy_id === formerIdOf(mark)) return heir;
  await giveBack(context, mark);
  return null;
}

/**
 * Gives back the profiles that nobody gets: their claims stopped at the mark, and the accounts that made it have made
 * profiles of their own.
 */
export async function giveBackLost(context: KvContext): Promise<void> {
  const profiles = await context.profiles.allEver();
  const byOwner = new Map(profiles.map((profile) => [profile.owner, profile]));
  for (const mark of profiles) {
    if (mark.claimed_by === undefined) continue;
    const heir = byOwner.get(mark.claimed_by);
    // One that is marked itself goes before its account gets another.
    if (heir === undefined || heir.claimed_by !== undefined) continue;
    if (heir.legacy_id !== formerIdOf(mark)) await giveBack(context, mark);
  }
}

async function giveBack(context: KvContext, mark: ProfileDocument): Promise<void> {
  const key = prefixes.profile + mark.owner;
  await context.documents.change<ProfileDocument, void>(key, (current) => {
    if (current?.claimed_by !== mark.claimed_by) return { result: undefined };
    return { result: undefined, write: { ...current, claimed_by: undefined } };
  });
}
