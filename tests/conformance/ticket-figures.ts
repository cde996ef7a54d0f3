import assert from "node:assert/strict";
import { toKopecks } from "../../supabase/functions/_shared/domain/kopecks.ts";
import type { SalesFigures } from "../../supabase/functions/_shared/domain/ticket-figures.ts";
import type { TicketSale } from "../../supabase/functions/_shared/domain/ticket-sale.ts";
import { HostileValues } from "../legacy/hostile-values.ts";
import { publicConcert } from "./concert-making.ts";
import type { ConformanceTest } from "./conformance-context.ts";
import { anySale, concertWithSeats, connect, eventOf, firstPage, sell } from "./sale-making.ts";

const nothing: SalesFigures = {
  sales: 0,
  tickets: 0,
  revenue: 0,
  commission: 0,
  net: 0,
  refunds: 0,
};

/** What sales add up to. */
export function ticketFigureTests(test: ConformanceTest): void {
  test("without sales all figures are zero, and there is no average", async (context) => {
    const artist = await context.makeArtist();
    const concertId = await concertWithSeats(artist, 10);
    for (const  of of[null, concertId]) {
      assert.deepEqual(await artist.database.sales.stats(of), {
        ...nothing,
        average_ticket_price: null,
        by_provider: [],
        by_day: [],
      });
    }
    assert.deepEqual(await artist.database.sales.funnel(concertId), {
      concert_id: concertId,
      views: 0,
      clicks: 0,
      purchases: 0,
      tickets: 0,
      revenue: 0,
      view_to_click: null,
      click_to_purchase: null,
      view_to_purchase: null,
    });
  });

  test("only confirmed sales count, by provider and by Moscow's day", async (context) => {
    const artist = await context.makeArtist();
    const { sales } = artist.database;
    const [one, two] = [
      await concertWithSeats(artist, null),
      await concertWithSeats(artist, null),
    ];
    await connect(artist, "kassir");
    await connect(artist, "afisha");
    // 21:30 UTC is the next day in Moscow.
    const first = await sell(artist, one, {
      quantity: 2,
      unit_price: 100.01,
      purchased_at: "2026-03-01T21:30:00Z",
    });
    await sales.refund(first.id, { amount: 0.5, reason: "Скидка" }, null);
    await sell(artist, two, { quantity: 1, unit_price: 50, purchased_at: "2026-03-01T20:30:00Z" });
    await sell(artist, one, { quantity: 9, unit_price: 9, status: "pending" });
    const cancelled = await sell(artist, one, { quantity: 8, unit_price: 8 });
    await sales.cancel(cancelled.id, null);
    const refunded = await sell(artist, one, { quantity: 7, unit_price: 7 });
    await sales.refund(refunded.id, { reason: "Возврат" }, null);
    for (
      const [provider, at] of [["kassir", "2026-03-01T10:00:00Z"], [
        "afisha",
        "2026-03-05T10:00:00Z",
      ]]
    ) {
      const event = eventOf(one, {
        occurred_at: at,
        quantity: 3,
        unit_price: 333.33,
        external_transaction_id: provider,
      });
      await context.service.sales.applyEvent(provider, event);
    }

    const manual = { ...nothing, sales: 1, tickets: 2, revenue: 200.02, net: 200.02, refunds: 0.5 };
    const kassir = {
      ...nothing,
      sales: 1,
      tickets: 3,
      revenue: 999.99,
      commission: 50,
      net: 949.99,
    };
    const afisha = { ...kassir, commission: 80, net: 919.99 };
    const stats = await sales.stats(one);
    assert.deepEqual(stats, {
      sales: 3,
      tickets: 8,
      revenue: 2200,
      commission: 130,
      net: 2070,
      refunds: 0.5,
      average_ticket_price: 275,
      by_provider: [
        { provider_id: "afisha", ...afisha },
        { provider_id: "kassir", ...kassir },
        { provider_id: null, ...manual },
      ],
      by_day: [
        { day: "2026-03-01", ...kassir },
        { day: "2026-03-02", ...manual },
        { day: "2026-03-05", ...afisha },
      ],
    });
    const all = await sales.stats(null);
    assert.deepEqual([all.sales, all.tickets, all.revenue], [4, 9, 2250]);
    assert.deepEqual(all.by_day[0], {
      day: "2026-03-01",
      sales: 2,
      tickets: 4,
      revenue: 1049.99,
      commission: 50,
      net: 999.99,
      refunds: 0,
    });
  });

  test("the average is rounded half up to the kopeck", async (context) => {
    const artist = await context.makeArtist();
    const concertId = await concertWithSeats(artist, null);
    await sell(artist, concertId, { quantity: 1, unit_price: 0.01 });
    await sell(artist, concertId, { quantity: 1, unit_price: 0.02 });
    assert.equal((await artist.database.sales.stats(null)).average_ticket_price, 0.02);
    await sell(artist, concertId, { quantity: 1, unit_price: 0.01 });
    assert.equal((await artist.database.sales.stats(null)).average_ticket_price, 0.01);
  });

  test("every sum equals that of its rows to the kopeck, whatever the prices", async (context) => {
    const artist = await context.makeArtist();
    const concerts = [await concertWithSeats(artist, null), await concertWithSeats(artist, null)];
    for (const provider of ["kassir", "ticketland", "afisha"]) await connect(artist, provider);
    const random = new HostileValues(20261122);
    const { sales } = artist.database;
    for (let index = 0; index < 60; index++) {
      const concertId = concerts[random.below(2)];
      const quantity = 1 + random.below(9);
      const unit_price = random.below(1_000_000) / 100;
      const day = new Date(Date.UTC(2026, 0, 1 + random.below(5), random.below(24))).toISOString();
      const provider = random.pick(["kassir", "ticketland", "afisha", null]);
      if (provider === null) {
        const sale = await sell(artist, concertId, { quantity, unit_price, purchased_at: day });
        if (sale.total_amount > 1 && random.below(2)) {
          await sales.refund(
            sale.id,
            { amount: (1 + random.below(100)) / 100, reason: "Часть" },
            null,
          );
        }
      } else {
        const event = eventOf(concertId, {
          quantity,
          unit_price,
          occurred_at: day,
          external_transaction_id: `tx-${index}`,
          status: random.pick(["confirmed", "confirmed", "confirmed", "refunded"]),
        });
        await context.service.sales.applyEvent(provider, event);
      }
    }
    const { items } = await sales.listOwn(anySale, firstPage);
    for (const row of items) {
      assert.equal(kopecks(row.total_amount), row.quantity * kopecks(row.unit_price));
      assert.equal(
        kopecks(row.net_amount),
        kopecks(row.total_amount) - kopecks(row.commission_amount),
      );
    }
    for (const concertId of [null, ...concerts]) {
      const rows = items.filter(({ status, concert_id }) =>
        status === "confirmed" && (concertId === null || concert_id === concertId)
      );
      const stats = await sales.stats(concertId);
      assertSums(stats, rows);
      for (const { provider_id, ...sums } of stats.by_provider) {
        assertSums(sums, rows.filter((row) => row.provider_id === provider_id));
      }
      for (const { day, ...sums } of stats.by_day) {
        assertSums(sums, rows.filter((row) => moscowDay(row.purchased_at) === day));
      }
      for (const parts of [stats.by_provider, stats.by_day]) {
        assert.equal(parts.reduce((sum, { sales }) => sum + sales, 0), rows.length);
      }
    }
  });

  test("the funnel counts what happened, and divides by nothing but what was counted", async (context) => {
    const artist = await context.makeArtist();
    const { id } = await publicConcert(context, artist, { ticket_capacity: 100 });
    const count = async (event: "views" | "clicks", times: number) => {
      for (let time = 0; time < times; time++) await context.visitor.concerts.countEvent(id, event);
    };
    await sell(artist, id, { quantity: 2, unit_price: 10 });
    await sell(artist, id, { quantity: 2, unit_price: 10, status: "pending" });
    assert.deepEqual(await artist.database.sales.funnel(id), {
      concert_id: id,
      views: 0,
      clicks: 0,
      purchases: 1,
      tickets: 2,
      revenue: 20,
      view_to_click: null,
      click_to_purchase: null,
      view_to_purchase: null,
    });
    await count("views", 7);
    await count("clicks", 3);
    assert.deepEqual(await artist.database.sales.funnel(id), {
      concert_id: id,
      views: 7,
      clicks: 3,
      purchases: 1,
      tickets: 2,
      revenue: 20,
      view_to_click: 0.4286,
      click_to_purchase: 0.3333,
      view_to_purchase: 0.1429,
    });
  });
}

function assertSums(sums: SalesFigures, rows: TicketSale[]): void {
  const total = (of: (row: TicketSale) => number) =>
    rows.reduce((sum, row) => sum + kopecks(of(row)), 0) / 100;
  const { sales, tickets, revenue, commission, net, refunds } = sums;
  assert.deepEqual({ sales, tickets, revenue, commission, net, refunds }, {
    sales: rows.length,
    tickets: rows.reduce((sum, { quantity }) => sum + quantity, 0),
    revenue: total(({ total_amount }) => total_amount),
    commission: total(({ commission_amount }) => commission_amount),
    net: total(({ net_amount }) => net_amount),
    refunds: total(({ refund_amount }) => refund_amount ?? 0),
  });
}

const kopecks = toKopecks;

function moscowDay(instant: string): string {
  return new Date(instant).toLocaleDateString("sv-SE", { timeZone: "Europe/Moscow" });
}
