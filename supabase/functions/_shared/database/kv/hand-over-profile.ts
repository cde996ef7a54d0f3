import { Refusal } from "../../domain/refusal.ts";
import { artistIdOf } from "../legacy/ids.ts";
import { prefixes } from "../legacy/keys.ts";
import { openProfile, type ProfileDocument } from "./artist-profiles.ts";
import { handOverCampaigns } from "./change-campaign.ts";
import type { ConcertDocument } from "./concert-documents.ts";
import type { FollowUp } from "./documents.ts";
import { handOverNotifications } from "./hand-over-notifications.ts";
import { copyRows, type HandOver, moveRows } from "./hand-over-rows.ts";
import { handOverTickets } from "./hand-over-tickets.ts";
import type { KvContext } from "./kv-context.ts";
import { usernameKey } from "./usernames.ts";
import { coinTransactionKey, type WalletDocument, walletKey } from "./wallets.ts";

/**
 * Hands over what is still the old owner's, to a profile that is taking theirs over, and that is stored first where the
 * claim has not come as far. Each step can be repeated, and until the last is done `claiming` tells others to look for
 * it under the old owner's id as well.
 */
export async function handOver(
  context: KvContext,
  profile: ProfileDocument,
): Promise<ProfileDocument> {
  if (profile.claiming === undefined) return profile;
  const key = prefixes.profile + profile.id;
  const heir = await context.documents.change<ProfileDocument, ProfileDocument>(
    key,
    (current) => current ? { result: current } : { result: profile, write: profile },
  );
  const { id: artistId, claiming: oldOwner } = heir;
  if (oldOwner === undefined) return heir;
  if (!await isMarked(context, oldOwner, artistId)) return await finish(context, key);
  const oldId = await artistIdOf(oldOwner);
  const ids: HandOver = {
    oldId,
    newId: artistId,
    async goesOn() {
      const row = await context.table.get(key);
      return row !== null && (await openProfile(row)).claiming !== undefined;
    },
  };
  // Before the concerts and campaigns: who wants no mail gets none meanwhile.
  await copyRows(context.table, prefixes.mailSuppression, ids);
  for (const { key, document } of await context.finder.all()) {
    if (document.artist_id !== oldId) continue;
    await context.documents.change<ConcertDocument, void>(key, async (concert) => {
      if (concert?.artist_id !== oldId || !await ids.goesOn()) return { result: undefined };
      return { result: undefined, write: { ...concert, artist_id: artistId, owner: artistId } };
    });
  }
  await handOverCoins(context, oldOwner, ids);
  await handOverTickets(context, { oldOwner, ...ids });
  await handOverNotifications(context, ids);
  await handOverCampaigns(context, ids);
  // What was added for campaigns that were the old owner's still comes along.
  await moveRows(context.table, prefixes.mailSuppression, ids);
  return await finish(context, key);
}

/** Whether the old profile says so, too: what an old value says of itself alone gives it nothing of others. */
async function isMarked(context: KvContext, owner: string, account: string): Promise<boolean> {
  const row = await context.table.get(prefixes.profile + owner);
  return row !== null && (await openProfile(row)).claimed_by?.toLowerCase() === account;
}

async function finish(context: KvContext, key: string): Promise<ProfileDocument> {
  return await context.documents.change<ProfileDocument, ProfileDocument>(key, (current) => {
    if (!current) throw new Refusal("not_found");
    const done: ProfileDocument = { ...current, claiming: undefined };
    if (current.claiming === undefined) return { result: done };
    const reservation: FollowUp[] = current.username === null
      ? []
      : [{ key: usernameKey(current.username), set: { artist_id: current.id } }];
    return { result: done, write: done, followUps: reservation };
  });
}

/** The old wallet decides: emptied in one write, its coins and movements go where that write says. */
async function handOverCoins(
  context: KvContext,
  oldOwner: string,
  { newId: artistId, goesOn }: HandOver,
): Promise<void> {
  const oldKey = walletKey(oldOwner);
  if (await isWithoutCoins(context, oldOwner)) return;
  await context.documents.change<WalletDocument, void>(oldKey, async (current) => {
    if (current?.moved_to !== undefined || !await goesOn()) return { result: undefined };
    const wallet = current ?? await context.wallets.empty(oldOwner);
    const movements = await context.wallets.movements(wallet);
    const handedOver: Omit<WalletDocument, "rev"> = {
      owner: artistId,
      artist_id: artistId,
      balance: wallet.balance,
      legacy: wallet.legacy,
      absorbed: wallet.absorbed,
    };
    return {
      result: undefined,
      write: { ...wallet, balance: 0, moved_to: artistId, absorbed: undefined },
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
