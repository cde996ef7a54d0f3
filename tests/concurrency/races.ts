import assert from "node:assert/strict";
import type { StorageBackend } from "../../supabase/functions/_shared/database/types.ts";
import type { Concert } from "../../supabase/functions/_shared/domain/concert.ts";
import { pendingConcert, publicConcert, reread } from "../conformance/concert-making.ts";
import type {
  ConformanceContext,
  ConformanceTest,
  Somebody,
} from "../conformance/conformance-context.ts";
import { outcomesOf } from "../conformance/expect.ts";
import { concertWithSeats, saleOf, seatsTaken } from "../conformance/sale-making.ts";

// Each race is run twice: over backends that share nothing but the data, where it has to end well, and over ones
// whose guard is off, where it must be seen to end badly - or the test would prove nothing.

/** A store for the race, and the other one that shares nothing with it but the data. */
export type Backends = [StorageBackend, StorageBackend];

/** Two backends as the functions have them. */
export async function guardedBackends(context: ConformanceContext): Promise<Backends> {
  return [context.backend, await context.openAnotherBackend()];
}

/** What came of `count` visitors of one concert. */
export async function raceViews(context: ConformanceContext, backends: Backends, count: number) {
  const artist = await context.makeArtist();
  const { id } = await publicConcert(context, artist);
  const visitors = backends.map((backend) => backend.open({ kind: "anonymous" }));
  await Promise.all(
    Array.from(
      { length: count },
      (_, index) => visitors[index % 2].concerts.countEvent(id, "views"),
    ),
  );
  return (await reread(artist, id)).views_count;
}

/** What came of as many promotions at once as there are concerts, with 100 coins for each of the first `affordable`. */
export async function racePromotions(
  context: ConformanceContext,
  backends: Backends,
  { concerts: count, affordable }: { concerts: number; affordable: number },
) {
  const artist = await context.makeArtist();
  await context.fixtures.giveCoins(artist.id, [{
    amount: affordable * 100,
    type: "reward",
    description: "Подарок",
    created_at: new Date().toISOString(),
  }]);
  const concerts: Concert[] = [];
  for (let index = 0; index < count; index++) concerts.push(await publicConcert(context, artist));
  const outcomes = await outcomesOf(
    concerts.map(({ id }, index) => backends[index % 2].open(artist).concerts.promote(id, 7, null)),
  );
  const after = await Promise.all(concerts.map(({ id }) => reread(artist, id)));
  const ledger = await artist.database.coins.listOwn({ limit: 100, after: null });
  return {
    ...outcomes,
    promoted: after.filter(({ is_promoted }) => is_promoted).length,
    balance: ledger.balance,
    spent: ledger.items.filter(({ type }) => type === "spend").length,
    sum: ledger.items.reduce((sum, { amount }) => sum + amount, 0),
  };
}

/** What came of `buyers` who each want one of `seats` at once. */
export async function raceSales(
  context: ConformanceContext,
  backends: Backends,
  { buyers, seats }: { buyers: number; seats: number },
) {
  const artist = await context.makeArtist();
  const concertId = await concertWithSeats(artist, seats);
  const { succeeded, refused } = await outcomesOf(
    Array.from(
      { length: buyers },
      (_, index) =>
        backends[index % 2].open(artist).sales.create(saleOf(concertId, { quantity: 1 }), null),
    ),
  );
  const { tickets } = await artist.database.sales.stats(concertId);
  return { succeeded, refused, tickets, taken: await seatsTaken(artist, concertId) };
}

/** What came of `count` moderators who decide about one concert at once, one half this way, one half the other. */
export async function raceModeration(
  context: ConformanceContext,
  backends: Backends,
  count: number,
) {
  const artist = await context.makeArtist();
  const { id } = await pendingConcert(artist);
  const moderators: Somebody[] = [];
  for (let index = 0; index < count; index++) moderators.push(await context.makeModerator());
  const outcomes = await outcomesOf(
    moderators.map((moderator, index) => {
      const half = index % 2;
      return backends[half].open(moderator).concerts.moderate(
        id,
        half ? { decision: "rejected", comment: "Нет афиши" } : { decision: "approved" },
      );
    }),
  );
  const notifications = await context.fixtures.notificationsOf(artist.id);
  return {
    ...outcomes,
    status: (await reread(artist, id)).moderation_status,
    told: notifications.map(({ metadata }) => metadata.decision),
  };
}

