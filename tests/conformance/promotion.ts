import assert from "node:assert/strict";
import type { CoinRepository } from "../../supabase/functions/_shared/database/types.ts";
import { completeConcert, pendingConcert, publicConcert, reread } from "./concert-making.ts";
import type { ConformanceContext, ConformanceTest, Somebody } from "./conformance-context.ts";
import { assertRefused, outcomesOf } from "./expect.ts";

const day = 86_400_000;

/** Buying promotions with coins. */
export function promotionTests(test: ConformanceTest): void {
  test("a promotion takes its price, records the movement and begins now", async (context) => {
    for (const [days, cost] of [[1, 100], [7, 100], [8, 200], [30, 500]]) {
      const artist = await artistWithCoins(context, 500);
      const before = await publicConcert(context, artist, { title: "Джаз «50%»" });
      const { value, replayed } = await artist.database.concerts.promote(before.id, days, null);
      assert.equal(replayed, false);
      const { promotion_starts_at: start, promotion_ends_at: end } = value;
      assert.ok(start !== null && end !== null);
      assert.ok(Math.abs(Date.parse(start) - Date.now()) < 60_000, "it starts now");
      assert.equal(Date.parse(end) - Date.parse(start), days * day);
      assert.deepEqual(
        { ...value, updated_at: "" },
        {
          ...before,
          updated_at: "",
          is_promoted: true,
          promotion_starts_at: start,
          promotion_ends_at: end,
          promotion_cost: cost,
        },
      );
      assert.deepEqual(await reread(artist, before.id), value);
      const ledger = await ledgerOf(artist);
      assert.equal(ledger.balance, 500 - cost);
      assert.equal((await artist.database.artists.own()).coins_balance, 500 - cost);
      const { amount, type, description } = ledger.items[0];
      assert.deepEqual({ amount, type, description }, {
        amount: -cost,
        type: "spend",
        description: `Продвижение концерта «Джаз «50%»» на ${days} дн.`,
      });
    }
  });

  test("without enough coins nothing is bought, and the balance stays", async (context) => {
    const artist = await artistWithCoins(context, 199);
    const { id } = await publicConcert(context, artist);
    const before = await context.fixtures.everythingOf(artist.id);
    await assertRefused(artist.database.concerts.promote(id, 8, null), "insufficient_coins");
    await assertRefused(
      artist.database.concerts.promote(id, 30, { key: "poor", fingerprint: "f" }),
      "insufficient_coins",
    );
    assert.equal(await context.fixtures.everythingOf(artist.id), before);
    await artist.database.concerts.promote(id, 7, null);
    assert.equal((await ledgerOf(artist)).balance, 99);
  });

  test("an artist who never had coins has not enough", async (context) => {
    const artist = await context.makeArtist();
    const { id } = await publicConcert(context, artist);
    await assertRefused(artist.database.concerts.promote(id, 1, null), "insufficient_coins");
    assert.deepEqual(await ledgerOf(artist), { balance: 0, items: [], next: null });
  });

  test("only public concerts are promoted", async (context) => {
    const artist = await artistWithCoins(context, 500);
    const { concerts } = artist.database;
    const hidden = await publicConcert(context, artist);
    await concerts.setHidden(hidden.id, true);
    const cancelled = await publicConcert(context, artist);
    await concerts.cancel(cancelled.id);
    const draft = await concerts.create(completeConcert());
    const pending = await pendingConcert(artist);
    for (const { id } of [hidden, cancelled, draft, pending]) {
      await assertRefused(concerts.promote(id, 7, null), "invalid_transition");
    }
    assert.equal((await ledgerOf(artist)).balance, 500);
  });

  test("a running promotion is not bought twice; one that is over is", async (context) => {
    const artist = await artistWithCoins(context, 500);
    const { id } = await publicConcert(context, artist);
    await artist.database.concerts.promote(id, 7, null);
    await assertRefused(artist.database.concerts.promote(id, 7, null), "already_promoted");
    assert.equal((await ledgerOf(artist)).balance, 400);
    await context.fixtures.endPromotion(id);
    assert.equal((await reread(artist, id)).is_promoted, false, "over");
    const { value } = await artist.database.concerts.promote(id, 14, null);
    assert.deepEqual([value.is_promoted, value.promotion_cost], [true, 200]);
    assert.equal((await ledgerOf(artist)).balance, 200);
  });

  test("a repeated request gets the first answer and is charged once", async (context) => {
    const artist = await artistWithCoins(context, 500);
    const { id } = await publicConcert(context, artist);
    const idempotency = { key: `k/${"я".repeat(250)}`, fingerprint: "a".repeat(64) };
    const first = await artist.database.concerts.promote(id, 7, idempotency);
    assert.equal(first.replayed, false);
    await artist.database.concerts.update(id, { description: "Изменилось с тех пор" });
    for (let index = 0; index < 2; index++) {
      const again = await artist.database.concerts.promote(id, 7, idempotency);
      // As text: the answer a client compares, the order of its fields included.
      assert.equal(JSON.stringify(again), JSON.stringify({ value: first.value, replayed: true }));
    }
    const ledger = await ledgerOf(artist);
    assert.equal(ledger.balance, 400);
    assert.equal(ledger.items.length, 2);
  });

  test("a key used for another request is refused, and nothing is bought", async (context) => {
    const artist = await artistWithCoins(context, 500);
    const [first, second] = [
      await publicConcert(context, artist),
      await publicConcert(context, artist),
    ];
    await artist.database.concerts.promote(first.id, 7, { key: "same", fingerprint: "one" });
    await assertRefused(
      artist.database.concerts.promote(second.id, 7, { key: "same", fingerprint: "two" }),
      "idempotency_mismatch",
    );
    assert.equal((await reread(artist, second.id)).is_promoted, false);
    assert.equal((await ledgerOf(artist)).balance, 400);
  });

  test("keys of different artists never meet", async (context) => {
    const artists = [await artistWithCoins(context, 100), await artistWithCoins(context, 100)];
    for (const artist of artists) {
      const { id } = await publicConcert(context, artist);
      const outcome = await artist.database.concerts.promote(id, 7, {
        key: "everybody's",
        fingerprint: id,
      });
      assert.deepEqual([outcome.replayed, outcome.value.id], [false, id]);
    }
  });

  test("a refused request is not remembered: it may succeed later under its key", async (context) => {
    const artist = await context.makeArtist();
    const { id } = await publicConcert(context, artist);
    const idempotency = { key: "again", fingerprint: "f" };
    await assertRefused(
      artist.database.concerts.promote(id, 7, idempotency),
      "insufficient_coins",
    );
    await context.fixtures.giveCoins(artist.id, [gift(100)]);
    const { replayed } = await artist.database.concerts.promote(id, 7, idempotency);
    assert.equal(replayed, false);
    assert.equal((await ledgerOf(artist)).balance, 0);
  });

  test("a key is free again after 24 hours", async (context) => {
    const artist = await artistWithCoins(context, 500);
    const [first, second] = [
      await publicConcert(context, artist),
      await publicConcert(context, artist),
    ];
    await artist.database.concerts.promote(first.id, 7, { key: "daily", fingerprint: "one" });
    await context.fixtures.ageIdempotencyKeys(artist.id);
    const { replayed } = await artist.database.concerts.promote(second.id, 7, {
      key: "daily",
      fingerprint: "two",
    });
    assert.equal(replayed, false);
    assert.equal((await ledgerOf(artist)).balance, 300);
  });

  test("two promotions at once with coins for one: one succeeds", async (context) => {
    const artist = await artistWithCoins(context, 100);
    const [first, second] = [
      await publicConcert(context, artist),
      await publicConcert(context, artist),
    ];
    const requests = [first, second].map(({ id }) => artist.database.concerts.promote(id, 7, null));
    assert.deepEqual(await outcomesOf(requests), {
      succeeded: 1,
      refused: { insufficient_coins: 1 },
    });
    const promoted = (await Promise.all([first, second].map(({ id }) => reread(artist, id))))
      .filter(({ is_promoted }) => is_promoted);
    assert.equal(promoted.length, 1);
    const ledger = await ledgerOf(artist);
    assert.deepEqual([ledger.balance, ledger.items.length], [0, 2]);
  });

  test("one concert promoted twice at once is charged once", async (context) => {
    const artist = await artistWithCoins(context, 500);
    const { id } = await publicConcert(context, artist);
    const requests = [7, 7].map((days) => artist.database.concerts.promote(id, days, null));
    assert.deepEqual(await outcomesOf(requests), {
      succeeded: 1,
      refused: { already_promoted: 1 },
    });
    assert.equal((await ledgerOf(artist)).balance, 400);
  });

  test("the same request sent twice at once is charged once", async (context) => {
    const artist = await artistWithCoins(context, 500);
    const { id } = await publicConcert(context, artist);
    const requests = [1, 2, 3].map(() =>
      artist.database.concerts.promote(id, 7, { key: "double click", fingerprint: "f" })
    );
    const { succeeded, refused } = await outcomesOf(requests);
    // Whoever comes while the first is under way is answered like the first or told to come again.
    assert.equal(succeeded + (refused.idempotency_in_flight ?? 0), 3);
    assert.ok(succeeded >= 1);
    assert.equal((await ledgerOf(artist)).balance, 400);
  });
}

export async function artistWithCoins(
  { makeArtist, fixtures }: ConformanceContext,
  amount: number,
): Promise<Somebody> {
  const artist = await makeArtist();
  await fixtures.giveCoins(artist.id, [gift(amount)]);
  return artist;
}

function gift(amount: number) {
  return {
    amount,
    type: "reward" as const,
    description: "Подарок",
    created_at: new Date(Date.now() - 60_000).toISOString(),
  };
}

function ledgerOf({ database }: Somebody): ReturnType<CoinRepository["listOwn"]> {
  return database.coins.listOwn({ limit: 100, after: null });
}
