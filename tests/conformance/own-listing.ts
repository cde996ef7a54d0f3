import assert from "node:assert/strict";
import type { OwnConcertFilter } from "../../supabase/functions/_shared/database/types.ts";
import type { PageRequest } from "../../supabase/functions/_shared/domain/paging.ts";
import {
  completeConcert,
  dateInDays,
  pendingConcert,
  publicConcert,
  reread,
} from "./concert-making.ts";
import type { ConformanceTest } from "./conformance-context.ts";
import { assertPagesAgree } from "./expect.ts";

const firstPage: PageRequest = { limit: 100, after: null };

/** What an artist finds of their own. */
export function ownListingTests(test: ConformanceTest): void {
  test("an artist's list has their concerts of every status, newest first, through all pages", async (context) => {
    const [artist, other] = [await context.makeArtist(), await context.makeArtist()];
    const created = [
      await artist.database.concerts.create({ title: "Без даты" }),
      await pendingConcert(artist),
      await publicConcert(context, artist),
    ];
    const cancelled = await publicConcert(context, artist);
    await artist.database.concerts.cancel(cancelled.id);
    await publicConcert(context, other);

    const list = (page: PageRequest) =>
      artist.database.concerts.listOwn({ status: null, when: "all" }, page);
    const { items, next } = await list(firstPage);
    const expected = await Promise.all([...created, cancelled].map(({ id }) => reread(artist, id)));
    expected.sort((one, two) =>
      `${one.created_at} ${one.id}` < `${two.created_at} ${two.id}` ? 1 : -1
    );
    assert.deepEqual(items, expected);
    assert.equal(next, null);
    await assertPagesAgree(list, items);
  });

  test("an artist's list can be narrowed by status and by time", async (context) => {
    const artist = await context.makeArtist();
    const undated = await artist.database.concerts.create({ title: "Без даты" });
    const pending = await pendingConcert(artist);
    const over = await publicConcert(context, artist, { event_date: dateInDays(-3) });
    const coming = await publicConcert(context, artist);
    const oldDraft = await artist.database.concerts.create(
      completeConcert({ event_date: "2020-02-29" }),
    );
    const cases: [Partial<OwnConcertFilter>, { id: string }[]][] = [
      [{ status: "draft" }, [undated, oldDraft]],
      [{ status: "pending" }, [pending]],
      [{ status: "approved" }, [over, coming]],
      [{ status: "rejected" }, []],
      [{ when: "past" }, [over, oldDraft]],
      // What has no date yet is still to come.
      [{ when: "upcoming" }, [undated, pending, coming]],
      [{ status: "approved", when: "upcoming" }, [coming]],
      [{ status: "draft", when: "past" }, [oldDraft]],
    ];
    for (const [filter, expected] of cases) {
      const list = (page: PageRequest) =>
        artist.database.concerts.listOwn({ status: null, when: "all", ...filter }, page);
      const { items } = await list(firstPage);
      assert.deepEqual(
        items.map(({ id }) => id).sort(),
        expected.map(({ id }) => id).sort(),
        JSON.stringify(filter),
      );
      await assertPagesAgree(list, items);
    }
  });

  test("a newcomer has no concerts, no figures and no movements", async ({ makeArtist }) => {
    const { id, database } = await makeArtist();
    const nothing = { items: [], next: null };
    assert.deepEqual(
      await database.concerts.listOwn({ status: null, when: "all" }, firstPage),
      nothing,
    );
    assert.deepEqual(await database.concerts.listAnalytics(firstPage), nothing);
    assert.deepEqual(await database.coins.listOwn(firstPage), { balance: 0, ...nothing });
    assert.deepEqual(await database.artists.ownStatistics(), {
      artist_id: id,
      concerts_count: 0,
      upcoming_concerts_count: 0,
      total_views: 0,
      total_clicks: 0,
      total_shares: 0,
      sales_count: 0,
      tickets_sold: 0,
      total_revenue: 0,
      net_revenue: 0,
    });
  });
}
