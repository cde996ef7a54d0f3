import assert from "node:assert/strict";
import type { ConcertAnalytics } from "../../supabase/functions/_shared/domain/analytics.ts";
import { type Concert, concertEvents } from "../../supabase/functions/_shared/domain/concert.ts";
import { assertRefused } from "./api-client.ts";
import { allPages, approved, draft, pending } from "./concert-journeys.ts";
import type { Scenario } from "./scenario-context.ts";

export function counterScenarios(scenario: Scenario): void {
  scenario("counters: 200 views at once add exactly 200", async (context) => {
    const { api } = context;
    const artist = await context.makeArtist();
    const before = await approved(context, artist);
    const replies = await Promise.all(
      Array.from({ length: 200 }, () => api.send("POST", `/concerts/${before.id}/views`)),
    );
    assert.deepEqual([...new Set(replies.map(({ status }) => status))], [204]);
    const after = await api.data<Concert>("GET", `/concerts/${before.id}`, { as: artist });
    assert.deepEqual(after, { ...before, views_count: 200 }, "and change nothing else");
  });

  scenario("counters: each event has its own, whoever sends it", async (context) => {
    const { api } = context;
    const artist = await context.makeArtist();
    const { id } = await approved(context, artist);
    const other = await approved(context, artist);
    const callers = [undefined, artist, await context.makeArtist(), await context.makeModerator()];
    await Promise.all([
      ...callers.map((as) => api.send("POST", `/concerts/${id}/views`, { as })),
      ...callers.slice(0, 3).map((as) => api.send("POST", `/concerts/${id}/clicks`, { as })),
      api.send("POST", `/concerts/${id}/shares`, { as: "service" }),
      api.send("POST", `/concerts/${id}/shares`),
    ]);
    const counts = ({ views_count, clicks_count, shares_count }: Concert) => [
      views_count,
      clicks_count,
      shares_count,
    ];
    const get = (id: string) => api.data<Concert>("GET", `/concerts/${id}`, { as: artist });
    assert.deepEqual(counts(await get(id)), [4, 3, 2]);
    assert.deepEqual(counts(await get(other.id)), [0, 0, 0]);
  });

  scenario("counters: what the public cannot see is not counted", async (context) => {
    const { api, fixtures } = context;
    const artist = await context.makeArtist();
    const hidden = await approved(context, artist);
    await api.data("POST", `/concerts/${hidden.id}/hide`, { as: artist });
    const ids = [hidden.id, (await draft(context, artist)).id, (await pending(context, artist)).id];
    const before = await fixtures.everythingOf(artist.id);
    for (const id of [...ids, crypto.randomUUID(), "tour_1_none"]) {
      for (const event of concertEvents) {
        for (const as of [undefined, artist]) {
          assertRefused(await api.send("POST", `/concerts/${id}/${event}`, { as }), "not_found");
        }
      }
    }
    assert.equal(await fixtures.everythingOf(artist.id), before);
  });

  scenario("counters: analytics and statistics are sums of what happened", async (context) => {
    const { api, fixtures } = context;
    const artist = await context.makeArtist();
    const first = await approved(context, artist);
    const second = await approved(context, artist);
    await draft(context, artist);
    const count = async (id: string, event: string, times: number) => {
      await Promise.all(
        Array.from({ length: times }, () => api.send("POST", `/concerts/${id}/${event}`)),
      );
    };
    await count(first.id, "views", 8);
    await count(first.id, "clicks", 4);
    await count(first.id, "shares", 1);
    await count(second.id, "views", 2);
    // Two sales of the same concert: a careless join would count its views twice.
    const sale = { artistId: artist.id, concertId: first.id };
    await fixtures.sellTickets({ ...sale, quantity: 2, unitPrice: 1000.5, commission: 100.05 });
    await fixtures.sellTickets({ ...sale, quantity: 1, unitPrice: 0.99, commission: 0 });

    const expected: ConcertAnalytics = {
      concert_id: first.id,
      title: first.title,
      event_date: first.event_date,
      views_count: 8,
      clicks_count: 4,
      shares_count: 1,
      sales_count: 2,
      tickets_sold: 3,
      total_revenue: 2001.99,
      net_revenue: 1901.94,
      click_rate: 0.5,
      conversion_rate: 0.5,
    };
    assert.deepEqual(
      await api.data("GET", `/concerts/${first.id}/analytics`, { as: artist }),
      expected,
    );
    const quiet = await api.data<ConcertAnalytics>("GET", `/concerts/${second.id}/analytics`, {
      as: artist,
    });
    assert.deepEqual(
      [quiet.click_rate, quiet.conversion_rate, quiet.total_revenue],
      [0, null, 0],
    );
    const list = await api.data<ConcertAnalytics[]>("GET", "/concerts/analytics", { as: artist });
    assert.equal(list.length, 3);
    assert.deepEqual(list.slice(1), [quiet, expected]);
    assert.deepEqual(
      [list[0].click_rate, list[0].conversion_rate],
      [null, null],
      "without views there is no rate",
    );
    for (const limit of [1, 2, 3]) {
      const paged = await allPages<ConcertAnalytics>(
        context,
        "/concerts/analytics",
        limit,
        { as: artist },
        undefined,
        ({ concert_id }) => concert_id,
      );
      assert.deepEqual(paged, list, `by ${limit}`);
    }
    assert.deepEqual(await api.data("GET", "/concerts/artists/me/statistics", { as: artist }), {
      artist_id: artist.id,
      concerts_count: 3,
      upcoming_concerts_count: 3,
      total_views: 10,
      total_clicks: 4,
      total_shares: 1,
      sales_count: 2,
      tickets_sold: 3,
      total_revenue: 2001.99,
      net_revenue: 1901.94,
    });
    const stranger = await context.makeArtist();
    assert.deepEqual(await api.data("GET", "/concerts/analytics", { as: stranger }), []);
    const moderator = await context.makeModerator();
    for (const as of [stranger, moderator]) {
      assertRefused(await api.send("GET", `/concerts/${first.id}/analytics`, { as }), "not_found");
    }
  });
}
