import assert from "node:assert/strict";
import { parse } from "deno-std/csv/parse.js";
import type { Concert } from "../../supabase/functions/_shared/domain/concert.ts";
import type { TicketStats } from "../../supabase/functions/_shared/domain/ticket-figures.ts";
import type { TicketSale } from "../../supabase/functions/_shared/domain/ticket-sale.ts";
import type { Person } from "../support/caller-tokens.ts";
import { assertRefused } from "./api-client.ts";
import { allPages, approved, draft } from "./concert-journeys.ts";
import type { Scenario, ScenarioContext } from "./scenario-context.ts";
import { sellTickets } from "./ticket-journeys.ts";

export function ticketScenarios(scenario: Scenario): void {
  scenario(
    "tickets: the last seat makes the concert sold out, a cancellation opens it again",
    async (context) => {
      const { api } = context;
      const artist = await context.makeArtist();
      const { id } = await approved(context, artist, { ticket_capacity: 2 });
      const isSoldOut = async () =>
        (await api.data<{ sold_out: boolean }>("GET", `/concerts/${id}`)).sold_out;
      assert.equal(await isSoldOut(), false);
      const sale = await sellTickets(context, artist, id);
      assert.equal(await isSoldOut(), true);
      const more = await api.send("POST", "/tickets/sales", {
        as: artist,
        body: { concert_id: id, quantity: 1, unit_price: 1 },
      });
      assertRefused(more, "sold_out");
      assert.equal(more.body.error, "Билеты распроданы");
      const own = await api.data<Concert>("GET", `/concerts/${id}`, { as: artist });
      assert.equal(own.tickets_sold, 2);
      await api.data("POST", `/tickets/sales/${sale.id}/cancel`, { as: artist });
      assert.equal(await isSoldOut(), false);
      assert.equal(
        (await context.fixtures.notificationsOf(artist.id)).filter(({ title }) =>
          title === "Билеты распроданы"
        ).length,
        1,
      );
    },
  );

  scenario("tickets: a repeated sale is answered again and sold once", async (context) => {
    const artist = await context.makeArtist();
    const { id } = await draft(context, artist);
    const headers = { "idempotency-key": crypto.randomUUID() };
    const body = { concert_id: id, quantity: 2, unit_price: 10 };
    const send = (changes: Record<string, unknown> = {}) =>
      context.api.send<TicketSale>("POST", "/tickets/sales", {
        as: artist,
        body: { ...body, ...changes },
        headers,
      });
    const first = await send();
    assert.equal(first.status, 201);
    assert.equal(first.headers.get("idempotent-replayed"), null);
    await context.api.data("POST", `/tickets/sales/${first.body.data.id}/cancel`, { as: artist });
    const again = await send();
    assert.equal(again.status, 201);
    assert.equal(again.headers.get("idempotent-replayed"), "true");
    assert.deepEqual(again.body, first.body);
    assertRefused(await send({ quantity: 3 }), "idempotency_mismatch");
    assert.equal((await salesOf(context, artist)).length, 1);
  });

  scenario("tickets: the bounds of a sale", async (context) => {
    const artist = await context.makeArtist();
    const { id } = await draft(context, artist, { ticket_capacity: null });
    const before = await context.fixtures.everythingOf(artist.id);
    const send = (changes: Record<string, unknown>) =>
      context.api.send<TicketSale>("POST", "/tickets/sales", {
        as: artist,
        body: { concert_id: id, quantity: 1, unit_price: 100, ...changes },
      });
    const refused: Record<string, unknown[]> = {
      concert_id: ["", " ", 1, null, "x".repeat(201), "а\u0000б"],
      quantity: [0, -1, 1001, 1.5, "1", null, true, 1e300],
      unit_price: [-0.01, 1_000_000.01, 0.001, 1.005, "100", null],
      buyer_email: ["", "anna", "anna@", "@example.com", "a b@example.com", "a@b", "a@b.c\nd", 1],
      buyer_name: ["", " ", "ж".repeat(201), "а\nб", "а\u0000б", 1],
      buyer_phone: ["", "1234", "0".repeat(33), "позвони", 79000000000],
      status: ["", "cancelled", "refunded", "Confirmed", null],
      purchased_at: [
        "",
        "2026-01-01",
        "2026-01-01T00:00",
        "2026-02-30T00:00:00Z",
        "1999-12-31T23:59:59Z",
        new Date(Date.now() + 600_000).toISOString(),
        1,
        null,
      ],
      metadata: [
        null,
        [],
        "x",
        { "а б": 1 },
        { a: { b: 1 } },
        { a: "x".repeat(501) },
        { a: "а\u0000б" },
        Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`k${index}`, index])),
      ],
      commission_amount: [0],
      provider_id: ["kassir"],
      artist_id: [artist.id],
    };
    for (const [field, values] of Object.entries(refused)) {
      for (const value of values) {
        const reply = await send({ [field]: value });
        assert.equal(
          `${reply.status} ${reply.body.code}`,
          "400 validation_failed",
          `${field} ${reply.text}`,
        );
        const [path] = (reply.body.details ?? []).map(({ path }) => path.split(".")[0]);
        assert.equal(path, field, reply.text);
      }
    }
    assert.equal(await context.fixtures.everythingOf(artist.id), before);
    const accepted: Record<string, unknown[]> = {
      quantity: [1, 1000],
      unit_price: [0, 0.01, 1_000_000],
      buyer_email: [null, "a@b.рф", "анна+1@пример.рф", `${"a".repeat(300)}@example.com`],
      buyer_name: [null, "Ж", "🎸".repeat(200)],
      buyer_phone: [null, "+7 (900) 000-00-00"],
      status: ["pending", "confirmed"],
      purchased_at: ["2000-01-01T00:00:00.000Z"],
      metadata: [{}, { a: "", b: 1.5, c: true, d: null, "x.y-z_1": "🎸" }],
    };
    for (const [field, values] of Object.entries(accepted)) {
      for (const value of values) {
        const reply = await send({ [field]: value });
        assert.equal(reply.status, 201, `${field} ${reply.text}`);
        assert.deepEqual(reply.body.data[field as keyof TicketSale], value, field);
      }
    }
    const zoned = await send({ purchased_at: "2026-01-01T03:00:00+03:00" });
    assert.equal(zoned.body.data.purchased_at, "2026-01-01T00:00:00.000Z");
  });

  scenario("tickets: the bounds of a refund", async (context) => {
    const artist = await context.makeArtist();
    const { id } = await draft(context, artist);
    const sale = await sellTickets(context, artist, id, { quantity: 1, unit_price: 10 });
    const before = await context.fixtures.everythingOf(artist.id);
    const send = (body: unknown) =>
      context.api.send<TicketSale>("POST", `/tickets/sales/${sale.id}/refund`, {
        as: artist,
        body,
      });
    for (const amount of [0, -1, 0.001, 10.01, "1", null]) {
      assertRefused(await send({ amount, reason: "Скидка" }), "validation_failed", ["amount"]);
    }
    for (const reason of [undefined, "", " ", "ж".repeat(501), 1, null]) {
      assertRefused(await send({ reason }), "validation_failed", ["reason"]);
    }
    assertRefused(await send({ reason: "Скидка", all: true }), "validation_failed", ["all"]);
    assert.equal(await context.fixtures.everythingOf(artist.id), before);
    const reply = await send({ amount: 10, reason: "ж".repeat(500) });
    assert.deepEqual([reply.status, reply.body.data.status], [200, "refunded"]);
  });

  scenario("tickets: the list pages through all sales and takes every filter", async (context) => {
    const artist = await context.makeArtist();
    const [one, two] = [await draft(context, artist), await draft(context, artist)];
    // 21:30 UTC is the next day in Moscow.
    const days = ["2026-05-01T20:30:00Z", "2026-05-01T21:30:00Z", "2026-05-02T20:59:59Z"];
    for (const { id } of [one, two]) {
      for (const purchased_at of days) await sellTickets(context, artist, id, { purchased_at });
    }
    const paged = await allPages<TicketSale>(context, "/tickets/sales", 4, { as: artist });
    assert.equal(paged.length, 6);
    const filtered = (query: Record<string, string>) => salesOf(context, artist, query);
    assert.equal((await filtered({ concert_id: one.id })).length, 3);
    assert.equal((await filtered({ concert_id: crypto.randomUUID() })).length, 0);
    assert.equal((await filtered({ from: "2026-05-02", to: "2026-05-02" })).length, 4);
    assert.equal((await filtered({ to: "2026-05-01" })).length, 2);
    assert.equal((await filtered({ from: "2026-05-03" })).length, 0);
    assert.equal((await filtered({ from: "1900-01-01", to: "9999-12-31" })).length, 6);
    assert.equal((await filtered({ provider_id: "manual", status: "confirmed" })).length, 6);
    assert.equal((await filtered({ provider_id: "kassir" })).length, 0);
    for (
      const [name, value] of [
        ["status", "sold"],
        ["from", "2026-02-30"],
        ["to", "now"],
        ["provider_id", "К"],
        ["concert_id", ""],
        ["limit", "101"],
        ["order", "id"],
      ]
    ) {
      const reply = await context.api.send("GET", "/tickets/sales", {
        as: artist,
        query: { [name]: value },
      });
      assertRefused(reply, "validation_failed", [name]);
    }
  });

  scenario("tickets: the figures through HTTP are those of the list", async (context) => {
    const artist = await context.makeArtist();
    const { id } = await approved(context, artist);
    await context.api.send("POST", `/concerts/${id}/views`);
    await context.api.send("POST", `/concerts/${id}/clicks`);
    await sellTickets(context, artist, id, { quantity: 3, unit_price: 33.33 });
    const stats = await context.api.data<TicketStats>("GET", "/tickets/stats", {
      as: artist,
      query: { concert_id: id },
    });
    assert.deepEqual([stats.sales, stats.tickets, stats.revenue, stats.average_ticket_price], [
      1,
      3,
      99.99,
      33.33,
    ]);
    assert.deepEqual(await context.api.data("GET", "/tickets/stats", { as: artist }), stats);
    const funnel = await context.api.data("GET", `/tickets/funnel/${id}`, { as: artist });
    assert.deepEqual(funnel, {
      concert_id: id,
      views: 1,
      clicks: 1,
      purchases: 1,
      tickets: 3,
      revenue: 99.99,
      view_to_click: 1,
      click_to_purchase: 1,
      view_to_purchase: 1,
    });
    const stranger = await context.makeArtist();
    for (const path of [`/tickets/funnel/${id}`, `/tickets/stats?concert_id=${id}`]) {
      assertRefused(await context.api.send("GET", path, { as: stranger }), "not_found");
    }
  });

  scenario("tickets: the CSV has the rows of the list, and no formula in it", async (context) => {
    const artist = await context.makeArtist();
    const { id } = await draft(context, artist);
    const formulas = [
      "=1+1",
      "+7 900 000-00-00",
      "-1",
      "@sum",
      "＝1",
      "a=1",
      'say "hi", ok',
      "Ж; Б",
    ];
    for (const buyer_name of formulas) {
      await sellTickets(context, artist, id, {
        buyer_name,
        buyer_phone: "+7 900 000-00-00",
        buyer_email: "fan@example.com",
      });
    }
    const reply = await context.api.send("GET", "/tickets/sales.csv", { as: artist });
    assert.equal(reply.headers.get("content-type"), "text/csv; charset=utf-8");
    assert.match(
      reply.headers.get("content-disposition") ?? "",
      /^attachment; filename="\S+\.csv"$/,
    );
    // Reading a text drops the byte order mark; its bytes are looked at apart.
    const rows = parse(reply.text.replace(/^\ufeff/, ""), { skipFirstRow: true });
    const sales = await salesOf(context, artist);
    assert.deepEqual(rows.map(({ id }) => id), sales.map(({ id }) => id));
    for (const [index, row] of rows.entries()) {
      const sale = sales[index];
      const isFormula = /^[=+\-@＝]/.test(sale.buyer_name ?? "");
      assert.equal(row.buyer_name, `${isFormula ? "'" : ""}${sale.buyer_name}`);
      assert.equal(row.buyer_phone, "'+7 900 000-00-00");
      assert.equal(row.total_amount, String(sale.total_amount));
      assert.equal(row.refund_amount, "");
    }
    const none = await context.api.send("GET", "/tickets/sales.csv", {
      as: artist,
      query: { status: "refunded" },
    });
    assert.equal(none.text.trim().split("\n").length, 1, "the column names alone");
    assertRefused(
      await context.api.send("GET", "/tickets/sales.csv", { as: artist, query: { limit: 1 } }),
      "validation_failed",
      ["limit"],
    );
  });
}

function salesOf(
  { api }: ScenarioContext,
  artist: Person,
  query: Record<string, string> = {},
): Promise<TicketSale[]> {
  return api.data("GET", "/tickets/sales", { as: artist, query: { limit: 100, ...query } });
}
