import { prefixes } from "../legacy/keys.ts";
import {
  formerIdOf,
  heirOf,
  isTaken,
  markStands,
  type ProfileDocument,
  type TakenProfile,
} from "./artist-profiles.ts";
import { handOver } from "./hand-over-profile.ts";
import type { KvContext } from "./kv-context.ts";

/**
 * Brings a claim to its end, wherever the one who began it stopped: the mark has decided it. Null when the account came
 * to a profile of its own before it came to this one, which is given back then.
 */
export async function finishClaim(
  context: KvContext,
  taken: TakenProfile,
): Promise<ProfileDocument | null> {
  const heir = await handOver(context, heirOf(taken));
  if (heir.legacy_id === formerIdOf(taken)) return heir;
  await giveBack(context, taken);
  return null;
}

/**
 * Gives back the profiles that nobody gets: their claims stopped at the mark, and the accounts that made it have made
 * profiles of their own.
 */
export async function giveBackLost(context: KvContext): Promise<void> {
  const profiles = await context.profiles.allEver();
  const byOwner = Map.groupBy(profiles, ({ owner }) => owner);
  for (const taken of profiles.filter(isTaken)) {
    if (markStands(taken, byOwner.get(taken.claimed_by) ?? [])) continue;
    await giveBack(context, taken);
  }
}

async function giveBack(context: KvContext, taken: TakenProfile): Promise<void> {
  const key = prefixes.profile + taken.owner;
  await context.documents.change<ProfileDocument, void>(key, (current) => {
    if (current?.claimed_by !== taken.claimed_by) return { result: undefined };
    return { result: undefined, write: { ...current, claimed_by: undefined } };
  });
}
