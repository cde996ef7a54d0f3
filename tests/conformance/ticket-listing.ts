import assert from "node:assert/strict";
import type { PageRequest } from "../../supabase/functions/_shared/domain/paging.ts";
import type { ConformanceTest } from "./conformance-context.ts";
import { assertPagesAgree } from "./expect.ts";
import { anySale, concertWithSeats, firstPage, sell } from "./sale-making.ts";

/** The list of sales. */
export function ticketListingTests(test: ConformanceTest): void {
  test("the list: the latest purchase first, through all pages, and every filter", async (context) => {
    const [artist, other] = [await context.makeArtist(), await context.makeArtist()];
    const { sales } = artist.database;
    const [one, two] = [await concertWithSeats(artist, 90), await concertWithSeats(artist, 90)];
    await sell(other, await concertWithSeats(other, 9));
    const at = (hour: number) => new Date(Date.UTC(2026, 5, 1, hour)).toISOString();
    for (const [concertId, hour] of [[one, 3], [two, 1], [one, 2], [two, 2], [one, 2]] as const) {
      await sell(artist, concertId, { purchased_at: at(hour) });
    }
    await sell(artist, one, { purchased_at: at(5), status: "pending" });
    await context.fixtures.sellTickets({
      artistId: artist.id,
      concertId: one,
      quantity: 1,
      unitPrice: 5,
      commission: 0,
    });
    const list = (page: PageRequest) => sales.listOwn(anySale, page);
    const { items: all } = await list(firstPage);
    assert.equal(all.length, 7);
    const keys = all.map(({ purchased_at, id }) => `${purchased_at} ${id}`);
    assert.deepEqual(keys, keys.toSorted().reverse());
    await assertPagesAgree(list, all);

    const filters: [Partial<typeof anySale>, (sale: typeof all[number]) => boolean][] = [
      [{ concert_id: one }, ({ concert_id }) => concert_id === one],
      [{ status: "pending" }, ({ status }) => status === "pending"],
      [{ status: "refunded" }, () => false],
      [{ provider_id: "manual" }, ({ provider_id }) => provider_id === null],
      [{ provider_id: "kassir" }, ({ provider_id }) => provider_id === "kassir"],
      [{ from: at(2) }, ({ purchased_at }) => purchased_at >= at(2)],
      [{ before: at(2) }, ({ purchased_at }) => purchased_at < at(2)],
      [
        { from: at(2), before: at(4), concert_id: one },
        ({ purchased_at, concert_id }) =>
          purchased_at >= at(2) && purchased_at < at(4) && concert_id === one,
      ],
    ];
    for (const [filter, matches] of filters) {
      const filtered = (page: PageRequest) => sales.listOwn({ ...anySale, ...filter }, page);
      const { items } = await filtered(firstPage);
      assert.deepEqual(items, all.filter(matches), JSON.stringify(filter));
      await assertPagesAgree(filtered, items);
      const exported = [];
      for await (const portion of sales.exportOwn({ ...anySale, ...filter })) {
        exported.push(...portion);
      }
      assert.deepEqual(exported, items, "the export is the list");
    }
  });

  test("a concert is found by its old id, in every part", async (context) => {
    const artist = await context.makeArtist();
    const { sales } = artist.database;
    const concertId = await concertWithSeats(artist, 10);
    const legacyId = `tour_${crypto.randomUUID()}`;
    await context.fixtures.giveLegacyId(concertId, legacyId);
    const sale = await sell(artist, legacyId);
    assert.equal(sale.concert_id, concertId);
    const { items } = await sales.listOwn({ ...anySale, concert_id: legacyId }, firstPage);
    assert.deepEqual(items, [sale]);
    assert.equal((await sales.stats(legacyId)).tickets, 2);
    assert.equal((await sales.funnel(legacyId)).concert_id, concertId);
  });
}
