import { type Artist, publicArtist } from "../../domain/artist.ts";
import { Refusal } from "../../domain/refusal.ts";
import { prefixes } from "../legacy/keys.ts";
import { blankProfile } from "../legacy/read-profile.ts";
import type { ArtistRepository } from "../types.ts";
import { artistStatistics } from "./concert-analytics.ts";
import { artistOf, type ProfileDocument } from "./artist-profiles.ts";
import { claimProfile } from "./claim-profile.ts";
import type { KvContext } from "./kv-context.ts";
import type { FollowUp } from "./documents.ts";
import { freeOwnKey, ownProfile } from "./own-profile.ts";
import { reserveUsername, usernameKey } from "./usernames.ts";

export function createArtistRepository(context: KvContext): ArtistRepository {
  const { documents, profiles, wallets } = context;

  async function withCoins(profile: ProfileDocument): Promise<Artist> {
    const { balance } = await wallets.settled(profile.owner, documents);
    return artistOf(profile, balance);
  }

  return {
    async own() {
      const profile = await ownProfile(context);
      if (!profile) throw new Refusal("not_found");
      return await withCoins(profile);
    },

    async updateOwn(changes) {
      const { id, email } = context.user();
      const before = await ownProfile(context);
      if (changes.username) await reserveUsername(context, changes.username, id, before);
      const existing = before ?? await freeOwnKey(context);
      const owner = existing?.owner ?? id;
      const saved = await documents.change<ProfileDocument, ProfileDocument>(
        prefixes.profile + owner,
        async (stored) => {
          const now = new Date().toISOString();
          // A claim was faster: the next attempt finds what is left to them.
          if (stored?.claimed_by !== undefined) throw new Refusal("unavailable");
          const current = stored ?? existing ??
            { ...await blankProfile(owner, now), email, ...fresh };
          const profile: ProfileDocument = {
            ...current,
            ...changes,
            claimed_at: current.claimed_at ?? now,
            updated_at: now,
          };
          return {
            result: profile,
            write: profile,
            followUps: releasedUsername(current, profile),
          };
        },
      );
      return await withCoins(saved);
    },

    ownStatistics: () => artistStatistics(context),

    async claim() {
      return await withCoins(await claimProfile(context));
    },

    async findPublic(id) {
      const profile = await profiles.findByAnyId(id);
      if (!profile) throw new Refusal("not_found");
      return publicArtist(artistOf(profile, 0));
    },
  };
}

const fresh = { claimed_at: null, rev: 0, legacy: null };

function releasedUsername(before: ProfileDocument, after: ProfileDocument): FollowUp[] {
  if (before.username === null) return [];
  const key = usernameKey(before.username);
  const isKept = after.username !== null && usernameKey(after.username) === key;
  return isKept ? [] : [{ key, remove: true }];
}
