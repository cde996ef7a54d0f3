import assert from "node:assert/strict";
import type { ArtistChanges } from "../../supabase/functions/_shared/domain/artist.ts";
import { publicConcert, reread } from "./concert-making.ts";
import type { ConformanceTest } from "./conformance-context.ts";
import { assertRefused, outcomesOf } from "./expect.ts";

const unknownIds = [crypto.randomUUID(), "unknown", "", "%", "a,b)"];

/** Profiles: the own one, and what everybody sees of it. */
export function artistTests(test: ConformanceTest): void {
  test("a profile begins with its first change, with the e-mail of the account", async ({ makeArtist, visitor }) => {
    const artist = await makeArtist();
    await assertRefused(artist.database.artists.own(), "not_found");
    await assertRefused(visitor.artists.findPublic(artist.id), "not_found");
    const { created_at, updated_at, ...profile } = await artist.database.artists.updateOwn({
      full_name: "Анна",
    });
    assert.equal(new Date(created_at).toISOString(), created_at);
    assert.deepEqual(profile, {
      id: artist.id,
      legacy_id: null,
      username: null,
      full_name: "Анна",
      bio: null,
      avatar_url: null,
      city: null,
      phone: null,
      email: artist.email,
      is_verified: false,
      subscribers_count: 0,
      total_plays: 0,
      total_tracks: 0,
      coins_balance: 0,
    });
    assert.deepEqual(await artist.database.artists.own(), { ...profile, created_at, updated_at });
  });

  test("a profile changes in what is named and nothing else; null clears", async ({ makeArtist }) => {
    const artist = await makeArtist();
    const everything: Required<ArtistChanges> = {
      username: `u-${artist.id}`,
      full_name: "'; drop table artists; --",
      bio: "О себе\n100%_*\\",
      avatar_url: "https://example.org/a.png",
      city: "Йошкар-Ола",
      phone: "+7 (900) 000-00-00",
    };
    const full = await artist.database.artists.updateOwn(everything);
    assert.deepEqual({ ...full, ...everything }, full);
    const changes = { bio: null, city: "Тверь" };
    const changed = await artist.database.artists.updateOwn(changes);
    assert.deepEqual({ ...changed, updated_at: "" }, { ...full, ...changes, updated_at: "" });
    assert.ok(changed.updated_at >= full.updated_at);
  });

  test("a username belongs to one artist, in capitals or not, until they give it up", async ({ makeArtist }) => {
    const [first, second] = [await makeArtist(), await makeArtist()];
    const name = `Name-${crypto.randomUUID().slice(0, 8)}`;
    const mine = await first.database.artists.updateOwn({ username: name, full_name: "Первый" });
    await second.database.artists.updateOwn({ full_name: "Второй" });
    const before = await second.database.artists.own();
    for (const username of [name, name.toLowerCase(), name.toUpperCase()]) {
      await assertRefused(
        second.database.artists.updateOwn({ username, full_name: "Другой" }),
        "conflict",
        ["username"],
      );
    }
    assert.deepEqual(await second.database.artists.own(), before);
    const other = await first.database.artists.updateOwn({ username: name.toLowerCase() });
    assert.equal(other.username, name.toLowerCase(), "one's own name may change its case");
    assert.equal(mine.username, name);
    await first.database.artists.updateOwn({ username: null });
    assert.equal((await second.database.artists.updateOwn({ username: name })).username, name);
  });

  test("a refused first change creates no profile", async ({ makeArtist }) => {
    const [first, second] = [await makeArtist(), await makeArtist()];
    const username = `name-${crypto.randomUUID().slice(0, 8)}`;
    await first.database.artists.updateOwn({ username });
    await assertRefused(second.database.artists.updateOwn({ username }), "conflict", ["username"]);
    await assertRefused(second.database.artists.own(), "not_found");
  });

  test("a username wanted by many at once goes to one of them", async ({ makeArtist }) => {
    const artists = await Promise.all(Array.from({ length: 8 }, makeArtist));
    const username = `name-${crypto.randomUUID().slice(0, 8)}`;
    const requests = artists.map(({ database }) => database.artists.updateOwn({ username }));
    assert.deepEqual(await outcomesOf(requests), { succeeded: 1, refused: { conflict: 7 } });
  });

  test("parallel changes of a profile all take effect", async ({ makeArtist, openAnotherBackend }) => {
    const artist = await makeArtist();
    const other = (await openAnotherBackend()).open(artist);
    const changes: [string, string][] = [
      ["username", `u-${artist.id}`],
      ["full_name", "Анна"],
      ["bio", "О себе"],
      ["avatar_url", "https://example.org/a.png"],
      ["city", "Тверь"],
      ["phone", "+79000000000"],
    ];
    await Promise.all(
      changes.map(([field, value], index) =>
        (index % 2 ? other : artist.database).artists.updateOwn({ [field]: value })
      ),
    );
    const profile = await artist.database.artists.own();
    assert.deepEqual({ ...profile, ...Object.fromEntries(changes) }, profile);
  });

  test("everybody sees the public side of a profile and nothing else", async ({ makeArtist, makeModerator, visitor }) => {
    const [artist, other, moderator] = [
      await makeArtist(),
      await makeArtist(),
      await makeModerator(),
    ];
    await artist.database.artists.updateOwn({
      username: `u-${artist.id}`,
      full_name: "Анна",
      bio: "О себе",
      city: "Тверь",
      phone: "+79000000000",
    });
    const expected = {
      id: artist.id,
      username: `u-${artist.id}`,
      full_name: "Анна",
      avatar_url: null,
      bio: "О себе",
      city: "Тверь",
      is_verified: false,
      subscribers_count: 0,
      total_plays: 0,
      total_tracks: 0,
    };
    for (const database of [visitor, other.database, moderator.database, artist.database]) {
      assert.deepEqual(await database.artists.findPublic(artist.id), expected);
    }
  });

  test("a profile that does not exist is not found", async ({ visitor }) => {
    for (const id of unknownIds) await assertRefused(visitor.artists.findPublic(id), "not_found");
  });
}

