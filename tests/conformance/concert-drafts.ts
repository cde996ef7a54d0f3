import assert from "node:assert/strict";
import { completeConcert, publicConcert, reread } from "./concert-making.ts";
import type { ConformanceTest } from "./conformance-context.ts";
import { assertRefused } from "./expect.ts";

/** Creating and finding one concert. */
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
    const changed = await artist.database.concerts.update(legacyId, { description: "Другое" });
    assert.deepEqual([changed.id, changed.legacy_id, changed.description], [
      id,
      legacyId,
      "Другое",
    ]);
    await context.visitor.concerts.countEvent(legacyId, "views");
    assert.equal((await artist.database.concerts.analytics(legacyId)).views_count, 1);
    assert.equal((await artist.database.concerts.setHidden(legacyId, true)).id, id);
  });

  test("an old id is found as it is spelled, whatever was asked for before", async (context) => {
    const artist = await context.makeArtist();
    const { id } = await publicConcert(context, artist);
    const capitals = crypto.randomUUID().toUpperCase();
    await context.fixtures.giveLegacyId(id, capitals);
    const asked: [name: string, isFound: boolean][] = [
      [id, true],
      [id.toUpperCase(), true],
      [capitals, true],
      [capitals.toLowerCase(), false],
    ];
    // Each time as a new instance has it, and once more as one that has been asked all of it.
    for (const names of [[...asked, ...asked], [...asked, ...asked].toReversed()]) {
      const { concerts } = (await context.openAnotherBackend()).open({ kind: "anonymous" });
      for (const [name, isFound] of names) {
        if (isFound) assert.equal((await concerts.find(name)).concert.id, id, name);
        else await assertRefused(concerts.find(name), "not_found");
      }
    }
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
}
