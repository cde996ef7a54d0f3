import assert from "node:assert/strict";
import type { TicketEvent } from "../../supabase/functions/_shared/domain/ticket-event.ts";
import type { TicketSale } from "../../supabase/functions/_shared/domain/ticket-sale.ts";
import type { ConformanceContext, ConformanceTest, Somebody } from "./conformance-context.ts";
import { assertRefused, outcomesOf } from "./expect.ts";
import {
  anySale,
  concertWithSeats,
  connect,
  eventOf,
  firstPage,
  seatsTaken,
  sell,
} from "./sale-making.ts";

const applied = { applied: true, reason: null };
const duplicate = { applied: false, reason: "duplicate" };
const stale = { applied: false, reason: "stale" };

/** What providers say about sales. */
export function ticketEventTests(test: ConformanceTest): void {
  test("an event records a sale with the provider's commission, rounded half up", async (context) => {
    // 333.33 × 3 × 8 % = 79.9992; 0.10 × 5 % = 0.005; 1 × 1.1 × 5 % = 0.055; 2.1 × 5 % = 0.105; 9.99 × 7 % = 0.6993
    const cases: [provider: string, quantity: number, price: number, commission: number][] = [
      ["afisha", 3, 333.33, 80],
      ["kassir", 1, 0.1, 0.01],
      ["kassir", 1, 0.09, 0],
      ["kassir", 1, 1.1, 0.06],
      ["kassir", 1, 2.1, 0.11],
      ["ticketland", 1, 9.99, 0.7],
      ["kassir", 1000, 1_000_000, 50_000_000],
    ];
    for (const [provider, quantity, unit_price, commission] of cases) {
      const { artist, concertId } = await connected(context, null, provider);
      const event = eventOf(concertId, {
        quantity,
        unit_price,
        buyer_email: "fan@example.com",
        buyer_name: "Анна",
        buyer_phone: null,
      });
      assert.deepEqual(await context.service.sales.applyEvent(provider, event), applied);
      const sale = await theSale(artist);
      assert.deepEqual(
        [sale.provider_id, sale.external_transaction_id, sale.status, sale.purchased_at],
        [provider, "tx-1", "confirmed", event.occurred_at],
      );
      const total = Math.round(quantity * unit_price * 100) / 100;
      assert.deepEqual([sale.total_amount, sale.commission_amount], [total, commission]);
      assert.equal(
        Math.round((sale.net_amount + sale.commission_amount) * 100),
        Math.round(total * 100),
      );
      assert.deepEqual(
        [sale.buyer_email, sale.buyer_name, sale.buyer_phone],
        ["fan@example.com", "Анна", null],
      );
      assert.equal(await seatsTaken(artist, concertId), quantity);
    }
  });

  test("a later event makes the sale what it says, its seats too", async (context) => {
    const { artist, concertId } = await connected(context, 10);
    const tell = teller(context, concertId);
    await tell({ status: "pending", quantity: 4 });
    assert.equal(await seatsTaken(artist, concertId), 4);
    await tell({ status: "confirmed", quantity: 6, unit_price: 100 });
    const sale = await theSale(artist);
    assert.deepEqual([sale.quantity, sale.total_amount, sale.commission_amount], [6, 600, 30]);
    assert.equal(await seatsTaken(artist, concertId), 6);
    await tell({ status: "cancelled", quantity: 6, unit_price: 100 });
    assert.equal(await seatsTaken(artist, concertId), 0);
    await tell({ status: "confirmed", quantity: 1, unit_price: 100 });
    assert.equal(await seatsTaken(artist, concertId), 1);
    assert.equal((await theSale(artist)).id, sale.id);
  });

  test("each event is applied once, also after other events", async (context) => {
    const { artist, concertId } = await connected(context, 10);
    const { sales } = context.service;
    const [first, second] = [eventOf(concertId), eventOf(concertId, { status: "cancelled" })];
    assert.deepEqual(await sales.applyEvent("kassir", first), applied);
    assert.deepEqual(await sales.applyEvent("kassir", first), duplicate);
    assert.deepEqual(await sales.applyEvent("kassir", second), applied);
    for (const event of [first, second, { ...first, quantity: 9, status: "confirmed" as const }]) {
      assert.deepEqual(await sales.applyEvent("kassir", event), duplicate);
    }
    assert.equal((await theSale(artist)).status, "cancelled");
    assert.equal(await seatsTaken(artist, concertId), 0);
  });

  test("whatever the order in which events arrive, the sale ends the same", async (context) => {
    const told = [
      { status: "pending", quantity: 1, buyer_email: "anna@example.com" },
      { status: "confirmed", quantity: 3, buyer_name: "Анна" },
      { status: "cancelled", quantity: 3 },
    ] as const;
    for (const order of permutations([0, 1, 2])) {
      const { artist, concertId } = await connected(context, 10);
      const events = told.map((changes) => eventOf(concertId, changes));
      let newest = -1;
      for (const index of order) {
        const outcome = await context.service.sales.applyEvent("kassir", events[index]);
        assert.deepEqual(outcome, index > newest ? applied : stale, `${order}`);
        newest = Math.max(newest, index);
      }
      const sale = await theSale(artist);
      assert.deepEqual([sale.status, sale.quantity], ["cancelled", 3], `${order}`);
      assert.equal(
        sale.purchased_at,
        events[0].occurred_at,
        `${order}: bought when it was first sold`,
      );
      assert.deepEqual(
        [sale.buyer_email, sale.buyer_name, sale.buyer_phone],
        ["anna@example.com", "Анна", null],
        `${order}`,
      );
      assert.equal(await seatsTaken(artist, concertId), 0);
    }
  });

  test("at the same moment the later step wins, in either order", async (context) => {
    for (const order of [["confirmed", "cancelled"], ["cancelled", "confirmed"]] as const) {
      const { artist, concertId } = await connected(context, 10);
      const occurred_at = "2026-02-03T04:05:06.789Z";
      for (const status of order) {
        await context.service.sales.applyEvent(
          "kassir",
          eventOf(concertId, { status, occurred_at }),
        );
      }
      assert.equal((await theSale(artist)).status, "cancelled");
      assert.equal(await seatsTaken(artist, concertId), 0);
    }
  });

  test("what the artist has cancelled no older event revives, a newer one does", async (context) => {
    const { artist, concertId } = await connected(context, 10);
    const tell = teller(context, concertId);
    const late = eventOf(concertId, { quantity: 4 });
    await tell({ status: "pending", quantity: 4 });
    await tell({ status: "pending", quantity: 5 });
    const { id } = await theSale(artist);
    await artist.database.sales.cancel(id, null);
    const sales = [
      late,
      eventOf(concertId, { quantity: 4 }),
      eventOf(concertId, { quantity: 4, occurred_at: new Date(Date.now() - 1000).toISOString() }),
    ];
    for (const event of sales) {
      assert.deepEqual(await context.service.sales.applyEvent("kassir", event), stale);
    }
    assert.equal((await theSale(artist)).status, "cancelled");
    assert.equal(await seatsTaken(artist, concertId), 0);
    const occurred_at = new Date(Date.now() + 2000).toISOString();
    assert.deepEqual(await tell({ quantity: 4, occurred_at }), applied);
    assert.equal(await seatsTaken(artist, concertId), 4);
  });

  test("an event that says nothing of the buyer leaves them as they are", async (context) => {
    const { artist, concertId } = await connected(context, 10);
    const tell = teller(context, concertId);
    const buyer = {
      buyer_email: "anna@example.com",
      buyer_name: "Анна",
      buyer_phone: "+79000000000",
    };
    await tell({ ...buyer, status: "pending" });
    await tell({ status: "confirmed", buyer_email: null, buyer_name: "Анна Петрова" });
    const sale = await theSale(artist);
    assert.deepEqual(
      [sale.buyer_email, sale.buyer_name, sale.buyer_phone],
      [buyer.buyer_email, "Анна Петрова", buyer.buyer_phone],
    );
    const campaign = await artist.database.campaigns.create({ subject: "Тема", content: "Текст" });
    assert.equal((await artist.database.campaigns.audience(campaign.id, 1)).count, 1);
  });

  test("a refund by the provider pays the rest back; a refunded sale stays refunded", async (context) => {
    const { artist, concertId } = await connected(context, 10);
    const tell = teller(context, concertId);
    await tell({ quantity: 2, unit_price: 100 });
    const { id } = await theSale(artist);
    await artist.database.sales.refund(id, { amount: 30, reason: "Скидка" }, null);
    await tell({ quantity: 2, unit_price: 100, status: "refunded" });
    const sale = await theSale(artist);
    assert.deepEqual([sale.status, sale.refund_amount, sale.refund_reason], [
      "refunded",
      200,
      "Скидка",
    ]);
    assert.equal(await seatsTaken(artist, concertId), 0);
    assert.deepEqual(await context.fixtures.refundsOf(id), [
      { amount: 30, reason: "Скидка" },
      { amount: 170, reason: null },
    ]);
    assert.deepEqual(await tell({ status: "confirmed" }), stale);
    assert.deepEqual(await theSale(artist), sale);
  });

  test("the first that is heard of a sale may be that it is over", async (context) => {
    for (const status of ["cancelled", "refunded"] as const) {
      const { artist, concertId } = await connected(context, 1);
      await teller(context, concertId)({ status, quantity: 5 });
      const sale = await theSale(artist);
      assert.equal(sale.status, status);
      assert.equal(sale.refund_amount, status === "refunded" ? sale.total_amount : null);
      assert.equal(await seatsTaken(artist, concertId), 0);
      assert.deepEqual(await context.fixtures.notificationsOf(artist.id), []);
    }
  });

  test("what does not fit changes nothing, and may be sent again", async (context) => {
    const { artist, concertId } = await connected(context, 3);
    const { sales } = context.service;
    await teller(context, concertId)({ quantity: 2, external_transaction_id: "mine" });
    const before = await context.fixtures.everythingOf(artist.id);
    const tooMany = [
      eventOf(concertId, { quantity: 2 }),
      eventOf(concertId, { quantity: 4, external_transaction_id: "mine" }),
    ];
    for (const event of tooMany) {
      await assertRefused(sales.applyEvent("kassir", event), "sold_out");
      assert.equal(await context.fixtures.everythingOf(artist.id), before);
    }
    await artist.database.concerts.update(concertId, { ticket_capacity: 4 });
    assert.deepEqual(await sales.applyEvent("kassir", tooMany[0]), applied);
    assert.equal((await context.fixtures.notificationsOf(artist.id)).length, 1, "sold out now");
  });

  test("a provider takes no seats of a cancelled concert, but gives them back", async (context) => {
    const { artist, concertId } = await connected(context, 10);
    const tell = teller(context, concertId);
    await tell({ quantity: 4 });
    await artist.database.concerts.cancel(concertId);
    await assertRefused(tell({ quantity: 5 }), "invalid_transition");
    await assertRefused(tell({ external_transaction_id: "new" }), "invalid_transition");
    await tell({ quantity: 4, buyer_name: "Анна" });
    await tell({ quantity: 4, status: "cancelled" });
    assert.equal(await seatsTaken(artist, concertId), 0);
  });

  test("a sale stays with its concert, and above what was paid back", async (context) => {
    const { artist, concertId } = await connected(context, 10);
    const other = await concertWithSeats(artist, 10);
    const tell = teller(context, concertId);
    await tell({ quantity: 2, unit_price: 100 });
    await assertRefused(
      context.service.sales.applyEvent("kassir", eventOf(other)),
      "conflict",
      ["concert_id"],
    );
    const { id } = await theSale(artist);
    await artist.database.sales.refund(id, { amount: 150, reason: "Скидка" }, null);
    for (const quantity of [1, 3]) {
      await assertRefused(tell({ quantity, unit_price: 50 }), "conflict", ["unit_price"]);
    }
    await tell({ quantity: 4, unit_price: 50 });
    const sale = await theSale(artist);
    assert.deepEqual([sale.total_amount, sale.refund_amount, sale.status], [200, 150, "confirmed"]);
  });

  test("ids of events and sales are an artist's own: nobody takes another's", async (context) => {
    const [one, two] = [await connected(context, 10), await connected(context, 10)];
    const first = eventOf(one.concertId);
    assert.deepEqual(await context.service.sales.applyEvent("kassir", first), applied);
    const second = { ...first, concert_id: two.concertId };
    assert.deepEqual(await context.service.sales.applyEvent("kassir", second), applied);
    assert.notEqual((await theSale(one.artist)).id, (await theSale(two.artist)).id);
  });

  test("only of connected artists, existing concerts and providers, and only by the backend", async (context) => {
    const { artist, concertId } = await connected(context, 10);
    const { sales } = context.service;
    await assertRefused(sales.applyEvent("afisha", eventOf(concertId)), "not_found");
    await assertRefused(sales.applyEvent("nobody", eventOf(concertId)), "not_found");
    for (const id of [crypto.randomUUID(), "tour_1", "' or 1=1 --"]) {
      await assertRefused(sales.applyEvent("kassir", eventOf(id)), "not_found");
    }
    for (const { sales } of [context.visitor, artist.database]) {
      await assertRefused(sales.applyEvent("kassir", eventOf(concertId)), "forbidden");
    }
    await artist.database.ticketConnections.remove("kassir");
    await assertRefused(sales.applyEvent("kassir", eventOf(concertId)), "not_found");
    assert.deepEqual((await artist.database.sales.listOwn(anySale, firstPage)).items, []);
  });

  test("the same event many times at once is applied once", async (context) => {
    const { artist, concertId } = await connected(context, 10);
    const event = eventOf(concertId);
    const backends = [context.backend, await context.openAnotherBackend()];
    const outcomes = await Promise.all(
      Array.from(
        { length: 20 },
        (_, index) =>
          backends[index % 2].open({ kind: "service" }).sales.applyEvent("kassir", event),
      ),
    );
    assert.equal(outcomes.filter((outcome) => outcome.applied).length, 1);
    assert.equal(await seatsTaken(artist, concertId), 2);
  });

  test("provider and artist together never sell more seats than there are", async (context) => {
    const { artist, concertId } = await connected(context, 20);
    const { succeeded, refused } = await outcomesOf(
      Array.from(
        { length: 40 },
        (_, index) =>
          index % 2 ? sell(artist, concertId, { quantity: 1 }) : context.service.sales.applyEvent(
            "kassir",
            eventOf(concertId, { quantity: 1, external_transaction_id: `tx-${index}` }),
          ),
      ),
    );
    assert.deepEqual([succeeded, refused], [20, { sold_out: 20 }]);
    assert.equal(await seatsTaken(artist, concertId), 20);
  });
}

/** An artist who is connected to the provider, and a concert of theirs. */
async function connected(context: ConformanceContext, seats: number | null, provider = "kassir") {
  const artist = await context.makeArtist();
  const concertId = await concertWithSeats(artist, seats);
  await connect(artist, provider);
  return { artist, concertId };
}

function teller({ service }: ConformanceContext, concertId: string) {
  return (changes: Partial<TicketEvent>) =>
    service.sales.applyEvent("kassir", eventOf(concertId, changes));
}

async function theSale(artist: Somebody): Promise<TicketSale> {
  const { items } = await artist.database.sales.listOwn(anySale, firstPage);
  assert.equal(items.length, 1);
  return items[0];
}

function permutations(items: number[]): number[][] {
  if (items.length === 1) return [items];
  return items.flatMap((item) =>
    permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest])
  );
}
