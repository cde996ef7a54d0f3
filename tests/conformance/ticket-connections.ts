import assert from "node:assert/strict";
import type { ConformanceTest } from "./conformance-context.ts";
import { assertRefused } from "./expect.ts";
import { concertWithSeats } from "./sale-making.ts";

const sealed = {
  api_key_encrypted: "cipher-of-the-key",
  api_key_last4: "7890",
  webhook_secret_encrypted: "cipher-of-the-secret",
};

/** Providers, and the artists' accounts there. */
export function ticketConnectionTests(test: ConformanceTest): void {
  test("everybody sees the active providers", async (context) => {
    const artist = await context.makeArtist();
    for (const { ticketConnections } of [context.visitor, artist.database, context.service]) {
      assert.deepEqual(await ticketConnections.listProviders(), [
        { id: "afisha", name: "Яндекс Афиша", commission_percent: 8, is_active: true },
        { id: "kassir", name: "Кассир.ру", commission_percent: 5, is_active: true },
        { id: "ticketland", name: "Ticketland.ru", commission_percent: 7, is_active: true },
      ]);
    }
  });

  test("a connection shows the end of its key and nothing more, and is replaced", async (context) => {
    const [artist, other] = [await context.makeArtist(), await context.makeArtist()];
    const { ticketConnections } = artist.database;
    const connection = await ticketConnections.save("kassir", sealed);
    assert.ok(Math.abs(Date.parse(connection.connected_at) - Date.now()) < 60_000);
    assert.deepEqual(connection, {
      provider_id: "kassir",
      name: "Кассир.ру",
      api_key_last4: "7890",
      has_webhook_secret: true,
      is_active: true,
      connected_at: connection.connected_at,
    });
    const afisha = await ticketConnections.save("afisha", {
      ...sealed,
      webhook_secret_encrypted: null,
    });
    assert.equal(afisha.has_webhook_secret, false);
    assert.deepEqual(await ticketConnections.listOwn(), [afisha, connection]);
    assert.deepEqual(await other.database.ticketConnections.listOwn(), []);
    const { email } = await artist.database.artists.own();
    assert.equal(email, artist.email, "the first connection makes a profile");

    const replaced = await ticketConnections.save("kassir", {
      api_key_encrypted: "another",
      api_key_last4: null,
      webhook_secret_encrypted: null,
    });
    assert.deepEqual([replaced.api_key_last4, replaced.has_webhook_secret], [null, false]);
    assert.deepEqual(await ticketConnections.listOwn(), [afisha, replaced]);
    await ticketConnections.remove("kassir");
    await assertRefused(ticketConnections.remove("kassir"), "not_found");
    assert.deepEqual(await ticketConnections.listOwn(), [afisha]);
    assert.doesNotMatch(await context.fixtures.everythingOf(artist.id), /cipher-of-the-secret/);
  });

  test("there is no connection to a provider that is not active, or does not exist", async (context) => {
    const artist = await context.makeArtist();
    const { ticketConnections } = artist.database;
    for (const id of ["ticketmaster", "nobody", "' or 1=1 --", "a".repeat(300)]) {
      await assertRefused(ticketConnections.save(id, sealed), "not_found");
      await assertRefused(ticketConnections.remove(id), "not_found");
    }
    await assertRefused(artist.database.artists.own(), "not_found");
  });

  test("connections are for those who are signed in", async (context) => {
    for (const { ticketConnections } of [context.visitor, context.service]) {
      await assertRefused(ticketConnections.save("kassir", sealed), "unauthorized");
      await assertRefused(ticketConnections.listOwn(), "unauthorized");
      await assertRefused(ticketConnections.remove("kassir"), "unauthorized");
    }
  });

  test("the webhook secret is for the backend alone, by any id of the concert", async (context) => {
    const artist = await context.makeArtist();
    const concertId = await concertWithSeats(artist, 10);
    const find = (provider: string, id: string) =>
      context.service.ticketConnections.findWebhookSecret(provider, id);
    assert.equal(await find("kassir", concertId), null);
    await artist.database.ticketConnections.save("kassir", sealed);
    const legacyId = `tour_${crypto.randomUUID()}`;
    await context.fixtures.giveLegacyId(concertId, legacyId);
    for (const id of [concertId, concertId.toUpperCase(), legacyId]) {
      assert.deepEqual(await find("kassir", id), {
        artist_ids: [artist.id],
        webhook_secret_encrypted: "cipher-of-the-secret",
      });
      assert.equal(await find("afisha", id), null);
    }
    assert.equal(await find("kassir", crypto.randomUUID()), null);
    for (const { ticketConnections } of [context.visitor, artist.database]) {
      await assertRefused(ticketConnections.findWebhookSecret("kassir", concertId), "forbidden");
    }
    await artist.database.ticketConnections.save("kassir", {
      ...sealed,
      webhook_secret_encrypted: null,
    });
    assert.equal(await find("kassir", concertId), null);
  });
}