/** Taking over a profile that was left in the old store. */
export function claimTests(test: ConformanceTest): void {
  const left = (email: string) => ({
    ownerId: `demo-${crypto.randomUUID()}`,
    email,
    fullName: "Старый артист",
    concertId: `1700000000000-${crypto.randomUUID().slice(0, 8)}`,
    concertTitle: "Старый концерт",
    coins: 250,
  });

  test("a left profile becomes its owner's with concerts and coins, once and for all", async (context) => {
    const { fixtures, visitor } = context;
    const email = `${crypto.randomUUID()}@example.org`;
    const profile = left(email.toUpperCase());
    await fixtures.leaveProfile(profile);
    const before = await visitor.artists.findPublic(profile.ownerId);
    assert.equal(before.full_name, "Старый артист");

    const artist = await context.makeAccount({ email, verified: true });
    const claimed = await artist.database.artists.claim();
    assert.deepEqual(
      [claimed.id, claimed.legacy_id, claimed.full_name, claimed.coins_balance],
      [artist.id, profile.ownerId, "Старый артист", 250],
    );
    assert.deepEqual(await artist.database.artists.claim(), claimed, "said twice");
    assert.deepEqual(await artist.database.artists.own(), claimed);
    for (const id of [artist.id, profile.ownerId]) {
      assert.equal((await visitor.artists.findPublic(id)).id, artist.id);
    }

    const { items } = await artist.database.concerts.listOwn(
      { status: null, when: "all" },
      { limit: 10, after: null },
    );
    assert.deepEqual(items.map(({ title, artist_id }) => [title, artist_id]), [
      ["Старый концерт", artist.id],
    ]);
    assert.equal(items[0].legacy_id, profile.concertId);
    const changed = await artist.database.concerts.update(profile.concertId, { city: "Тверь" });
    assert.deepEqual([changed.city, changed.title], ["Тверь", "Старый концерт"]);
    const ledger = await artist.database.coins.listOwn({ limit: 10, after: null });
    assert.deepEqual([ledger.balance, ledger.items.map(({ amount }) => amount)], [250, [250]]);
    const { id } = await publicConcert(context, artist);
    await artist.database.concerts.promote(id, 14, null);
    assert.equal((await artist.database.artists.own()).coins_balance, 50);
  });

  test("an e-mail that is not verified claims nothing", async (context) => {
    const email = `${crypto.randomUUID()}@example.org`;
    const profile = left(email);
    await context.fixtures.leaveProfile(profile);
    const artist = await context.makeAccount({ email, verified: false });
    await assertRefused(artist.database.artists.claim(), "not_found");
    await assertRefused(artist.database.artists.own(), "not_found");
    assert.notEqual((await context.visitor.artists.findPublic(profile.ownerId)).id, artist.id);
  });

  test("the e-mail of the account counts, not the one in the token", async (context) => {
    const email = `${crypto.randomUUID()}@example.org`;
    await context.fixtures.leaveProfile(left(email));
    const account = await context.makeAccount({
      email: `${crypto.randomUUID()}@example.org`,
      verified: true,
    });
    const token = await context.stack.signToken({ sub: account.id, email });
    const pretending = context.backend.open({
      kind: "user",
      id: account.id,
      email,
      isModerator: false,
      token,
    });
    await assertRefused(pretending.artists.claim(), "not_found");
  });

  test("without a left profile there is nothing to claim", async (context) => {
    const email = `${crypto.randomUUID()}@example.org`;
    const artist = await context.makeAccount({ email, verified: true });
    await assertRefused(artist.database.artists.claim(), "not_found");
  });

  test("whoever has a profile of their own claims no other", async (context) => {
    const email = `${crypto.randomUUID()}@example.org`;
    await context.fixtures.leaveProfile(left(email));
    const artist = await context.makeAccount({ email, verified: true });
    const own = await artist.database.artists.updateOwn({ full_name: "Новый артист" });
    await assertRefused(artist.database.artists.claim(), "conflict");
    assert.deepEqual(await artist.database.artists.own(), own);
  });

  test("several left profiles with one e-mail are nobody's to choose from", async (context) => {
    const email = `${crypto.randomUUID()}@example.org`;
    for (let index = 0; index < 2; index++) await context.fixtures.leaveProfile(left(email));
    const artist = await context.makeAccount({ email, verified: true });
    await assertRefused(artist.database.artists.claim(), "conflict");
    await assertRefused(artist.database.artists.own(), "not_found");
  });

  test("a profile in use is not claimed by another account", async (context) => {
    const owner = await context.makeArtist();
    await owner.database.artists.updateOwn({ full_name: "Владелец" });
    const { id } = await publicConcert(context, owner);
    const thief = await context.makeAccount({ email: owner.email, verified: true });
    await assertRefused(thief.database.artists.claim(), "not_found");
    assert.equal((await reread(owner, id)).artist_id, owner.id);
  });

  test("the profile of an account that has not been back is nobody else's, whoever has its e-mail now", async (context) => {
    const email = `${crypto.randomUUID()}@example.org`;
    const victim = await context.makeAccount({
      email: `${crypto.randomUUID()}@example.org`,
      verified: true,
    });
    await context.fixtures.leaveProfile({ ...left(email), ownerId: victim.id });
    const thief = await context.makeAccount({ email, verified: true });
    await assertRefused(thief.database.artists.claim(), "not_found");
    await assertRefused(thief.database.artists.own(), "not_found");
    assert.equal((await context.visitor.artists.findPublic(victim.id)).id, victim.id);
    const kept = await victim.database.artists.own();
    assert.deepEqual([kept.full_name, kept.coins_balance], ["Старый артист", 250]);

    // Beside it, one that really waits is not hidden by it.
    const waiting = left(email);
    await context.fixtures.leaveProfile(waiting);
    assert.equal((await thief.database.artists.claim()).legacy_id, waiting.ownerId);
    assert.deepEqual(await victim.database.artists.own(), kept);
  });

  test("the profile of an account of another project is claimed like any other", async (context) => {
    const email = `${crypto.randomUUID()}@example.org`;
    const profile = { ...left(email), ownerId: crypto.randomUUID() };
    await context.fixtures.leaveProfile(profile);
    const artist = await context.makeAccount({ email, verified: true });
    const claimed = await artist.database.artists.claim();
    assert.deepEqual(
      [claimed.id, claimed.legacy_id, claimed.coins_balance],
      [artist.id, profile.ownerId, 250],
    );
    assert.equal((await context.visitor.artists.findPublic(profile.ownerId)).id, artist.id);
  });

  test("claiming many times at once claims once", async (context) => {
    const email = `${crypto.randomUUID()}@example.org`;
    await context.fixtures.leaveProfile(left(email));
    const artist = await context.makeAccount({ email, verified: true });
    const another = (await context.openAnotherBackend()).open(artist);
    const claims = [artist.database, another, artist.database, another].map(({ artists }) =>
      artists.claim()
    );
    assert.deepEqual(await outcomesOf(claims), { succeeded: 4, refused: {} });
    const ledger = await artist.database.coins.listOwn({ limit: 10, after: null });
    assert.deepEqual([ledger.balance, ledger.items.length], [250, 1]);
  });
}
