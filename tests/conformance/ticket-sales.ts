import assert from "node:assert/strict";
import type { Idempotency } from "../../supabase/functions/_shared/domain/idempotency.ts";
import type { ConformanceTest } from "./conformance-context.ts";
import { assertRefused } from "./expect.ts";
import { anySale, concertWithSeats, firstPage, saleOf, seatsTaken, sell } from "./sale-making.ts";

/** Selling by hand, cancelling and refunding. */
export function ticketSaleTests(test: ConformanceTest): void {
  test("a sale by hand has no provider and no commission, and takes its seats", async (context) => {
    const artist = await context.makeArtist();
    const concertId = await concertWithSeats(artist, 100);
    const { value: sale, replayed } = await artist.database.sales.create({
      concert_id: concertId,
      quantity: 3,
      unit_price: 0.1,
      buyer_email: "fan@example.com",
      buyer_name: "Анна 🎸",
      buyer_phone: "+7 900 000-00-00",
      status: "pending",
      purchased_at: "2026-01-02T03:04:05.678Z",
      metadata: { ряд: 5, vip: true } as Record<string, number | boolean>,
    }, null);
    assert.equal(replayed, false);
    const { id, created_at, updated_at, ...rest } = sale;
    assert.match(id, /^[0-9a-f-]{36}$/);
    assert.ok(Math.abs(Date.parse(created_at) - Date.now()) < 60_000);
    assert.equal(updated_at, created_at);
    assert.deepEqual(rest, {
      legacy_id: null,
      concert_id: concertId,
      artist_id: artist.id,
      provider_id: null,
      external_transaction_id: null,
      quantity: 3,
      unit_price: 0.1,
      total_amount: 0.3,
      commission_amount: 0,
      net_amount: 0.3,
      buyer_email: "fan@example.com",
      buyer_name: "Анна 🎸",
      buyer_phone: "+7 900 000-00-00",
      status: "pending",
      refunded_at: null,
      refund_amount: null,
      refund_reason: null,
      metadata: { ряд: 5, vip: true },
      purchased_at: "2026-01-02T03:04:05.678Z",
    });
    assert.deepEqual(await artist.database.sales.find(id), sale);
    assert.equal(await seatsTaken(artist, concertId), 3);
  });

  test("what is not said of a sale: confirmed, bought now, by nobody known", async (context) => {
    const artist = await context.makeArtist();
    const concertId = await concertWithSeats(artist, null);
    const sale = await sell(artist, concertId);
    assert.equal(sale.status, "confirmed");
    assert.ok(Math.abs(Date.parse(sale.purchased_at) - Date.now()) < 60_000);
    assert.deepEqual([sale.buyer_email, sale.buyer_name, sale.buyer_phone], [null, null, null]);
    assert.deepEqual(sale.metadata, {});
    assert.equal(sale.total_amount, 3001);
  });

  test("a concert without a limit never sells out", async (context) => {
    const artist = await context.makeArtist();
    const concertId = await concertWithSeats(artist, null);
    for (let time = 0; time < 3; time++) await sell(artist, concertId, { quantity: 1000 });
    assert.equal(await seatsTaken(artist, concertId), 3000);
  });

  test("no more seats are sold than there are, and the last one tells the artist", async (context) => {
    const artist = await context.makeArtist();
    const concertId = await concertWithSeats(artist, 5, { title: "Мало мест" });
    await sell(artist, concertId, { quantity: 3, status: "pending" });
    const before = await context.fixtures.everythingOf(artist.id);
    await assertRefused(
      artist.database.sales.create(saleOf(concertId, { quantity: 3 }), null),
      "sold_out",
    );
    await assertRefused(
      artist.database.sales.create(saleOf(concertId, { quantity: 3 }), {
        key: "too many",
        fingerprint: "f",
      }),
      "sold_out",
    );
    assert.equal(await context.fixtures.everythingOf(artist.id), before);
    assert.deepEqual(await context.fixtures.notificationsOf(artist.id), []);

    await sell(artist, concertId, { quantity: 2 });
    await assertRefused(
      artist.database.sales.create(saleOf(concertId, { quantity: 1 }), null),
      "sold_out",
    );
    const notifications = await context.fixtures.notificationsOf(artist.id);
    assert.deepEqual(
      notifications.map((row) => [
        row.notification_type,
        row.title,
        row.message,
        row.link,
        row.channel,
        row.status,
        row.is_read,
        row.concert_id,
        row.metadata,
      ]),
      [[
        "system",
        "Билеты распроданы",
        "Билеты на концерт «Мало мест» распроданы.",
        `/concerts/${concertId}`,
        "in_app",
        "sent",
        false,
        concertId,
        { concert_id: concertId },
      ]],
    );
  });

  test("nothing is sold of a cancelled concert; what was sold can be paid back", async (context) => {
    const artist = await context.makeArtist();
    const concertId = await concertWithSeats(artist, 10);
    const [first, second] = [await sell(artist, concertId), await sell(artist, concertId)];
    await artist.database.concerts.cancel(concertId);
    await assertRefused(
      artist.database.sales.create(saleOf(concertId), null),
      "invalid_transition",
    );
    const refunded = await artist.database.sales.refund(first.id, { reason: "Отмена" }, null);
    assert.equal(refunded.value.status, "refunded");
    await artist.database.sales.cancel(second.id, null);
    assert.equal(await seatsTaken(artist, concertId), 0);
  });

  test("only the concert's artist sells, sees, cancels and refunds", async (context) => {
    const [artist, stranger] = [await context.makeArtist(), await context.makeArtist()];
    const moderator = await context.makeModerator();
    const concertId = await concertWithSeats(artist, 10);
    const { id } = await sell(artist, concertId);
    await concertWithSeats(stranger, 10);
    const before = await context.fixtures.everythingOf(artist.id);
    for (const { database } of [stranger, moderator]) {
      const { sales } = database;
      await assertRefused(sales.create(saleOf(concertId), null), "not_found");
      await assertRefused(sales.find(id), "not_found");
      await assertRefused(sales.cancel(id, null), "not_found");
      await assertRefused(sales.refund(id, { reason: "Моё" }, null), "not_found");
      await assertRefused(sales.stats(concertId), "not_found");
      await assertRefused(sales.funnel(concertId), "not_found");
      assert.deepEqual((await sales.listOwn(anySale, firstPage)).items, []);
      assert.deepEqual(
        (await sales.listOwn({ ...anySale, concert_id: concertId }, firstPage)).items,
        [],
      );
    }
    for (const { sales } of [context.visitor, context.service]) {
      for (
        const request of [
          () => sales.create(saleOf(concertId), null),
          () => sales.cancel(id, null),
          () => sales.refund(id, { reason: "Моё" }, null),
          () => sales.find(id),
          () => sales.listOwn(anySale, firstPage),
          () => sales.stats(null),
        ]
      ) {
        await request().then(
          () => assert.fail("was let in"),
          ({ code }) => assert.ok(["unauthorized", "forbidden"].includes(code), code),
        );
      }
    }
    assert.equal(await context.fixtures.everythingOf(artist.id), before);
  });

  test("what does not exist is not found", async (context) => {
    const artist = await context.makeArtist();
    const { sales } = artist.database;
    await concertWithSeats(artist, 10);
    for (const id of [crypto.randomUUID(), "sale_1", "' or 1=1 --", "%", "a".repeat(200)]) {
      await assertRefused(sales.find(id), "not_found");
      await assertRefused(sales.cancel(id, null), "not_found");
      await assertRefused(sales.refund(id, { reason: "Нет" }, null), "not_found");
      await assertRefused(sales.create(saleOf(id), null), "not_found");
      await assertRefused(sales.stats(id), "not_found");
      await assertRefused(sales.funnel(id), "not_found");
      assert.deepEqual(
        (await sales.listOwn({ ...anySale, concert_id: id }, firstPage)).items,
        [],
      );
    }
  });

  test("cancelling gives the seats back, once", async (context) => {
    const artist = await context.makeArtist();
    const concertId = await concertWithSeats(artist, 10);
    const pending = await sell(artist, concertId, { quantity: 4, status: "pending" });
    const confirmed = await sell(artist, concertId, { quantity: 3 });
    for (const [sale, left] of [[pending, 3], [confirmed, 0]] as const) {
      const { value, replayed } = await artist.database.sales.cancel(sale.id, null);
      assert.equal(replayed, false);
      assert.deepEqual({ ...value, updated_at: "" }, {
        ...sale,
        updated_at: "",
        status: "cancelled",
      });
      assert.deepEqual(await artist.database.sales.find(sale.id), value);
      assert.equal(await seatsTaken(artist, concertId), left);
      await assertRefused(artist.database.sales.cancel(sale.id, null), "invalid_transition");
      await assertRefused(
        artist.database.sales.refund(sale.id, { reason: "Поздно" }, null),
        "invalid_transition",
      );
      assert.equal(await seatsTaken(artist, concertId), left);
    }
    await sell(artist, concertId, { quantity: 10 });
  });

  test("partial refunds add up to the total, which frees the seats", async (context) => {
    const artist = await context.makeArtist();
    const concertId = await concertWithSeats(artist, 10);
    const sale = await sell(artist, concertId, { quantity: 3, unit_price: 0.11 });
    const { sales } = artist.database;
    const part = (await sales.refund(sale.id, { amount: 0.1, reason: "Скидка" }, null)).value;
    assert.deepEqual(
      [part.status, part.refund_amount, part.refund_reason, part.total_amount, part.net_amount],
      ["confirmed", 0.1, "Скидка", 0.33, 0.33],
    );
    assert.ok(Math.abs(Date.parse(part.refunded_at ?? "") - Date.now()) < 60_000);
    assert.equal(await seatsTaken(artist, concertId), 3);
    const before = await context.fixtures.everythingOf(artist.id);
    await assertRefused(
      sales.refund(sale.id, { amount: 0.24, reason: "Слишком много" }, null),
      "validation_failed",
      ["amount"],
    );
    assert.equal(await context.fixtures.everythingOf(artist.id), before);
    const more = (await sales.refund(sale.id, { amount: 0.2, reason: "Ещё" }, null)).value;
    assert.deepEqual([more.status, more.refund_amount], ["confirmed", 0.3]);
    const rest = (await sales.refund(sale.id, { reason: "Остаток" }, null)).value;
    assert.deepEqual(
      [rest.status, rest.refund_amount, rest.refund_reason],
      ["refunded", 0.33, "Остаток"],
    );
    assert.deepEqual(await sales.find(sale.id), rest);
    assert.equal(await seatsTaken(artist, concertId), 0);
    await assertRefused(
      sales.refund(sale.id, { reason: "Снова" }, null),
      "invalid_transition",
    );
    await assertRefused(sales.cancel(sale.id, null), "invalid_transition");
    assert.deepEqual(await context.fixtures.refundsOf(sale.id), [
      { amount: 0.1, reason: "Скидка" },
      { amount: 0.2, reason: "Ещё" },
      { amount: 0.03, reason: "Остаток" },
    ]);
  });

  test("a refund of exactly what is left is the last; of a pending sale there is none", async (context) => {
    const artist = await context.makeArtist();
    const concertId = await concertWithSeats(artist, 10);
    const sale = await sell(artist, concertId, { quantity: 1, unit_price: 100 });
    const { value } = await artist.database.sales.refund(
      sale.id,
      { amount: 100, reason: "Всё" },
      null,
    );
    assert.deepEqual([value.status, value.refund_amount], ["refunded", 100]);
    const pending = await sell(artist, concertId, { status: "pending" });
    await assertRefused(
      artist.database.sales.refund(pending.id, { reason: "Рано" }, null),
      "invalid_transition",
    );
    const free = await sell(artist, concertId, { unit_price: 0 });
    const returned = await artist.database.sales.refund(free.id, { reason: "Не придут" }, null);
    assert.deepEqual([returned.value.status, returned.value.refund_amount], ["refunded", 0]);
    assert.equal(await seatsTaken(artist, concertId), 2);
  });

  test("a repeated request gets the first answer and has one effect", async (context) => {
    const artist = await context.makeArtist();
    const { sales } = artist.database;
    const concertId = await concertWithSeats(artist, 10);
    const key = (name: string): Idempotency => ({ key: name, fingerprint: name });

    const sold = await sales.create(saleOf(concertId), key("sell"));
    assert.equal(sold.replayed, false);
    await sales.refund(sold.value.id, { amount: 1, reason: "Скидка" }, null);
    const part = await sales.refund(sold.value.id, { amount: 2, reason: "Ещё" }, key("refund"));
    const cancelled = await sales.cancel(sold.value.id, key("cancel"));
    for (let time = 0; time < 2; time++) {
      assert.deepEqual(await sales.create(saleOf(concertId), key("sell")), {
        value: sold.value,
        replayed: true,
      });
      assert.deepEqual(
        await sales.refund(sold.value.id, { amount: 2, reason: "Ещё" }, key("refund")),
        { value: part.value, replayed: true },
      );
      assert.deepEqual(await sales.cancel(sold.value.id, key("cancel")), {
        value: cancelled.value,
        replayed: true,
      });
    }
    assert.equal((await sales.listOwn(anySale, firstPage)).items.length, 1);
    assert.equal((await sales.find(sold.value.id)).refund_amount, 3);
    assert.equal(await seatsTaken(artist, concertId), 0);
  });

  test("a key used for another sale is refused, also for another concert; it is the caller's own", async (context) => {
    const [artist, other] = [await context.makeArtist(), await context.makeArtist()];
    const [one, two] = [await concertWithSeats(artist, 9), await concertWithSeats(artist, 9)];
    await artist.database.sales.create(saleOf(one), { key: "k", fingerprint: "one" });
    await assertRefused(
      artist.database.sales.create(saleOf(two), { key: "k", fingerprint: "two" }),
      "idempotency_mismatch",
    );
    assert.equal(await seatsTaken(artist, two), 0);
    const theirs = await concertWithSeats(other, 9);
    const outcome = await other.database.sales.create(saleOf(theirs), {
      key: "k",
      fingerprint: "theirs",
    });
    assert.equal(outcome.replayed, false);
  });

  test("a refused sale is not remembered, and a key is free again after 24 hours", async (context) => {
    const artist = await context.makeArtist();
    const { sales } = artist.database;
    const concertId = await concertWithSeats(artist, 2);
    const first = await sell(artist, concertId);
    const key = { key: "again", fingerprint: "f" };
    await assertRefused(sales.create(saleOf(concertId), key), "sold_out");
    await sales.cancel(first.id, null);
    const sold = await sales.create(saleOf(concertId), key);
    assert.equal(sold.replayed, false);
    await context.fixtures.ageIdempotencyKeys(artist.id);
    await sales.cancel(sold.value.id, null);
    const later = await sales.create(saleOf(concertId, { quantity: 1 }), {
      key: "again",
      fingerprint: "another",
    });
    assert.deepEqual([later.replayed, later.value.quantity], [false, 1]);
  });

  test("a concert with sales is not deleted", async (context) => {
    const artist = await context.makeArtist();
    const concertId = await concertWithSeats(artist, 10);
    const { id } = await sell(artist, concertId);
    await artist.database.sales.cancel(id, null);
    await assertRefused(artist.database.concerts.delete(concertId), "conflict");
  });

  test("no fewer seats than are taken", async (context) => {
    const artist = await context.makeArtist();
    const concertId = await concertWithSeats(artist, 10);
    await sell(artist, concertId, { quantity: 4, status: "pending" });
    const { concerts } = artist.database;
    await assertRefused(
      concerts.update(concertId, { ticket_capacity: 3 }),
      "validation_failed",
      ["ticket_capacity"],
    );
    await concerts.update(concertId, { ticket_capacity: 4 });
    await assertRefused(
      artist.database.sales.create(saleOf(concertId, { quantity: 1 }), null),
      "sold_out",
    );
  });
}
