import assert from "node:assert/strict";
import { artistIdOf } from "../../supabase/functions/_shared/database/legacy/ids.ts";
import type { PublicConcertFilter } from "../../supabase/functions/_shared/database/types.ts";
import { signIn } from "../support/caller-tokens.ts";
import { publicConcert } from "./concert-making.ts";
import type { ConformanceContext, ConformanceTest, Somebody } from "./conformance-context.ts";
import { assertRefused } from "./expect.ts";
import { anything, firstPage } from "./find-public.ts";

/** Whom a visitor finds by an id, of today or of the old store. */
export function publicArtistTests(test: ConformanceTest): void {
  for (const [kind, makeOwnerId] of Object.entries(ownerIds)) {
    test(`the artist is found by their id of the old store, too, with words and without: ${kind}`, async (context) => {
      const ownerId = makeOwnerId();
      const { id } = await claimed(context, ownerId);
      for (const artistId of [...spellingsOf(ownerId), id, id.toUpperCase()]) {
        assert.deepEqual(await artistsFoundBy(context, artistId), [id], artistId);
        assert.equal((await context.visitor.artists.findPublic(artistId)).id, id, artistId);
      }
      const nobodies = [`nobody-${crypto.randomUUID()}`, crypto.randomUUID()];
      // What was made of a name goes with the claim.
      if (kind === "name") nobodies.push(await artistIdOf(ownerId));
      for (const nobody of nobodies) {
        assert.deepEqual(await artistsFoundBy(context, nobody), [], nobody);
        await assertRefused(context.visitor.artists.findPublic(nobody), "not_found");
      }
    });
  }

  test("an id that was a claimed profile's is the account's that has it now", async (context) => {
    for (const makeOwnerId of [ownerIds.account, ownerIds["account in capitals"]]) {
      const ownerId = makeOwnerId();
      const claimant = await claimed(context, ownerId);
      const late = await asAccount(context, await artistIdOf(ownerId));
      await late.database.artists.updateOwn({ full_name: "Новый артист" });
      for (const id of spellingsOf(ownerId)) {
        assert.deepEqual(await artistsFoundBy(context, id), [], "nothing of the other's");
        assert.equal((await context.visitor.artists.findPublic(id)).id, late.id, id);
      }
      await publicConcert(context, late);
      for (const id of spellingsOf(ownerId)) {
        assert.deepEqual(await artistsFoundBy(context, id), [late.id], id);
      }
      assert.deepEqual(await artistsFoundBy(context, claimant.id), [claimant.id]);
    }
  });
}

const ownerIds = {
  name: () => `demo-${crypto.randomUUID()}`,
  account: () => crypto.randomUUID(),
  "account in capitals": () => crypto.randomUUID().toUpperCase(),
};

/** The id as it is stored, and where it is an account's, in small letters and in capitals. */
function spellingsOf(ownerId: string): string[] {
  return ownerId.startsWith("demo-") ? [ownerId] : [ownerId.toLowerCase(), ownerId.toUpperCase()];
}

/** An account that has claimed an old profile, with a public concert. */
async function claimed(context: ConformanceContext, ownerId: string): Promise<Somebody> {
  const email = `${crypto.randomUUID()}@example.org`;
  await context.fixtures.leaveProfile({
    ownerId,
    email,
    fullName: "Старый артист",
    concertId: `1700000000000-${crypto.randomUUID().slice(0, 8)}`,
    concertTitle: "Старый концерт",
    coins: 100,
  });
  const account = await context.makeAccount({ email, verified: true });
  await account.database.artists.claim();
  await publicConcert(context, account);
  return account;
}

async function asAccount(context: ConformanceContext, id: string): Promise<Somebody> {
  const caller = {
    kind: "user" as const,
    isModerator: false,
    ...await signIn(context.stack, { id }),
  };
  return { ...caller, database: context.backend.open(caller) };
}

/** The artists, by their ids, of the concerts that a visitor finds by the id in every way of looking for them. */
async function artistsFoundBy(
  { visitor }: ConformanceContext,
  artist_id: string,
): Promise<string[]> {
  const filters: Partial<PublicConcertFilter>[] = [
    {},
    { search: ["вечер"] },
    { search: ["вечер"], order: "relevance" },
  ];
  const found: string[][] = [];
  for (const filter of filters) {
    const list = await visitor.concerts.listPublic(
      { ...anything, ...filter, artist_id },
      firstPage,
    );
    found.push(list.items.map(({ artist }) => artist.id));
  }
  const [first, ...others] = found;
  for (const other of others) assert.deepEqual(other, first, "with words and without");
  return first;
}
