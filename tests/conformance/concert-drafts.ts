import assert from "node:assert/strict";
import type { ConcertChanges } from "../../supabase/functions/_shared/domain/concert.ts";
import { completeConcert, pendingConcert, publicConcert, reread } from "./concert-making.ts";
import type { ConformanceTest } from "./conformance-context.ts";
import { assertRefused, outcomesOf } from "./expect.ts";

/** Creating, finding, editing and deleting one concert. */
export function concertDraftTests(test: ConformanceTest): void {
  test("create makes a draft with what was given, nulls for the rest and no counts", async ({ makeArtist }) => {
    const artist = await makeArtist();
    const before = Date.now();
    const { id, created_at, updated_at, ...concert } = await artist.database.concerts.create({
      title: "Рок",
    });
    assert.match(id, /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/);
    assert.equal(new Date(created_at).toISOString(), created_at);
    assert.ok(Math.abs(Date.parse(created_at) - before) < 60_000);
    assert.equal(updated_at, created_at);
    assert.deepEqual(concert, {
      legacy_id: null,
      artist_id: artist.id,
      title: "Рок",
      description: null,
      city: null,
      venue_name: null,
      venue_address: null,
      event_date: null,
      event_time: null,
      time_zone: "Europe/Moscow",
      event_type: null,
      banner_image_url: null,
      ticket_price_min: null,
      ticket_price_max: null,
      ticket_link: null,
      ticket_capacity: null,
      tickets_sold: 0,
      moderation_status: "draft",
      moderation_comment: null,
      moderated_at: null,
      is_promoted: false,
      promotion_starts_at: null,
      promotion_ends_at: null,
      promotion_cost: null,
      is_hidden: false,
      is_cancelled: false,
      views_count: 0,
      clicks_count: 0,
      shares_count: 0,
    });
    assert.deepEqual(await reread(artist, id), { id, created_at, updated_at, ...concert });
  });

  test("create keeps every field as it was given", async ({ makeArtist }) => {
    const artist = await makeArtist();
    const given = completeConcert({ time_zone: "Asia/Kamchatka", event_type: "DJ сет" });
    const concert = await artist.database.concerts.create(given);
    assert.deepEqual({ ...concert, ...given }, concert);
    assert.deepEqual(await reread(artist, concert.id), concert);
  });

  test("text is kept to the letter, whatever it looks like", async ({ makeArtist }) => {
    const artist = await makeArtist();
    for (
      const title of [
        "'; drop table concerts; --",
        '100%_\\"*(),.:{}[]&|!<->',
        "eq.null,or(id.gt.0)",
        '{"rev":999,"legacy":1}',
        "$1 :: text ${x} {{y}}",
        "Ёлка 🎸 ü İ ß",
        "null",
        "12345",
        "2026-01-01",
      ]
    ) {
      const description = `${title}\n\t${title}`;
      const { id } = await artist.database.concerts.create({ title, description });
      const read = await reread(artist, id);
      assert.deepEqual([read.title, read.description], [title, description]);
      const changed = await artist.database.concerts.update(id, { city: title });
      assert.equal(changed.city, title);
      assert.equal(changed.title, title);
    }
  });

  test("create makes a profile for an artist without one, and leaves another's alone", async ({ makeArtist }) => {
    const [artist, known] = [await makeArtist(), await makeArtist()];
    await artist.database.concerts.create({ title: "Рок" });
    const profile = await artist.database.artists.own();
    assert.deepEqual(
      [profile.id, profile.email, profile.full_name, profile.coins_balance],
      [artist.id, artist.email, null, 0],
    );
    await known.database.artists.updateOwn({ full_name: "Известный артист" });
    await known.database.concerts.create({ title: "Рок" });
    assert.equal((await known.database.artists.own()).full_name, "Известный артист");
  });

  test("a draft exists for its owner, moderators and the service alone", async (context) => {
    const { makeArtist, makeModerator, visitor, service } = context;
    const [artist, other, moderator] = [
      await makeArtist(),
      await makeArtist(),
      await makeModerator(),
    ];
    const concert = await artist.database.concerts.create(completeConcert());
    for (const database of [artist.database, moderator.database, service]) {
      assert.deepEqual(await database.concerts.find(concert.id), { access: "full", concert });
    }
    for (const database of [other.database, visitor]) {
      await assertRefused(database.concerts.find(concert.id), "not_found");
    }
  });

  test("others see the public side of a public concert, with the artist's card", async (context) => {
    const { makeArtist, makeModerator, visitor, service } = context;
    const [artist, other, moderator] = [
      await makeArtist(),
      await makeArtist(),
      await makeModerator(),
    ];
    await artist.database.artists.updateOwn({
      username: `a-${artist.id}`,
      full_name: "Артист",
      avatar_url: "https://example.org/a.png",
      phone: "+7 900 000-00-00",
    });
    const concert = await publicConcert(context, artist);
    const seen = {
      access: "public",
      concert: {
        id: concert.id,
        title: concert.title,
        description: concert.description,
        city: concert.city,
        venue_name: concert.venue_name,
        venue_address: concert.venue_address,
        event_date: concert.event_date,
        event_time: concert.event_time,
        time_zone: concert.time_zone,
        event_type: concert.event_type,
        banner_image_url: concert.banner_image_url,
        ticket_price_min: concert.ticket_price_min,
        ticket_price_max: concert.ticket_price_max,
        ticket_link: concert.ticket_link,
        is_promoted: false,
        sold_out: false,
        artist: {
          id: artist.id,
          username: `a-${artist.id}`,
          full_name: "Артист",
          avatar_url: "https://example.org/a.png",
        },
      },
    };
    for (const database of [other.database, visitor]) {
      assert.deepEqual(await database.concerts.find(concert.id), seen);
    }
    for (const database of [artist.database, moderator.database, service]) {
      assert.deepEqual(await database.concerts.find(concert.id), { access: "full", concert });
    }
  });

  test("hidden and cancelled concerts are gone for others, and stay for their owner", async (context) => {
    const artist = await context.makeArtist();
    const { id } = await publicConcert(context, artist);
    const hidden = await artist.database.concerts.setHidden(id, true);
    assert.equal(hidden.is_hidden, true);
    await assertRefused(context.visitor.concerts.find(id), "not_found");
    assert.deepEqual(await artist.database.concerts.setHidden(id, true), hidden, "said twice");
    assert.equal((await artist.database.concerts.setHidden(id, false)).is_hidden, false);
    assert.equal((await context.visitor.concerts.find(id)).access, "public");
    assert.equal((await artist.database.concerts.cancel(id)).is_cancelled, true);
    await assertRefused(context.visitor.concerts.find(id), "not_found");
    assert.equal((await reread(artist, id)).is_cancelled, true);
    await assertRefused(artist.database.concerts.cancel(id), "invalid_transition");
  });

  test("sold out shows when every place is taken", async (context) => {
    const artist = await context.makeArtist();
    const { id } = await publicConcert(context, artist, { ticket_capacity: 5 });
    const isSoldOut = async () => {
      const found = await context.visitor.concerts.find(id);
      return found.access === "public" && found.concert.sold_out;
    };
    const sell = (quantity: number) =>
      context.fixtures.sellTickets({
        artistId: artist.id,
        concertId: id,
        quantity,
        unitPrice: 100,
        commission: 0,
      });
    await sell(4);
    assert.equal(await isSoldOut(), false);
    await sell(1);
    assert.equal(await isSoldOut(), true);
    await assertRefused(
      artist.database.concerts.update(id, { ticket_capacity: 4 }),
      "validation_failed",
      ["ticket_capacity"],
    );
    assert.equal((await reread(artist, id)).tickets_sold, 5);
  });

  test("a concert is found by its id of the old store as well", async (context) => {
    const artist = await context.makeArtist();
    const { id } = await publicConcert(context, artist);
    const legacyId = `tour_1700000000000_${crypto.randomUUID().slice(0, 8)}`;
    await context.fixtures.giveLegacyId(id, legacyId);
    const found = await context.visitor.concerts.find(legacyId);
    assert.equal(found.concert.id, id);
    const changed = await artist.database.concerts.update(legacyId, { city: "Тверь" });
    assert.deepEqual([changed.id, changed.legacy_id, changed.city], [id, legacyId, "Тверь"]);
    await context.visitor.concerts.countEvent(legacyId, "views");
    assert.equal((await artist.database.concerts.analytics(legacyId)).views_count, 1);
    assert.equal((await artist.database.concerts.setHidden(legacyId, true)).id, id);
  });

  test("what does not exist is not found, by every method", async ({ makeArtist, makeModerator, visitor }) => {
    const { database: { concerts } } = await makeArtist();
    const { concerts: moderated } = (await makeModerator()).database;
    for (
      const id of [
        crypto.randomUUID(),
        "unknown",
        "",
        "%",
        "*",
        "concert:1",
        "a,b)",
        '"quoted"',
        "null",
        "тур",
        "x".repeat(300),
      ]
    ) {
      const requests: Record<string, () => Promise<unknown>> = {
        find: () => visitor.concerts.find(id),
        "own find": () => concerts.find(id),
        update: () => concerts.update(id, { title: "Другой" }),
        delete: () => concerts.delete(id),
        submit: () => concerts.submit(id),
        moderate: () => moderated.moderate(id, { decision: "approved" }),
        promote: () => concerts.promote(id, 7, null),
        cancel: () => concerts.cancel(id),
        setHidden: () => concerts.setHidden(id, true),
        countEvent: () => visitor.concerts.countEvent(id, "views"),
        analytics: () => concerts.analytics(id),
      };
      for (const [name, request] of Object.entries(requests)) {
        await assertRefused(request(), "not_found").catch((cause: unknown) => {
          throw new Error(`${name} of ${JSON.stringify(id.slice(0, 40))}`, { cause });
        });
      }
    }
  });

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
      { venue_name: "Другой клуб" },
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
        { description: "Другое", city: "Тверь", venue_address: null },
        { ticket_price_min: 1, ticket_price_max: 2, ticket_link: null, ticket_capacity: 7 },
        { event_type: "Фестиваль", time_zone: "Asia/Kamchatka" } as const,
        // Said again, not changed.
        {
          title: concert.title,
          venue_name: concert.venue_name,
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
