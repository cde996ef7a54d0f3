import assert from "node:assert/strict";
import { artistIdOf } from "../../supabase/functions/_shared/database/legacy/ids.ts";
import type { Database } from "../../supabase/functions/_shared/database/types.ts";
import { signIn } from "../support/caller-tokens.ts";
import { eventOf as mailEventOf, sellTo, words } from "./campaign-making.ts";
import { completeConcert } from "./concert-making.ts";
import type { ConformanceContext, ConformanceTest, Somebody } from "./conformance-context.ts";
import { assertRefused } from "./expect.ts";
import { anySale, connect, eventOf, firstPage, seatsTaken } from "./sale-making.ts";

/** Records that name an artist by the id they had before an account took over their profile. */
export function claimedRecordTests(test: ConformanceTest): void {
  for (const [kind, makeOwnerId] of Object.entries(ownerIds)) {
    test(`what providers told of ${kind} is known after a claim`, async (context) => {
      const left = await leftArtist(context, makeOwnerId());
      const { old, concertId } = left;
      const { sales, ticketConnections } = context.service;
      await connect(old);
      const bought = eventOf(concertId);
      assert.deepEqual(await sales.applyEvent("kassir", bought), applied);

      const account = await claimedBy(context, left.email);
      assert.deepEqual(await sales.applyEvent("kassir", bought), duplicate);
      assert.equal(await seatsTaken(account, concertId), 2, "nothing is sold twice");
      const connections = await account.database.ticketConnections.listOwn();
      assert.deepEqual(connections.map(({ provider_id }) => provider_id), ["kassir"]);
      const secret = await ticketConnections.findWebhookSecret("kassir", concertId);
      assert.deepEqual(secret?.artist_ids, [account.id, old.id]);

      const cancelled = eventOf(concertId, { status: "cancelled" });
      assert.deepEqual(await sales.applyEvent("kassir", cancelled), applied);
      const { items } = await account.database.sales.listOwn(anySale, firstPage);
      assert.deepEqual(
        items.map(({ status, artist_id }) => [status, artist_id]),
        [["cancelled", account.id]],
      );
      assert.equal(await seatsTaken(account, concertId), 0);
    });

    test(`who wants no mail from ${kind} gets none from whoever claims the profile`, async (context) => {
      const left = await leftArtist(context, makeOwnerId());
      const { old, concertId } = left;
      const { campaigns } = context.service;
      const buyers = Array.from({ length: 5 }, () => `${crypto.randomUUID()}@example.com`).sort();
      await sellTo(old, concertId, buyers);
      await campaigns.suppress(old.id, buyers[0], "unsubscribed");

      const account = await claimedBy(context, left.email);
      const { id } = await account.database.campaigns.create(words);
      const audience = async () => (await account.database.campaigns.audience(id, 9)).sample;
      assert.deepEqual(await audience(), buyers.slice(1));
      // Mail sent before has the old id in its links and tags.
      for (let index = 0; index < 2; index++) {
        await campaigns.suppress(old.id, buyers[1].toUpperCase(), "unsubscribed");
        assert.deepEqual(await audience(), buyers.slice(2));
      }
      const tell = (kind: "complained" | "bounced" | "opened", place: number) =>
        campaigns.recordEvent({
          ...mailEventOf(kind, null),
          is_permanent: true,
          recipient: { artist_id: old.id, address: buyers[place] },
        });
      await tell("complained", 2);
      await tell("bounced", 3);
      await tell("opened", 4);
      assert.deepEqual(await audience(), buyers.slice(4));
      await campaigns.suppress(account.id, buyers[4], "unsubscribed");
      assert.deepEqual(await audience(), []);
    });
  }

  test("an account whose id was a claimed profile's begins anew, by whatever it makes first", async (context) => {
    const firsts: Record<string, (database: Database) => Promise<unknown>> = {
      concert: ({ concerts }) => concerts.create(completeConcert()),
      campaign: ({ campaigns }) => campaigns.create(words),
      connection: ({ ticketConnections }) =>
        ticketConnections.save("afisha", {
          api_key_encrypted: "ciphertext",
          api_key_last4: "9999",
          webhook_secret_encrypted: "ciphertext",
        }),
      profile: ({ artists }) => artists.updateOwn({ city: "Тверь" }),
    };
    for (const [name, makeFirst] of Object.entries(firsts)) {
      const left = await leftArtist(context, crypto.randomUUID());
      const claimant = await claimedBy(context, left.email);
      const late = left.old;
      await assertRefused(late.database.artists.own(), "not_found");
      assert.equal((await context.visitor.artists.findPublic(late.id)).id, claimant.id, name);

      await makeFirst(late.database);
      const own = await late.database.artists.own();
      assert.deepEqual(
        [own.id, own.legacy_id, own.full_name, own.coins_balance, own.email],
        [late.id, null, null, 0, late.email],
        name,
      );
      assert.equal((await context.visitor.artists.findPublic(late.id)).id, late.id, name);
      await late.database.concerts.create(completeConcert());
      assert.equal((await ownConcerts(late)).length, name === "concert" ? 2 : 1, name);
      const claimed = await claimant.database.artists.own();
      assert.deepEqual([claimed.legacy_id, claimed.coins_balance], [late.id, 250], name);
      assert.deepEqual((await ownConcerts(claimant)).map(({ id }) => id), [left.concertId], name);
      assert.deepEqual(await claimant.database.ticketConnections.listOwn(), [], name);
    }
  });

  test("an account whose id was a claimed profile's may claim another", async (context) => {
    const first = await leftArtist(context, crypto.randomUUID());
    await claimedBy(context, first.email);
    const second = await leftArtist(context, `demo-${crypto.randomUUID()}`);
    const late = await context.makeAccount({
      email: second.email,
      verified: true,
      id: first.old.id,
    });
    const claimed = await late.database.artists.claim();
    assert.deepEqual([claimed.id, claimed.legacy_id], [late.id, second.ownerId]);
    assert.deepEqual((await ownConcerts(late)).map(({ id }) => id), [second.concertId]);
  });
}

