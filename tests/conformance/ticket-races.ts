import assert from "node:assert/strict";
import type { Database } from "../../supabase/functions/_shared/database/types.ts";
import type { ConformanceContext, ConformanceTest, Somebody } from "./conformance-context.ts";
import { outcomesOf } from "./expect.ts";
import { anySale, concertWithSeats, firstPage, saleOf, seatsTaken, sell } from "./sale-making.ts";

/** Many who want the same seats, or the same money back, at once. */
export function ticketRaceTests(test: ConformanceTest): void {
  for (const instances of [1, 2]) {
    test(`500 buyers at once of 100 seats buy 100, through ${instances} instance(s)`, async (context) => {
      const artist = await context.makeArtist();
      const concertId = await concertWithSeats(artist, 100);
      const databases = await openInstances(context, artist, instances);
      const requests = Array.from(
        { length: 500 },
        (_, index) =>
          databases[index % instances].sales.create(saleOf(concertId, { quantity: 1 }), null),
      );
      assert.deepEqual(await outcomesOf(requests), { succeeded: 100, refused: { sold_out: 400 } });
      assert.equal(await seatsTaken(artist, concertId), 100);
      const { sales, tickets } = await artist.database.sales.stats(concertId);
      assert.deepEqual([sales, tickets], [100, 100]);
      assert.equal((await context.fixtures.notificationsOf(artist.id)).length, 1, "told once");
    });
  }

  test("100 requests at once with one key are one sale and one answer", async (context) => {
    const artist = await context.makeArtist();
    const concertId = await concertWithSeats(artist, 1000);
    const databases = await openInstances(context, artist, 2);
    const idempotency = { key: "impatient", fingerprint: "the same" };
    const outcomes = await Promise.all(
      Array.from(
        { length: 100 },
        (_, index) => databases[index % 2].sales.create(saleOf(concertId), idempotency),
      ),
    );
    assert.equal(outcomes.filter(({ replayed }) => !replayed).length, 1);
    for (const { value } of outcomes) assert.deepEqual(value, outcomes[0].value);
    assert.equal((await artist.database.sales.listOwn(anySale, firstPage)).items.length, 1);
    assert.equal(await seatsTaken(artist, concertId), 2);
  });

  test("cancelled and refunded many times at once, a sale gives its seats back once", async (context) => {
    const artist = await context.makeArtist();
    const concertId = await concertWithSeats(artist, 100);
    await sell(artist, concertId, { quantity: 50 });
    const { id } = await sell(artist, concertId, { quantity: 5 });
    const databases = await openInstances(context, artist, 2);
    const requests = Array.from({ length: 20 }, (_, index) => {
      const { sales } = databases[index % 2];
      return index % 3 === 0 ? sales.cancel(id, null) : sales.refund(id, { reason: "Всё" }, null);
    });
    assert.deepEqual(await outcomesOf(requests), {
      succeeded: 1,
      refused: { invalid_transition: 19 },
    });
    assert.equal(await seatsTaken(artist, concertId), 50);
  });

  test("refunds at once never pay back more than was paid", async (context) => {
    const artist = await context.makeArtist();
    const concertId = await concertWithSeats(artist, 100);
    const { id } = await sell(artist, concertId, { quantity: 1, unit_price: 100 });
    const databases = await openInstances(context, artist, 2);
    const requests = Array.from(
      { length: 12 },
      (_, index) =>
        databases[index % 2].sales.refund(id, { amount: 30, reason: `Часть ${index}` }, null),
    );
    const { succeeded, refused } = await outcomesOf(requests);
    assert.deepEqual([succeeded, refused], [3, { validation_failed: 9 }]);
    const sale = await artist.database.sales.find(id);
    assert.deepEqual([sale.status, sale.refund_amount], ["confirmed", 90]);
    assert.equal((await context.fixtures.refundsOf(id)).length, 3);
  });

  test("sales, cancellations and refunds at once leave exactly the seats that are held", async (context) => {
    const artist = await context.makeArtist();
    const concertId = await concertWithSeats(artist, 30);
    const held = await Promise.all(
      Array.from({ length: 10 }, () => sell(artist, concertId, { quantity: 2 })),
    );
    const databases = await openInstances(context, artist, 2);
    await outcomesOf([
      ...held.slice(0, 4).map(({ id }) => databases[0].sales.cancel(id, null)),
      ...held.slice(4, 7).map(({ id }) => databases[1].sales.refund(id, { reason: "Да" }, null)),
      ...Array.from(
        { length: 40 },
        (_, index) => databases[index % 2].sales.create(saleOf(concertId, { quantity: 1 }), null),
      ),
    ]);
    const { items } = await artist.database.sales.listOwn(anySale, firstPage);
    const seats = items.filter(({ status }) => status === "confirmed")
      .reduce((sum, { quantity }) => sum + quantity, 0);
    assert.equal(await seatsTaken(artist, concertId), seats);
    assert.ok(seats <= 30);
  });
}

async function openInstances(
  context: ConformanceContext,
  artist: Somebody,
  count: number,
): Promise<Database[]> {
  const backends = await Promise.all(
    Array.from({ length: count }, () => context.openAnotherBackend()),
  );
  return backends.map((backend) => backend.open(artist));
}
