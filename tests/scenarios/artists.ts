import assert from "node:assert/strict";
import type { Artist, PublicArtist } from "../../supabase/functions/_shared/domain/artist.ts";
import type { CoinTransaction } from "../../supabase/functions/_shared/domain/coins.ts";
import type { Concert, PublicConcert } from "../../supabase/functions/_shared/domain/concert.ts";
import type { Person } from "../support/caller-tokens.ts";
import { assertRefused } from "./api-client.ts";
import { allPages, draft } from "./concert-journeys.ts";
import type { Scenario, ScenarioContext } from "./scenario-context.ts";

interface Ledger {
  balance: number;
  transactions: CoinTransaction[];
}

export function artistScenarios(scenario: Scenario): void {
  scenario(
    "artists: the first edit creates the profile, later ones change what they name",
    async (context) => {
      const { api } = context;
      const artist = await context.makeArtist();
      assertRefused(await api.send("GET", "/concerts/artists/me", { as: artist }), "not_found");
      assertRefused(await api.send("GET", `/concerts/artists/${artist.id}`), "not_found");
      const created = await save(context, artist, { full_name: " Анна Певица " });
      const { created_at, updated_at, ...rest } = created;
      assert.ok(Math.abs(Date.parse(created_at) - Date.now()) < 10_000);
      assert.ok(updated_at >= created_at);
      assert.deepEqual(rest, {
        id: artist.id,
        legacy_id: null,
        username: null,
        full_name: "Анна Певица",
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
      const changes = {
        username: `anna_${artist.id.slice(0, 8)}`,
        bio: "Пою с 2009 года.\nИ не устала.",
        avatar_url: "https://images.example.com/a.png",
        city: "Казань",
        phone: "+7 (900) 000-00-00",
      };
      const edited = await save(context, artist, changes);
      assert.deepEqual(
        { ...edited, updated_at },
        { ...created, ...changes },
      );
      assert.equal((await save(context, artist, { bio: null })).bio, null);
      const own = await api.data<Artist>("GET", "/concerts/artists/me", { as: artist });
      assert.equal(own.username, changes.username);
      assert.equal(own.full_name, "Анна Певица");
    },
  );

  scenario("artists: a first concert makes a profile too", async (context) => {
    const artist = await context.makeArtist();
    await draft(context, artist);
    const own = await context.api.data<Artist>("GET", "/concerts/artists/me", { as: artist });
    assert.equal(own.email, artist.email);
    assert.equal(own.full_name, null);
    await save(context, artist, { full_name: "Анна" });
  });

  scenario("artists: the public profile tells nothing private", async (context) => {
    const { api } = context;
    const artist = await context.makeArtist();
    await save(context, artist, {
      full_name: "Анна Певица",
      phone: "+7 900 123-45-67",
      city: "Уфа",
    });
    const visitors = [undefined, await context.makeArtist(), await context.makeModerator(), artist];
    for (const as of visitors) {
      const reply = await api.send<PublicArtist>("GET", `/concerts/artists/${artist.id}`, { as });
      assert.deepEqual(reply.body.data, {
        id: artist.id,
        username: null,
        full_name: "Анна Певица",
        avatar_url: null,
        bio: null,
        city: "Уфа",
        is_verified: false,
        subscribers_count: 0,
        total_plays: 0,
        total_tracks: 0,
      });
      assert.ok(!reply.text.includes(artist.email) && !reply.text.includes("123-45-67"));
    }
    assert.equal(
      (await api.send("GET", `/concerts/artists/${artist.id.toUpperCase()}`)).status,
      200,
      "an id is a UUID, whatever its case",
    );
  });

  scenario("artists: nobody writes what is not theirs to write", async (context) => {
    const { api, fixtures } = context;
    const artist = await context.makeArtist();
    await save(context, artist, { full_name: "Анна" });
    const before = await fixtures.everythingOf(artist.id);
    const forbidden = {
      id: crypto.randomUUID(),
      legacy_id: "demo-user",
      email: "other@example.com",
      is_verified: true,
      subscribers_count: 1,
      total_plays: 1,
      total_tracks: 1,
      coins_balance: 1_000_000,
      created_at: "2020-01-01T00:00:00Z",
      claimed_at: null,
    };
    for (const [field, value] of Object.entries(forbidden)) {
      const reply = await api.send("PATCH", "/concerts/artists/me", {
        as: artist,
        body: { full_name: "Другая", [field]: value },
      });
      assertRefused(reply, "validation_failed", [field]);
    }
    assert.equal(await fixtures.everythingOf(artist.id), before);
  });

  scenario("artists: a username is one artist's, whatever its case", async (context) => {
    const { api } = context;
    const [one, other] = [await context.makeArtist(), await context.makeArtist()];
    const username = `Star.${crypto.randomUUID().slice(0, 8)}`;
    await save(context, one, { username });
    assert.equal((await save(context, one, { username })).username, username, "it stays one's own");
    for (const taken of [username, username.toUpperCase(), username.toLowerCase()]) {
      const reply = await api.send("PATCH", "/concerts/artists/me", {
        as: other,
        body: { username: taken, full_name: "Другой" },
      });
      assertRefused(reply, "conflict", ["username"]);
    }
    assertRefused(await api.send("GET", "/concerts/artists/me", { as: other }), "not_found");
    const renamed = await save(context, one, { username: username.toUpperCase() });
    assert.equal(renamed.username, username.toUpperCase());
    await save(context, one, { username: null });
    assert.equal((await save(context, other, { username })).username, username, "free again");
  });

  scenario("artists: of many who want a username at once, one gets it", async (context) => {
    const people = await Promise.all(Array.from({ length: 6 }, () => context.makeArtist()));
    const username = `race_${crypto.randomUUID().slice(0, 8)}`;
    const replies = await Promise.all(
      people.map((as) =>
        context.api.send("PATCH", "/concerts/artists/me", { as, body: { username } })
      ),
    );
    assert.deepEqual(replies.map(({ status }) => status).toSorted(), [
      200,
      409,
      409,
      409,
      409,
      409,
    ]);
  });

  scenario("artists: statistics are zeros before the first concert", async (context) => {
    const artist = await context.makeArtist();
    const zeros = {
      artist_id: artist.id,
      concerts_count: 0,
      upcoming_concerts_count: 0,
      total_views: 0,
      total_clicks: 0,
      total_shares: 0,
      sales_count: 0,
      tickets_sold: 0,
      total_revenue: 0,
      net_revenue: 0,
    };
    const path = "/concerts/artists/me/statistics";
    assert.deepEqual(await context.api.data("GET", path, { as: artist }), zeros);
    await save(context, artist, { full_name: "Анна" });
    assert.deepEqual(await context.api.data("GET", path, { as: artist }), zeros);
  });

  scenario("artists: the coin ledger, newest first, page by page", async (context) => {
    const { api, fixtures } = context;
    const artist = await context.makeArtist();
    const path = "/concerts/artists/me/coins";
    assert.deepEqual(await api.data("GET", path, { as: artist }), { balance: 0, transactions: [] });
    const at = Date.now() - 3_600_000;
    // Two movements of one moment, so that the id has to decide.
    const movements = [0, 1, 2, 2, 3, 4, 5].map((minutes, index) => ({
      amount: index === 3 ? -50 : 100 + index,
      type: index === 3 ? "spend" as const : "purchase" as const,
      description: `Движение ${index}`,
      created_at: new Date(at + minutes * 60_000).toISOString(),
    }));
    await fixtures.giveCoins(artist.id, movements);
    const whole = await api.data<Ledger>("GET", path, { as: artist });
    assert.equal(whole.balance, movements.reduce((sum, { amount }) => sum + amount, 0));
    assert.deepEqual(
      whole.transactions.map(({ created_at }) => created_at),
      movements.map(({ created_at }) => created_at).toReversed(),
    );
    assert.deepEqual(
      whole.transactions.map(({ id: _, ...movement }) => movement).toSorted(byDescription),
      movements.map(({ description, ...movement }) => ({ ...movement, description })),
    );
    for (const limit of [1, 2, 3, 7, 100]) {
      const paged = await allPages<CoinTransaction>(
        context,
        path,
        limit,
        { as: artist },
        ({ body }) => {
          const ledger = body.data as Ledger;
          assert.equal(ledger.balance, whole.balance, "every page tells the whole balance");
          return ledger.transactions;
        },
      );
      assert.deepEqual(paged, whole.transactions, `by ${limit}`);
    }
    const other = await context.makeArtist();
    assert.deepEqual(await api.data("GET", path, { as: other }), { balance: 0, transactions: [] });
  });

  scenario(
    "artists: a profile of the old product is claimed by its verified e-mail",
    async (context) => {
      const { api, fixtures } = context;
      const left = {
        ownerId: `demo-${crypto.randomUUID().slice(0, 8)}`,
        email: `${crypto.randomUUID()}@example.com`,
        fullName: "Анна Певица",
        concertId: `1795346618538-${crypto.randomUUID().slice(0, 8)}`,
        concertTitle: "Концерт из прошлого",
        coins: 700,
      };
      await fixtures.leaveProfile(left);
      const found = await api.data<PublicArtist>("GET", `/concerts/artists/${left.ownerId}`);
      assert.equal(found.full_name, left.fullName);

      const stranger = await context.makeAccount({ email: `x${left.email}`, verified: true });
      assertRefused(await claim(context, stranger), "not_found");
      const owner = await context.makeAccount({
        email: left.email.toUpperCase(),
        verified: true,
      });
      const claimed = await claim(context, owner);
      assert.equal(claimed.status, 200, claimed.text);
      assert.match(claimed.body.message ?? "", /[а-я]/);
      const { id, legacy_id, full_name, coins_balance } = claimed.body.data;
      assert.deepEqual([id, legacy_id, full_name, coins_balance], [
        owner.id,
        left.ownerId,
        left.fullName,
        left.coins,
      ]);
      const again = await claim(context, owner);
      assert.deepEqual(again.body.data, claimed.body.data, "a second call answers the same");
      assert.deepEqual(
        await api.data("GET", "/concerts/artists/me", { as: owner }),
        claimed.body.data,
      );
      const [concert, ...others] = await api.data<Concert[]>("GET", "/concerts/mine", {
        as: owner,
      });
      assert.deepEqual(others, []);
      assert.deepEqual(
        [concert.title, concert.artist_id, concert.legacy_id],
        [left.concertTitle, owner.id, left.concertId],
      );
      assert.deepEqual(
        await api.data("GET", `/concerts/${left.concertId}`, { as: owner }),
        concert,
        "an old id leads to it",
      );
      assertRefused(await api.send("GET", `/concerts/${left.concertId}`), "not_found");
      const edited = await api.data<Concert>("PATCH", `/concerts/${concert.id}`, {
        as: owner,
        body: { title: "Теперь мой" },
      });
      assert.equal(edited.title, "Теперь мой");
      const ledger = await api.data<Ledger>("GET", "/concerts/artists/me/coins", { as: owner });
      assert.equal(ledger.balance, left.coins);
      assert.deepEqual(ledger.transactions.map(({ amount }) => amount), [left.coins]);
      for (const name of [left.ownerId, owner.id]) {
        const profile = await api.data<PublicArtist>("GET", `/concerts/artists/${name}`);
        assert.equal(profile.id, owner.id, "the old id leads to the new profile");
      }
      const statistics = await api.data<{ concerts_count: number }>(
        "GET",
        "/concerts/artists/me/statistics",
        { as: owner },
      );
      assert.equal(statistics.concerts_count, 1);
      const latecomer = await context.makeAccount({ email: `y${left.email}`, verified: true });
      assertRefused(await claim(context, latecomer), "not_found");
    },
  );

  scenario(
    "artists: no claim with an e-mail that is not verified, or that only the token tells",
    async (context) => {
      const { fixtures } = context;
      const email = `${crypto.randomUUID()}@example.com`;
      const ownerId = `demo-${crypto.randomUUID().slice(0, 8)}`;
      await fixtures.leaveProfile({
        ownerId,
        email,
        fullName: "Анна",
        concertId: `1795346618538-${crypto.randomUUID().slice(0, 8)}`,
        concertTitle: "Старый концерт",
        coins: 10,
      });
      const before = await fixtures.everythingOf(ownerId);
      const unverified = await context.makeAccount({ email, verified: false });
      assertRefused(await claim(context, unverified), "not_found");
      // The token is genuine, but Auth knows no such account.
      const withoutAccount = await context.makeArtist({ email });
      assertRefused(await claim(context, withoutAccount), "not_found");
      assert.equal(await fixtures.everythingOf(ownerId), before);
    },
  );

  scenario(
    "artists: no claim beside a profile of one's own, or of one among several",
    async (context) => {
      const { api, fixtures } = context;
      const leave = async (email: string) => {
        const ownerId = `demo-${crypto.randomUUID().slice(0, 8)}`;
        await fixtures.leaveProfile({
          ownerId,
          email,
          fullName: "Анна",
          concertId: `1795346618538-${crypto.randomUUID().slice(0, 8)}`,
          concertTitle: "Старый концерт",
          coins: 10,
        });
        return ownerId;
      };
      const email = `${crypto.randomUUID()}@example.com`;
      const ownerId = await leave(email);
      const settled = await context.makeAccount({ email, verified: true });
      await save(context, settled, { full_name: "Уже здесь" });
      assertRefused(await claim(context, settled), "conflict");
      const found = await api.data<PublicArtist>("GET", `/concerts/artists/${ownerId}`);
      assert.notEqual(found.id, settled.id);

      const shared = `${crypto.randomUUID()}@example.com`;
      await leave(shared);
      await leave(shared);
      const undecided = await context.makeAccount({ email: shared, verified: true });
      assertRefused(await claim(context, undecided), "conflict");
      assertRefused(await api.send("GET", "/concerts/artists/me", { as: undecided }), "not_found");
    },
  );

  scenario("artists: concerts carry the artist's card of now", async (context) => {
    const { api } = context;
    const artist = await context.makeArtist();
    const { id } = await draft(context, artist);
    await api.data("POST", `/concerts/${id}/submit`, { as: artist });
    await api.data("POST", `/concerts/${id}/moderate`, {
      as: await context.makeModerator(),
      body: { decision: "approved" },
    });
    await save(context, artist, { full_name: "Новое имя" });
    const concert = await api.data<PublicConcert>("GET", `/concerts/${id}`);
    assert.deepEqual(concert.artist, {
      id: artist.id,
      username: null,
      full_name: "Новое имя",
      avatar_url: null,
    });
  });
}

function save(
  { api }: ScenarioContext,
  artist: Person,
  body: Record<string, unknown>,
): Promise<Artist> {
  return api.data("PATCH", "/concerts/artists/me", { as: artist, body });
}

function claim({ api }: ScenarioContext, as: Person) {
  return api.send<Artist>("POST", "/concerts/artists/me/claim", { as });
}

function byDescription(one: { description: string | null }, other: { description: string | null }) {
  return (one.description ?? "") < (other.description ?? "") ? -1 : 1;
}
