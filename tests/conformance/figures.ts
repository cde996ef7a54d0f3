import assert from "node:assert/strict";
import { concertEvents } from "../../supabase/functions/_shared/domain/concert.ts";
import type { PageRequest } from "../../supabase/functions/_shared/domain/paging.ts";
import {
  completeConcert,
  dateInDays,
  pendingConcert,
  publicConcert,
  reread,
} from "./concert-making.ts";
import type { ConformanceTest } from "./conformance-context.ts";
import { assertPagesAgree, assertRefused } from "./expect.ts";

/** Counters, and what is made of them and of the sales. */
export function figureTests(test: ConformanceTest): void {
  test("every event has its own counter, for visitors and signed-in people alike", async (context) => {
    const [artist, other] = [await context.makeArtist(), await context.makeArtist()];
    const before = await publicConcert(context, artist);
    for (const [index, event] of concertEvents.entries()) {
      for (let time = 0; time <= index; time++) {
        await context.visitor.concerts.countEvent(before.id, event);
      }
    }
    await other.database.concerts.countEvent(before.id, "views");
    await artist.database.concerts.countEvent(before.id, "views");
    assert.deepEqual(
      await reread(artist, before.id),
      { ...before, views_count: 3, clicks_count: 2, shares_count: 3 },
      "and nothing else changed, updated_at included",
    );
  });

  test("what is not public is not counted, for anybody", async (context) => {
    const artist = await context.makeArtist();
    const hidden = await publicConcert(context, artist);
    await artist.database.concerts.setHidden(hidden.id, true);
    const cancelled = await publicConcert(context, artist);
    await artist.database.concerts.cancel(cancelled.id);
    const pending = await pendingConcert(artist);
    const draft = await artist.database.concerts.create(completeConcert());
    for (const { id } of [hidden, cancelled, pending, draft]) {
      for (const database of [context.visitor, artist.database]) {
        await assertRefused(database.concerts.countEvent(id, "views"), "not_found");
      }
      assert.equal((await reread(artist, id)).views_count, 0);
    }
  });

  test("200 visitors at once add exactly 200", async (context) => {
    const artist = await context.makeArtist();
    const { id } = await publicConcert(context, artist);
    await Promise.all(
      Array.from({ length: 200 }, () => context.visitor.concerts.countEvent(id, "views")),
    );
    assert.equal((await reread(artist, id)).views_count, 200);
  });

  test("a full counter stays full, and the others count on", async (context) => {
    const artist = await context.makeArtist();
    const { id } = await publicConcert(context, artist);
    await context.fixtures.setCounters(id, {
      views_count: 2_147_483_646,
      clicks_count: 2_147_483_647,
      shares_count: 5,
    });
    for (const event of [...concertEvents, ...concertEvents]) {
      await context.visitor.concerts.countEvent(id, event);
    }
    const { views_count, clicks_count, shares_count } = await reread(artist, id);
    assert.deepEqual([views_count, clicks_count, shares_count], [2_147_483_647, 2_147_483_647, 7]);
    assert.equal((await artist.database.artists.ownStatistics()).total_views, 2_147_483_647);
    assert.equal((await artist.database.concerts.analytics(id)).clicks_count, 2_147_483_647);
  });

  test("events of all kinds at once, and an edit among them, are all counted", async (context) => {
    const artist = await context.makeArtist();
    const { id } = await publicConcert(context, artist);
    await Promise.all([
      ...Array.from(
        { length: 60 },
        (_, index) => context.visitor.concerts.countEvent(id, concertEvents[index % 3]),
      ),
      artist.database.concerts.update(id, { description: "Новое описание" }),
    ]);
    const { views_count, clicks_count, shares_count, description } = await reread(artist, id);
    assert.deepEqual([views_count, clicks_count, shares_count, description], [
      20,
      20,
      20,
      "Новое описание",
    ]);
  });

  test("analytics count confirmed sales once, to the kopeck", async (context) => {
    const { fixtures } = context;
    const artist = await context.makeArtist();
    const concert = await publicConcert(context, artist, { ticket_capacity: null });
    const { id } = concert;
    const figures = {
      concert_id: id,
      title: concert.title,
      event_date: concert.event_date,
      views_count: 0,
      clicks_count: 0,
      shares_count: 0,
      sales_count: 0,
      tickets_sold: 0,
      total_revenue: 0,
      net_revenue: 0,
      click_rate: null,
      conversion_rate: null,
    };
    assert.deepEqual(await artist.database.concerts.analytics(id), figures);

    for (let time = 0; time < 3; time++) await context.visitor.concerts.countEvent(id, "views");
    await context.visitor.concerts.countEvent(id, "clicks");
    const sale = { artistId: artist.id, concertId: id };
    await fixtures.sellTickets({ ...sale, quantity: 3, unitPrice: 0.1, commission: 0.02 });
    await fixtures.sellTickets({ ...sale, quantity: 1, unitPrice: 0.2, commission: 0.01 });
    await fixtures.sellTickets({ ...sale, quantity: 2, unitPrice: 5628.01, commission: 562.8 });
    for (const status of ["pending", "cancelled", "refunded"] as const) {
      await fixtures.addSale({ ...sale, quantity: 7, unitPrice: 1000, commission: 50, status });
    }
    assert.deepEqual(await artist.database.concerts.analytics(id), {
      ...figures,
      views_count: 3,
      clicks_count: 1,
      sales_count: 3,
      tickets_sold: 6,
      total_revenue: 11_256.52,
      net_revenue: 10_693.69,
      click_rate: 0.3333,
      conversion_rate: 3,
    });
  });

  test("statistics add up concerts and sales without multiplying either by the other", async (context) => {
    const artist = await context.makeArtist();
    const [first, second] = [
      await publicConcert(context, artist),
      await publicConcert(context, artist, { event_date: dateInDays(-3) }),
    ];
    await artist.database.concerts.create({ title: "Без даты" });
    const cancelled = await publicConcert(context, artist);
    await artist.database.concerts.cancel(cancelled.id);
    for (const { id } of [first, first, second]) {
      for (const event of concertEvents) await context.visitor.concerts.countEvent(id, event);
      await context.fixtures.sellTickets({
        artistId: artist.id,
        concertId: id,
        quantity: 2,
        unitPrice: 100.01,
        commission: 5,
      });
    }
    await context.fixtures.addSale({
      artistId: artist.id,
      concertId: first.id,
      quantity: 7,
      unitPrice: 1000,
      commission: 50,
      status: "refunded",
    });
    const statistics = await artist.database.artists.ownStatistics();
    assert.deepEqual(statistics, {
      artist_id: artist.id,
      concerts_count: 4,
      upcoming_concerts_count: 1,
      total_views: 3,
      total_clicks: 3,
      total_shares: 3,
      sales_count: 3,
      tickets_sold: 6,
      total_revenue: 600.06,
      net_revenue: 585.06,
    });
    const newcomer = await context.makeArtist();
    const none = await newcomer.database.artists.ownStatistics();
    const zeros = Object.keys(statistics).map((field) => [field, 0]);
    // As text: the fields come in one order, with figures and without.
    assert.equal(
      JSON.stringify(none),
      JSON.stringify({ ...Object.fromEntries(zeros), artist_id: newcomer.id }),
    );
    assert.equal(Object.keys(statistics)[0], "artist_id");
  });

  test("analytics of all concerts: the caller's, newest first, through all pages", async (context) => {
    const [artist, other] = [await context.makeArtist(), await context.makeArtist()];
    await publicConcert(context, other);
    const created = [
      await publicConcert(context, artist),
      await artist.database.concerts.create({ title: "Черновик" }),
      await pendingConcert(artist),
    ];
    const newestFirst = created.toSorted((one, two) =>
      `${one.created_at} ${one.id}` < `${two.created_at} ${two.id}` ? 1 : -1
    );
    await context.visitor.concerts.countEvent(created[0].id, "views");
    await context.fixtures.sellTickets({
      artistId: artist.id,
      concertId: created[0].id,
      quantity: 1,
      unitPrice: 100,
      commission: 0,
    });
    const list = (page: PageRequest) => artist.database.concerts.listAnalytics(page);
    const { items } = await list({ limit: 100, after: null });
    const expected = [];
    for (const { id } of newestFirst) expected.push(await artist.database.concerts.analytics(id));
    assert.deepEqual(items, expected);
    await assertPagesAgree(list, items);
  });
}