const applied = { applied: true, reason: null };
const duplicate = { applied: false, reason: "duplicate" };

const ownerIds: Record<string, () => string> = {
  "an owner without an account": () => `demo-${crypto.randomUUID()}`,
  "an account of another project": () => crypto.randomUUID(),
};

interface LeftArtist {
  ownerId: string;
  email: string;
  concertId: string;
  /** The old owner, as if they were signed in; there is no account of theirs. */
  old: Somebody;
}

/** An old profile that waits for its owner, with a concert and coins. */
async function leftArtist(context: ConformanceContext, ownerId: string): Promise<LeftArtist> {
  const email = `${crypto.randomUUID()}@example.org`;
  const oldConcertId = `1700000000000-${crypto.randomUUID().slice(0, 8)}`;
  await context.fixtures.leaveProfile({
    ownerId,
    email,
    fullName: "Старый артист",
    concertId: oldConcertId,
    concertTitle: "Старый концерт",
    coins: 250,
  });
  const old = await asAccount(context, await artistIdOf(ownerId));
  const found = await old.database.concerts.find(oldConcertId);
  return { ownerId, email, concertId: found.concert.id, old };
}

async function asAccount(context: ConformanceContext, id: string): Promise<Somebody> {
  const person = await signIn(context.stack, { id });
  const caller = { kind: "user" as const, isModerator: false, ...person };
  return { ...caller, database: context.backend.open(caller) };
}

async function claimedBy(context: ConformanceContext, email: string): Promise<Somebody> {
  const account = await context.makeAccount({ email, verified: true });
  await account.database.artists.claim();
  return account;
}

async function ownConcerts({ database }: Somebody) {
  return (await database.concerts.listOwn({ status: null, when: "all" }, firstPage)).items;
}
