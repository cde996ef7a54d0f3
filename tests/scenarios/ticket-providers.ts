import assert from "node:assert/strict";
import type { TicketSale } from "../../supabase/functions/_shared/domain/ticket-sale.ts";
import { tickets } from "../../supabase/functions/tickets/tickets.ts";
import { assertRefused } from "./api-client.ts";
import { draft } from "./concert-journeys.ts";
import type { Scenario, ScenarioContext } from "./scenario-context.ts";
import {
  connect,
  hmac,
  sendEvent,
  signatureOf,
  ticketEvent,
  webhookSecret,
} from "./ticket-journeys.ts";

export function ticketProviderScenarios(scenario: Scenario): void {
  scenario(
    "providers: a key is stored encrypted, shown by its end and never again",
    async (context) => {
      const artist = await context.makeArtist();
      const api_key = `key-${crypto.randomUUID()}`;
      const connection = await connect(context, artist, "kassir", { api_key });
      assert.deepEqual({ ...connection, connected_at: "" }, {
        provider_id: "kassir",
        name: "Кассир.ру",
        api_key_last4: api_key.slice(-4),
        has_webhook_secret: true,
        is_active: true,
        connected_at: "",
      });
      const list = await context.api.send("GET", "/tickets/connections", { as: artist });
      assert.deepEqual(list.body.data, [connection]);
      const stored = await context.fixtures.everythingOf(artist.id);
      for (const secret of [api_key, webhookSecret]) {
        assert.ok(!list.text.includes(secret));
        assert.ok(!stored.includes(secret), "plain text in the store");
        assert.ok(!stored.includes(btoa(secret)), "encoded is not encrypted");
      }
      // The same key encrypted again is another text: nobody can tell equal keys by their looks.
      await connect(context, artist, "kassir", { api_key });
      assert.notEqual(await context.fixtures.everythingOf(artist.id), stored);
    },
  );

  scenario("providers: the bounds of credentials", async (context) => {
    const artist = await context.makeArtist();
    const put = (body: unknown, provider = "kassir") =>
      context.api.send("PUT", `/tickets/connections/${provider}`, { as: artist, body });
    const api_key = "a".repeat(12);
    for (
      const value of ["", "short", "a".repeat(501), "with space in it", "ключ".repeat(5), 1, null]
    ) {
      assertRefused(await put({ api_key: value }), "validation_failed", ["api_key"]);
    }
    for (const value of ["", "a".repeat(15), "a".repeat(501), 1]) {
      assertRefused(await put({ api_key, webhook_secret: value }), "validation_failed", [
        "webhook_secret",
      ]);
    }
    assertRefused(await put({ api_key, is_active: true }), "validation_failed", ["is_active"]);
    for (const provider of ["ticketmaster", "unknown", "%27"]) {
      assertRefused(await put({ api_key }, provider), "not_found");
    }
    for (const body of [{ api_key }, { api_key, webhook_secret: null }]) {
      assert.equal((await put(body)).status, 200);
    }
  });

  scenario(
    "providers: without CREDENTIALS_KEY keys and events wait, all else works",
    async (context) => {
      const artist = await context.makeArtist();
      const { id } = await draft(context, artist);
      await connect(context, artist);
      const api = context.instanceOf(tickets, { CREDENTIALS_KEY: "" });
      const body = { api_key: "a".repeat(12) };
      const event = JSON.stringify(ticketEvent(id));
      for (
        const reply of [
          await api.send("PUT", "/tickets/connections/kassir", { as: artist, body }),
          await api.send("POST", "/tickets/webhooks/kassir", {
            rawBody: event,
            headers: { "x-signature": await signatureOf(event) },
          }),
        ]
      ) {
        assertRefused(reply, "unavailable", ["CREDENTIALS_KEY"]);
        assert.match(reply.body.details?.[0].message ?? "", /CREDENTIALS_KEY/);
      }
      assert.equal(
        (await api.data<unknown[]>("GET", "/tickets/connections", { as: artist })).length,
        1,
      );
      await api.data("POST", "/tickets/sales", {
        as: artist,
        body: { concert_id: id, quantity: 1, unit_price: 1 },
      });
      const gone = await api.send("DELETE", "/tickets/connections/kassir", { as: artist });
      assert.equal(gone.status, 204);
    },
  );

  scenario(
    "webhooks: a signed event becomes a sale, sent again it changes nothing",
    async (context) => {
      const { artist, concertId } = await connectedArtist(context);
      const event = ticketEvent(concertId, { buyer_email: "fan@example.com" });
      const first = await sendEvent(context, event);
      assert.deepEqual([first.status, first.body.data], [200, { applied: true, reason: null }]);
      const again = await sendEvent(context, event);
      assert.deepEqual(again.body.data, { applied: false, reason: "duplicate" });
      const older = ticketEvent(concertId, {
        occurred_at: "2020-01-01T00:00:00Z",
        status: "cancelled",
      });
      assert.deepEqual((await sendEvent(context, older)).body.data, {
        applied: false,
        reason: "stale",
      });
      const sales = await context.api.data<TicketSale[]>("GET", "/tickets/sales", { as: artist });
      assert.deepEqual(
        sales.map(({ provider_id, total_amount, commission_amount, net_amount, buyer_email }) => [
          provider_id,
          total_amount,
          commission_amount,
          net_amount,
          buyer_email,
        ]),
        [["kassir", 666.66, 33.33, 633.33, "fan@example.com"]],
      );
    },
  );

  scenario(
    "webhooks: what is not signed, or not by this artist's secret, is refused and changes nothing",
    async (context) => {
      const { artist, concertId } = await connectedArtist(context);
      const stranger = await connectedArtist(context, "whsec_of-somebody-else");
      const body = JSON.stringify(ticketEvent(concertId));
      const now = Math.floor(Date.now() / 1000);
      const good = await hmac(webhookSecret, `${now}.${body}`);
      const before = await context.fixtures.everythingOf(artist.id);
      const headers: Record<string, string> = {
        "no signature": `t=${now}`,
        "no time": `v1=${good}`,
        "another secret": await signatureOf(body, "whsec_of-somebody-else"),
        "another body": await signatureOf(`${body} `),
        "another time than the signed one": `t=${now + 1},v1=${good}`,
        "too old": await signatureOf(body, webhookSecret, -301),
        "too far ahead": await signatureOf(body, webhookSecret, 330),
        "cut off": `t=${now},v1=${good.slice(0, 62)}`,
        "a digit changed": `t=${now},v1=${good.slice(0, -1)}${good.endsWith("0") ? "1" : "0"}`,
        "another version": `t=${now},v0=${good}`,
        "two times": `t=${now},t=${now - 1},v1=${good}`,
        "a time that is none": `t=now,v1=${good}`,
        "a negative time": `t=-${now},v1=${good}`,
        "eleven signatures": `t=${now}${`,v1=${good}`.repeat(11)}`,
        "nothing": "",
        "the signature alone": good,
      };
      for (const [flaw, header] of Object.entries(headers)) {
        const reply = await sendEvent(context, body, { header });
        assert.equal(
          `${reply.status} ${reply.body.code}`,
          "401 unauthorized",
          `${flaw}: ${reply.text}`,
        );
      }
      const unsigned = await context.api.send("POST", "/tickets/webhooks/kassir", {
        rawBody: body,
      });
      assertRefused(unsigned, "unauthorized");
      for (const provider of ["afisha", "unknown"]) {
        assertRefused(await sendEvent(context, body, { provider }), "unauthorized");
      }
      for (const concert_id of [crypto.randomUUID(), stranger.concertId, "", "x".repeat(300)]) {
        assertRefused(await sendEvent(context, ticketEvent(concert_id)), "unauthorized");
      }
      assertRefused(await sendEvent(context, "[]"), "unauthorized");
      assertRefused(await sendEvent(context, "{"), "invalid_json");
      assert.equal(await context.fixtures.everythingOf(artist.id), before);

      for (
        const header of [
          `t=${now},v1=${good}`,
          `t=${now},v1=${"0".repeat(64)},v1=${good}`,
          ` t=${now} , v1=${good.toUpperCase()}, v0=abc`,
        ]
      ) {
        assert.equal((await sendEvent(context, body, { header })).status, 200, header);
      }
    },
  );

  scenario("webhooks: every byte of the body is signed", async (context) => {
    const { concertId } = await connectedArtist(context);
    const body = `\ufeff ${
      JSON.stringify(ticketEvent(concertId, { buyer_name: "Ёлка 🎸" }), null, 2)
    }\r\n`;
    const reply = await sendEvent(context, body);
    assert.equal(reply.status, 200, reply.text);
    const withoutMark = body.slice(1);
    const header = await signatureOf(withoutMark);
    assertRefused(await sendEvent(context, body, { header }), "unauthorized");
  });

  scenario(
    "webhooks: a changed secret counts at once, a removed connection too",
    async (context) => {
      const { artist, concertId } = await connectedArtist(context);
      assert.equal((await sendEvent(context, ticketEvent(concertId))).status, 200);
      await connect(context, artist, "kassir", { webhook_secret: "whsec_another-secret" });
      const body = JSON.stringify(ticketEvent(concertId));
      const reply = await sendEvent(context, body, {
        header: await signatureOf(body, "whsec_another-secret"),
      });
      assert.equal(reply.status, 200, reply.text);
      await context.api.send("DELETE", "/tickets/connections/kassir", { as: artist });
      const late = await sendEvent(context, body, {
        header: await signatureOf(body, "whsec_another-secret"),
      });
      assert.ok([401, 404].includes(late.status), late.text);
    },
  );

  scenario("webhooks: the bounds of an event", async (context) => {
    const { artist, concertId } = await connectedArtist(context);
    const before = await context.fixtures.everythingOf(artist.id);
    const refused: Record<string, unknown[]> = {
      event_id: [undefined, "", "x".repeat(256), 1],
      occurred_at: [undefined, "", "2026-01-01", 1, new Date(Date.now() + 600_000).toISOString()],
      external_transaction_id: [undefined, "", "x".repeat(256), 1],
      quantity: [undefined, 0, 1001, 1.5, "1"],
      unit_price: [undefined, -1, 0.001, 1_000_001],
      status: [undefined, "", "paid"],
      buyer_email: ["nobody"],
      commission_amount: [0],
    };
    for (const [field, values] of Object.entries(refused)) {
      for (const value of values) {
        const reply = await sendEvent(context, { ...ticketEvent(concertId), [field]: value });
        assertRefused(reply, "validation_failed", [field]);
      }
    }
    assert.equal(await context.fixtures.everythingOf(artist.id), before);
  });

  scenario("webhooks: more than there are seats is 409, and nothing is sold", async (context) => {
    const { artist, concertId } = await connectedArtist(context);
    await context.api.data("PATCH", `/concerts/${concertId}`, {
      as: artist,
      body: { ticket_capacity: 1 },
    });
    assertRefused(await sendEvent(context, ticketEvent(concertId)), "sold_out");
    const sales = await context.api.data<TicketSale[]>("GET", "/tickets/sales", { as: artist });
    assert.deepEqual(sales, []);
  });
}

async function connectedArtist(context: ScenarioContext, webhook_secret = webhookSecret) {
  const artist = await context.makeArtist();
  const { id } = await draft(context, artist);
  await connect(context, artist, "kassir", { webhook_secret });
  return { artist, concertId: id };
}
