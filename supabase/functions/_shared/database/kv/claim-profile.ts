import { Refusal } from "../../domain/refusal.ts";
import { isUuid } from "../../domain/uuid.ts";
import { artistIdOf } from "../legacy/ids.ts";
import { prefixes } from "../legacy/keys.ts";
import type { ProfileDocument } from "./artist-profiles.ts";
import type { ConcertDocument } from "./concert-documents.ts";
import { handOverCampaigns } from "./change-campaign.ts";
import { handOverNotifications } from "./hand-over-notifications.ts";
import type { KvContext } from "./kv-context.ts";
import type { FollowUp } from "./documents.ts";
import { usernameKey } from "./usernames.ts";
import { coinTransactionKey, type WalletDocument, walletKey } from "./wallets.ts";

/**
 * Makes the old profile with the caller's verified e-mail theirs: it is marked as taken, copied under the caller's
 * id, and everything of the old owner's follows. Each step can be repeated; a second call, or the caller's next look
 * at their profile, goes on where a first one stopped.
 */
export async function claimProfile(context: KvContext): Promise<ProfileDocument> {
  const { id: callerId } = context.user();
  const own = await context.profiles.find(callerId);
  if (own) {
    if (own.legacy_id === null) throw new Refusal("conflict");
    return own.claiming === undefined ? own : await handOver(context, own);
  }

  const old = await findClaimable(context);
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
      // Whoever had been here before and was taken over themselves left only a mark.
      if (current && current.claimed_by === undefined) throw new Refusal("conflict");
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

/** Hands over what is still the old owner's: concerts, coins and the reserved name. */
export async function handOver(
  context: KvContext,
  profile: ProfileDocument,
): Promise<ProfileDocument> {
  const { id: artistId, claiming: oldOwner } = profile;
  if (oldOwner === undefined) return profile;
  for (const { key, document } of await context.finder.all()) {
    if (document.owner !== oldOwner) continue;
    await context.documents.change<ConcertDocument, void>(key, (concert) => {
      if (concert?.owner !== oldOwner) return { result: undefined };
      return { result: undefined, write: { ...concert, artist_id: artistId, owner: artistId } };
    });
  }
  await handOverCoins(context, oldOwner, artistId);
  await handOverNotifications(context, {
    oldOwner,
    oldId: await artistIdOf(oldOwner),
    newId: artistId,
  });
  await handOverCampaigns(context, oldOwner, artistId);
  return await context.documents.change<ProfileDocument, ProfileDocument>(
    prefixes.profile + artistId,
    (current) => {
      if (!current) throw new Refusal("not_found");
      const done: ProfileDocument = { ...current, claiming: undefined };
      if (current.claiming === undefined) return { result: done };
      const reservation: FollowUp[] = current.username === null
        ? []
        : [{ key: usernameKey(current.username), set: { artist_id: artistId } }];
      return { result: done, write: done, followUps: reservation };
    },
  );
}

/** The old wallet decides: emptied in one write, its coins and movements go where that write says. */
async function handOverCoins(context: KvContext, oldOwner: string, artistId: string) {
  const oldKey = walletKey(oldOwner);
  if (await isWithoutCoins(context, oldOwner)) return;
  await context.documents.change<WalletDocument, void>(oldKey, async (current) => {
    if (current?.moved_to !== undefined) return { result: undefined };
    const wallet = current ?? await context.wallets.empty(oldOwner);
    const movements = await context.wallets.movements(wallet);
    const handedOver: Omit<WalletDocument, "rev"> = {
      owner: artistId,
      artist_id: artistId,
      balance: wallet.balance,
      legacy: wallet.legacy,
    };
    return {
      result: undefined,
      write: { ...wallet, balance: 0, moved_to: artistId },
      followUps: [
        { key: walletKey(artistId), insert: handedOver },
        ...movements.flatMap(({ key, movement }): FollowUp[] => [
          {
            key: coinTransactionKey(artistId, movement.id),
            insert: { ...movement, artist_id: artistId },
          },
          // What there is no row of need not go.
          ...key === oldKey ? [] : [{ key, remove: true } as const],
        ]),
      ],
    };
  });
  // Its content lives on in the new wallet; an empty one left behind would look like an artist's.
  await context.documents.change<WalletDocument, void>(
    oldKey,
    (current) => current?.moved_to ? { result: undefined, remove: true } : { result: undefined },
  );
}

async function isWithoutCoins(context: KvContext, owner: string): Promise<boolean> {
  if (await context.table.get(walletKey(owner))) return false;
  return (await context.wallets.storedMovements(owner)).length === 0;
}
