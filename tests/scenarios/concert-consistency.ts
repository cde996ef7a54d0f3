import assert from "node:assert/strict";
import type { Concert, PublicConcert } from "../../supabase/functions/_shared/domain/concert.ts";
import { assertRefused } from "./api-client.ts";
import { approved, completeConcert, daysFromToday, draft } from "./concert-journeys.ts";
import type { Scenario } from "./scenario-context.ts";

export function concertConsistencyScenarios(scenario: Scenario): void {
  scenario(
    "consistency: only a complete concert of the future can be submitted",
    async (context) => {
      const { api } = context;
      const artist = await context.makeArtist();
      const submit = (id: string) => api.send("POST", `/concerts/${id}/submit`, { as: artist });
      const bare = await api.data<Concert>("POST", "/concerts", {
        as: artist,
        body: { title: "Только название" },
      });
      assertRefused(await submit(bare.id), "validation_failed", [
        "city",
        "venue_name",
        "event_date",
        "event_time",
        "event_type",
        "banner_image_url",
      ]);
      for (
        const field of ["city", "venue_name", "event_date", "event_time", "event_type"] as const
      ) {
        const { id } = await draft(context, artist, { [field]: null });
        assertRefused(await submit(id), "validation_failed", [field]);
      }
      const yesterday = await draft(context, artist, { event_date: daysFromToday(-1) });
      assertRefused(await submit(yesterday.id), "validation_failed", ["event_date"]);
      const today = await draft(context, artist, {
        event_date: daysFromToday(0),
        event_time: "00:00",
      });
      assert.equal((await submit(today.id)).status, 200, "today is not past");
      const west = await draft(context, artist, {
        event_date: daysFromToday(0, "Pacific/Honolulu"),
        time_zone: "Pacific/Honolulu",
      });
      assert.equal((await submit(west.id)).status, 200, "today is where the concert is");
      const east = await draft(context, artist, {
        event_date: daysFromToday(-1, "Asia/Kamchatka"),
        time_zone: "Asia/Kamchatka",
      });
      assertRefused(await submit(east.id), "validation_failed", ["event_date"]);
      const unchanged = await api.data<Concert>("GET", `/concerts/${bare.id}`, { as: artist });
      assert.deepEqual(unchanged, bare);
    },
  );

  scenario(
    "consistency: prices and places fit together, also when one of them changes",
    async (context) => {
      const { api, fixtures } = context;
      const artist = await context.makeArtist();
      const wrong = await api.send("POST", "/concerts", {
        as: artist,
        body: completeConcert({ ticket_price_min: 500.01, ticket_price_max: 500 }),
      });
      assertRefused(wrong, "validation_failed", ["ticket_price_max"]);
      assert.deepEqual(await api.data("GET", "/concerts/mine", { as: artist }), []);

      const { id } = await draft(context, artist, { ticket_price_min: 500, ticket_price_max: 500 });
      const edit = (body: Record<string, unknown>) =>
        api.send<Concert>("PATCH", `/concerts/${id}`, { as: artist, body });
      assertRefused(await edit({ ticket_price_min: 501 }), "validation_failed", [
        "ticket_price_max",
      ]);
      assertRefused(await edit({ ticket_price_max: 499.99 }), "validation_failed", [
        "ticket_price_max",
      ]);
      assert.equal((await edit({ ticket_price_max: null })).body.data.ticket_price_max, null);
      assert.equal((await edit({ ticket_price_min: 501 })).body.data.ticket_price_min, 501);

      await fixtures.sellTickets({
        artistId: artist.id,
        concertId: id,
        quantity: 3,
        unitPrice: 501,
        commission: 0,
      });
      assertRefused(await edit({ ticket_capacity: 2 }), "validation_failed", ["ticket_capacity"]);
      const full = await edit({ ticket_capacity: 3 });
      assert.equal(full.body.data.ticket_capacity, 3);
      assert.equal(full.body.data.tickets_sold, 3);
    },
  );

  scenario("consistency: visitors see that a concert is sold out", async (context) => {
    const { api, fixtures } = context;
    const artist = await context.makeArtist();
    const { id } = await approved(context, artist, { ticket_capacity: 4 });
    const soldOut = async () => (await api.data<PublicConcert>("GET", `/concerts/${id}`)).sold_out;
    const sale = { artistId: artist.id, concertId: id, unitPrice: 500, commission: 0 };
    await fixtures.sellTickets({ ...sale, quantity: 3 });
    assert.equal(await soldOut(), false);
    await fixtures.sellTickets({ ...sale, quantity: 1 });
    assert.equal(await soldOut(), true);
    const [listed] = await api.data<PublicConcert[]>("GET", "/concerts", {
      query: { artist_id: artist.id },
    });
    assert.equal(listed.sold_out, true);
    await api.data("PATCH", `/concerts/${id}`, { as: artist, body: { ticket_capacity: null } });
    assert.equal(await soldOut(), false, "no limit, never sold out");
  });

  scenario("consistency: edits of different fields at once all take effect", async (context) => {
    const { api } = context;
    const artist = await context.makeArtist();
    const { id } = await draft(context, artist);
    const changes = [
      { title: "Название" },
      { description: "Описание" },
      { city: "Пермь" },
      { venue_name: "Зал" },
      { venue_address: "Адрес" },
      { event_time: "21:15" },
      { ticket_price_min: 1 },
      { ticket_price_max: 9999.99 },
      { ticket_capacity: 77 },
      { event_type: "DJ сет" },
    ];
    await Promise.all(
      changes.map((body) => api.data("PATCH", `/concerts/${id}`, { as: artist, body })),
    );
    const concert = await api.data<Record<string, unknown>>("GET", `/concerts/${id}`, {
      as: artist,
    });
    for (const change of changes) {
      const [[field, value]] = Object.entries(change);
      assert.equal(concert[field], value, field);
    }
  });
}