/** The races that every mode has to win. */
export function raceTests(test: ConformanceTest): void {
  test("500 buyers at once of 100 seats, over two instances: exactly 100 are sold", async (context) => {
    const race = { buyers: 500, seats: 100 };
    assert.deepEqual(await raceSales(context, await guardedBackends(context), race), {
      succeeded: 100,
      refused: { sold_out: 400 },
      tickets: 100,
      taken: 100,
    });
  });

  test("200 visitors over two instances add exactly 200", async (context) => {
    assert.equal(await raceViews(context, await guardedBackends(context), 200), 200);
  });

  test("of many promotions at once as many succeed as there are coins for", async (context) => {
    const race = { concerts: 8, affordable: 3 };
    assert.deepEqual(await racePromotions(context, await guardedBackends(context), race), {
      succeeded: 3,
      refused: { insufficient_coins: 5 },
      promoted: 3,
      balance: 0,
      spent: 3,
      sum: 0,
    });
  });

  test("of many moderators at once exactly one decides, and the artist hears that decision", async (context) => {
    const { succeeded, refused, status, told } = await raceModeration(
      context,
      await guardedBackends(context),
      8,
    );
    assert.equal(succeeded, 1);
    assert.deepEqual(refused, { invalid_transition: 7 });
    assert.deepEqual(told, [status]);
  });

  test("one request with one key, sent over two instances at once, is charged once", async (context) => {
    const artist = await context.makeArtist();
    await context.fixtures.giveCoins(artist.id, [{
      amount: 500,
      type: "reward",
      description: "Подарок",
      created_at: new Date().toISOString(),
    }]);
    const { id } = await publicConcert(context, artist);
    const backends = await guardedBackends(context);
    const { succeeded, refused } = await outcomesOf(
      Array.from(
        { length: 6 },
        (_, index) =>
          backends[index % 2].open(artist).concerts.promote(id, 7, {
            key: "one",
            fingerprint: "one",
          }),
      ),
    );
    assert.ok(succeeded >= 1);
    assert.equal(succeeded + (refused.idempotency_in_flight ?? 0), 6);
    const { balance } = await artist.database.coins.listOwn({ limit: 1, after: null });
    assert.equal(balance, 400);
  });

  test("an artist's first concerts, created at once over two instances, share one profile", async (context) => {
    const artist = await context.makeArtist();
    const backends = await guardedBackends(context);
    const created = await Promise.all(
      Array.from(
        { length: 8 },
        (_, index) =>
          backends[index % 2].open(artist).concerts.create({ title: `Концерт ${index}` }),
      ),
    );
    assert.equal(new Set(created.map(({ id }) => id)).size, 8);
    const profile = await artist.database.artists.own();
    assert.equal(profile.email, artist.email);
    const { concerts_count } = await artist.database.artists.ownStatistics();
    assert.equal(concerts_count, 8);
  });

  test("a deletion and edits at once leave the concert or nothing, never half of it", async (context) => {
    const artist = await context.makeArtist();
    const backends = await guardedBackends(context);
    for (let round = 0; round < 5; round++) {
      const { id } = await pendingConcert(artist);
      const { refused } = await outcomesOf([
        backends[0].open(artist).concerts.update(id, { description: "Правка" }),
        backends[1].open(artist).concerts.delete(id),
        backends[0].open(artist).concerts.setHidden(id, true),
      ]);
      assert.deepEqual(Object.keys(refused).filter((code) => code !== "not_found"), []);
      const { refused: gone } = await outcomesOf([artist.database.concerts.find(id)]);
      assert.deepEqual(gone, { not_found: 1 });
    }
    assert.equal((await artist.database.artists.ownStatistics()).concerts_count, 0);
  });
}
