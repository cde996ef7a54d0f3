import assert from "node:assert/strict";
import type { ConcertChanges } from "../../supabase/functions/_shared/domain/concert.ts";
import { completeConcert, pendingConcert, publicConcert, reread } from "./concert-making.ts";
import type { ConformanceTest } from "./conformance-context.ts";
import { assertRefused, outcomesOf } from "./expect.ts";

/** Editing, cancelling and deleting one concert. */
export function concertEditTests(test: ConformanceTest): void {
  test("update changes what is named and nothing else; null clears", async ({ makeArtist }) => {
    const artist = await makeArtist();
    const before = await artist.database.concerts.create(completeConcert());
    const changes: ConcertChanges = {
      title: "Летний вечер",
      description: null,
      ticket_capacity: null,
    };
    const { updated_at, ...after } = await artist.database.concerts.update(before.id, changes);
    const { updated_at: updatedBefore, ...expected } = { ...before, ...changes };
    assert.deepEqual(after, expected);
    assert.ok(updated_at >= updatedBefore);
    assert.deepEqual(await reread(artist, before.id), { ...after, updated_at });
  });

  test("update refuses prices that do not fit together, and changes nothing", async ({ makeArtist }) => {
    const artist = await makeArtist();
    const concert = await artist.database.concerts.create(completeConcert());
    for (
      const changes of [
        { ticket_price_min: 1500.51 },
        { ticket_price_max: 499.99, title: "Другой" },
        { ticket_price_min: 2, ticket_price_max: 1 },
      ]
    ) {
      await assertRefused(
        artist.database.concerts.update(concert.id, changes),
        "validation_failed",
        ["ticket_price_max"],
      );
    }
    assert.deepEqual(await reread(artist, concert.id), concert);
    const free = await artist.database.concerts.update(concert.id, {
      ticket_price_min: 2000,
      ticket_price_max: null,
    });
    assert.deepEqual([free.ticket_price_min, free.ticket_price_max], [2000, null]);
  });

  test("a changed promise sends an approved concert back to moderation, and off the public lists", async (context) => {
    const artist = await context.makeArtist();
    const promises: ConcertChanges[] = [
      { title: "Другое название" },
      { city: "Тверь" },
      { venue_name: "Другой клуб" },
      { venue_address: null },
      { time_zone: "Asia/Kamchatka" },
      { event_date: "2027-01-15" },
      { event_time: "20:00" },
      { banner_image_url: "https://example.org/other.png" },
    ];
    for (const changes of promises) {
      const { id } = await publicConcert(context, artist);
      const changed = await artist.database.concerts.update(id, changes);
      assert.deepEqual(
        [changed.moderation_status, changed.moderated_at, changed.moderation_comment],
        ["pending", null, null],
        JSON.stringify(changes),
      );
      await assertRefused(context.visitor.concerts.find(id), "not_found");
    }
  });

  test("anything else may change while the concert stays approved", async (context) => {
    const artist = await context.makeArtist();
    const concert = await publicConcert(context, artist);
    for (
      const changes of [
        { description: "Другое" },
        { ticket_price_min: 1, ticket_price_max: 2, ticket_link: null, ticket_capacity: 7 },
        { event_type: "Фестиваль" } as const,
        // Said again, not changed.
        {
          title: concert.title,
          city: concert.city,
          venue_name: concert.venue_name,
          venue_address: concert.venue_address,
          time_zone: concert.time_zone,
          event_date: concert.event_date,
          event_time: concert.event_time,
          banner_image_url: concert.banner_image_url,
        },
      ]
    ) {
      const changed = await artist.database.concerts.update(concert.id, changes);
      assert.equal(changed.moderation_status, "approved", JSON.stringify(changes));
      assert.equal(changed.moderated_at, concert.moderated_at);
    }
  });

  test("what moderation asks for may change while a concert waits for it or has passed it, but not go", async (context) => {
    const artist = await context.makeArtist();
    const { concerts } = artist.database;
    const waiting = await concerts.submit((await concerts.create(completeConcert())).id);
    for (const concert of [await publicConcert(context, artist), waiting]) {
      await assertRefused(
        concerts.update(concert.id, { event_type: null, city: null, venue_address: null }),
        "validation_failed",
        ["city", "event_type"],
      );
      assert.deepEqual(await reread(artist, concert.id), concert);
      await concerts.update(concert.id, { event_type: "Фестиваль", venue_address: null });
    }
    const { id } = await concerts.create(completeConcert());
    assert.equal((await concerts.update(id, { event_type: null })).event_type, null);
  });

  test("a cancelled concert is not edited any more", async ({ makeArtist }) => {
    const artist = await makeArtist();
    const { id } = await artist.database.concerts.create(completeConcert());
    const cancelled = await artist.database.concerts.cancel(id);
    await assertRefused(
      artist.database.concerts.update(id, { description: "Всё же будет" }),
      "invalid_transition",
    );
    assert.deepEqual(await reread(artist, id), cancelled);
  });

  test("a concert is its owner's to change: for everybody else it does not exist", async (context) => {
    const { makeArtist, makeModerator, fixtures } = context;
    const [artist, other, moderator] = [
      await makeArtist(),
      await makeArtist(),
      await makeModerator(),
    ];
    const draft = await artist.database.concerts.create(completeConcert());
    const shown = await publicConcert(context, artist);
    await fixtures.giveCoins(other.id, [coins(500)]);
    const before = await fixtures.everythingOf(artist.id);
    for (const { id } of [draft, shown]) {
      for (const { database: { concerts } } of [other, moderator]) {
        await assertRefused(concerts.update(id, { title: "Чужой" }), "not_found");
        await assertRefused(concerts.submit(id), "not_found");
        await assertRefused(concerts.promote(id, 7, null), "not_found");
        await assertRefused(concerts.setHidden(id, true), "not_found");
        await assertRefused(concerts.cancel(id), "not_found");
        await assertRefused(concerts.analytics(id), "not_found");
        await assertRefused(concerts.delete(id), "not_found");
      }
    }
    assert.equal(await fixtures.everythingOf(artist.id), before);
  });

  test("delete removes the concert and only this one", async (context) => {
    const artist = await context.makeArtist();
    const [gone, kept] = [await pendingConcert(artist), await pendingConcert(artist)];
    await artist.database.concerts.delete(gone.id);
    await assertRefused(artist.database.concerts.find(gone.id), "not_found");
    await assertRefused(artist.database.concerts.delete(gone.id), "not_found");
    assert.deepEqual(await reread(artist, kept.id), kept);
  });

  test("a concert with sales is not deleted", async (context) => {
    const artist = await context.makeArtist();
    const { id } = await publicConcert(context, artist);
    await context.fixtures.sellTickets({
      artistId: artist.id,
      concertId: id,
      quantity: 1,
      unitPrice: 100,
      commission: 0,
    });
    const before = await reread(artist, id);
    await assertRefused(artist.database.concerts.delete(id), "conflict");
    assert.deepEqual(await reread(artist, id), before);
  });

  test("cancelling calls off the reminders still to be sent", async (context) => {
    const [artist, guest] = [await context.makeArtist(), await context.makeArtist()];
    const { id } = await publicConcert(context, artist);
    await context.fixtures.scheduleReminder({ userId: guest.id, concertId: id });
    await artist.database.concerts.cancel(id);
    const reminders = await context.fixtures.notificationsOf(guest.id);
    assert.deepEqual(reminders.filter(({ status }) => status === "pending"), []);
  });

  test("parallel edits of different fields all take effect", async ({ makeArtist, openAnotherBackend }) => {
    const artist = await makeArtist();
    const { id } = await artist.database.concerts.create({ title: "Черновик" });
    const other = (await openAnotherBackend()).open(artist);
    const fields = Object.entries(completeConcert({ time_zone: "Asia/Omsk" }));
    const edits = fields.map(([field, value], index) =>
      (index % 2 ? other : artist.database).concerts.update(id, { [field]: value })
    );
    const hidings = [artist.database, other].map(({ concerts }) => concerts.setHidden(id, true));
    assert.deepEqual(await outcomesOf([...edits, ...hidings]), {
      succeeded: fields.length + 2,
      refused: {},
    });
    const concert = await reread(artist, id);
    assert.deepEqual({ ...concert, ...Object.fromEntries(fields), is_hidden: true }, concert);
  });
}

function coins(amount: number) {
  return {
    amount,
    type: "reward" as const,
    description: "Подарок",
    created_at: new Date().toISOString(),
  };
}
