import assert from "node:assert/strict";
import type { LocalStack } from "../../local/stack.ts";
import type { UserCaller } from "../../supabase/functions/_shared/auth/caller.ts";
import { createKvBackend } from "../../supabase/functions/_shared/database/kv/create-kv-backend.ts";
import type { Database } from "../../supabase/functions/_shared/database/types.ts";
import { Refusal } from "../../supabase/functions/_shared/domain/refusal.ts";
import { startTestStack } from "../support/test-stack.ts";
import { breakingDataApi, type BreakingPoint } from "./breaking-data-api.ts";
import { oldConcert, pendingRows, putRow, rowsUnder } from "./old-rows.ts";

const email = "waiting@example.com";
const firstPage = { limit: 100, after: null };
const everything = { status: null, when: "all" } as const;

let stack: LocalStack;
Deno.test.beforeAll(async () => {
  stack = await startTestStack();
});
Deno.test.afterAll(async () => {
  await stack.close();
});

/** The store as a process of its own sees it that dies at write number `breakAt`. */
function openAs(caller: UserCaller, breakAt?: number, point?: BreakingPoint) {
  const { client, writes } = breakingDataApi(stack, { breakAt, point });
  const accounts = {
    verifiedEmail: () => Promise.resolve(caller.email),
    hasNoAccount: () => Promise.resolve(true),
  };
  return { database: createKvBackend(client, accounts).open(caller), writes };
}

function person(changes: Partial<UserCaller> = {}): UserCaller {
  const id = crypto.randomUUID();
  return { kind: "user", id, email: null, isModerator: false, token: "", ...changes };
}

/**
 * Lets `act` die before its first write and then behind each of its writes in turn, and `check` what the next process
 * makes of it. Every run has a caller and records of its own.
 */
async function atEveryCrashPoint(
  prepare: () => Promise<{ caller: UserCaller; concertId: string }>,
  act: (database: Database, concertId: string) => Promise<unknown>,
  check: (database: Database, concertId: string, artistId: string) => Promise<void>,
): Promise<void> {
  const { caller, concertId } = await prepare();
  const whole = openAs(caller);
  await act(whole.database, concertId);
  const writes = whole.writes();
  assert.ok(writes >= 3, `${writes} writes are too few to be interrupted`);
  await check(whole.database, concertId, caller.id);

  for (let made = 0; made <= writes; made++) {
    const { caller, concertId } = await prepare();
    const dying = made === 0 ? openAs(caller, 1, "before") : openAs(caller, made, "after");
    await assert.rejects(
      act(dying.database, concertId),
      (error) => error instanceof Refusal && error.code === "unavailable",
      `behind write ${made}`,
    );
    await check(openAs(caller).database, concertId, caller.id);
    assert.equal(await pendingRows(stack), 0, `behind write ${made}: something is pending`);
  }
}

function kvTest(name: string, body: () => Promise<void>) {
  // The stack's connections outlive the test that happens to open them.
  Deno.test({ name, fn: body, sanitizeOps: false, sanitizeResources: false });
}

async function promotionIsBoughtOnce(spelling: (id: string) => string) {
  const idempotency = { key: "once", fingerprint: "promote" };
  await atEveryCrashPoint(
    async () => {
      const caller = person();
      const concertId = `tour_${crypto.randomUUID()}`;
      await putRow(stack, `concert:${concertId}`, oldConcert(caller.id, concertId));
      await putRow(stack, `profile:${spelling(caller.id)}`, { full_name: "Ветер" });
      await putRow(stack, `coins:balance:${spelling(caller.id)}`, "150");
      return { caller, concertId };
    },
    (database, concertId) => database.concerts.promote(concertId, 7, idempotency),
    async (database, concertId, artistId) => {
      const { value } = await database.concerts.promote(concertId, 7, idempotency);
      assert.equal(value.is_promoted, true);
      const found = await database.concerts.find(concertId);
      assert.equal(found.concert.is_promoted, true);
      const { balance, items } = await database.coins.listOwn(firstPage);
      assert.equal(balance, 50);
      assert.deepEqual(items.map(({ amount }) => amount), [-100, 150]);
      assert.equal((await rowsUnder(stack, `coins:tx:${spelling(artistId)}:`)).size, 1);
    },
  );
}

kvTest(
  "a promotion interrupted anywhere is bought once, when it is asked for again",
  () => promotionIsBoughtOnce((id) => id),
);

kvTest(
  "so is one that is paid from a wallet under another spelling of the artist's id",
  () => promotionIsBoughtOnce((id) => id.toUpperCase()),
);

kvTest("what a dead process decided is completed by whoever looks at the coins next", async () => {
  const caller = person();
  const concertId = `tour_${crypto.randomUUID()}`;
  await putRow(stack, `concert:${concertId}`, oldConcert(caller.id, concertId));
  await putRow(stack, `coins:balance:${caller.id}`, "150");
  await assert.rejects(openAs(caller, 1, "after").database.concerts.promote(concertId, 7, null));
  const { database } = openAs(caller);
  assert.equal((await database.concerts.find(concertId)).concert.is_promoted, false);
  assert.equal((await database.coins.listOwn(firstPage)).items.length, 2);
  assert.equal((await database.concerts.find(concertId)).concert.is_promoted, true);
});

kvTest("a decision interrupted anywhere notifies the artist once", async () => {
  await atEveryCrashPoint(
    async () => {
      const artist = person();
      const concertId = `tour_${crypto.randomUUID()}`;
      const concert = { ...oldConcert(artist.id, concertId), moderation_status: "pending" };
      await putRow(stack, `concert:${concertId}`, concert);
      return { caller: person({ id: artist.id, isModerator: true }), concertId };
    },
    (database, concertId) => database.concerts.moderate(concertId, { decision: "approved" }),
    async (database, concertId, artistId) => {
      await database.concerts.moderate(concertId, { decision: "approved" }).catch((error) =>
        assert.equal(error.code, "invalid_transition")
      );
      const found = await database.concerts.find(concertId);
      assert.ok(found.access === "full");
      assert.equal(found.concert.moderation_status, "approved");
      const notifications = await rowsUnder(stack, `notification:${artistId}:`);
      assert.deepEqual([...notifications.values()].map(({ title }) => title), ["Концерт одобрен"]);
    },
  );
});

kvTest("a first concert interrupted anywhere leaves one profile, or nothing", async () => {
  await atEveryCrashPoint(
    () => Promise.resolve({ caller: person({ email }), concertId: "" }),
    (database) => database.concerts.create({ title: "Первый концерт" }),
    async (database, _concertId, artistId) => {
      const { items } = await database.concerts.listOwn(everything, firstPage);
      for (const { id } of items) await database.concerts.update(id, { city: "Тверь" });
      const profiles = await rowsUnder(stack, `profile:${artistId}`);
      assert.equal(profiles.size, items.length);
      if (items.length > 0) assert.equal((await database.artists.own()).email, email);
    },
  );
});

kvTest("a cancellation interrupted anywhere cancels the reminders", async () => {
  await atEveryCrashPoint(
    async () => {
      const caller = person();
      const concertId = `tour_${crypto.randomUUID()}`;
      await putRow(stack, `concert:${concertId}`, oldConcert(caller.id, concertId));
      for (const status of ["pending", "sent"]) {
        await putRow(stack, `notification:${caller.id}:notif_${status}`, {
          id: `notif_${status}`,
          concertId,
          type: "reminder",
          status,
          title: "Скоро концерт",
        });
      }
      return { caller, concertId };
    },
    (database, concertId) => database.concerts.cancel(concertId),
    async (database, concertId, artistId) => {
      await database.concerts.cancel(concertId).catch((error) =>
        assert.equal(error.code, "invalid_transition")
      );
      const reminders = await rowsUnder(stack, `notification:${artistId}:`);
      const found = [...reminders.values()].map(({ status, title }) => [status, title]);
      // The old code's `sent` meant read: that one was still to be delivered as well.
      assert.deepEqual(found, [["cancelled", "Скоро концерт"], ["cancelled", "Скоро концерт"]]);
    },
  );
});

kvTest(
  "reminders asked for and interrupted anywhere are there once, when asked for again",
  async () => {
    await atEveryCrashPoint(
      async () => {
        const caller = person();
        const concertId = `tour_${crypto.randomUUID()}`;
        await putRow(stack, `concert:${concertId}`, oldConcert(caller.id, concertId));
        return { caller, concertId };
      },
      (database, concertId) => database.notifications.createReminders(concertId),
      async (database, concertId, artistId) => {
        const { reminders } = await database.notifications.createReminders(concertId);
        assert.equal(reminders.length, 3);
        assert.equal((await rowsUnder(stack, `notification:${artistId}:`)).size, 3);
      },
    );
  },
);

kvTest("a move interrupted anywhere moves every reminder, when it is asked for again", async () => {
  await atEveryCrashPoint(
    async () => {
      const caller = person();
      const concertId = `tour_${crypto.randomUUID()}`;
      await putRow(stack, `concert:${concertId}`, oldConcert(caller.id, concertId));
      await openAs(caller).database.notifications.createReminders(concertId);
      return { caller, concertId };
    },
    (database, concertId) => database.concerts.update(concertId, { event_date: "2099-07-01" }),
    async (database, concertId, artistId) => {
      await database.concerts.update(concertId, { event_date: "2099-07-01" });
      const reminders = await rowsUnder(stack, `notification:${artistId}:`);
      const times = [...reminders.values()].map(({ scheduled_for }) => scheduled_for).sort();
      assert.deepEqual(times, [24, 28, 30].map((day) => `2099-06-${day}T16:00:00.000Z`));
    },
  );
});

kvTest("a claim interrupted anywhere is finished by the next one, with every coin", async () => {
  let oldOwner = "";
  await atEveryCrashPoint(
    async () => {
      oldOwner = `demo-${crypto.randomUUID()}`;
      const caller = person({ email: `${oldOwner}@example.com` });
      const concertId = `tour_${crypto.randomUUID()}`;
      await putRow(stack, `profile:${oldOwner}`, { full_name: "Ветер", email: caller.email });
      await putRow(stack, `concert:${concertId}`, oldConcert(oldOwner, concertId));
      await putRow(stack, `concert:${oldOwner}:1`, JSON.stringify(oldConcert(oldOwner, "1")));
      await putRow(stack, `coins:balance:${oldOwner}`, "70");
      for (const [id, amount] of [["1", 100], ["2", -30]]) {
        const movement = { id, amount, type: "reward", createdAt: "2026-11-22T11:23:10.044Z" };
        await putRow(stack, `coins:tx:${oldOwner}:${id}`, JSON.stringify(movement));
      }
      return { caller, concertId };
    },
    (database) => database.artists.claim(),
    async (database, concertId, artistId) => {
      const artist = await database.artists.claim();
      assert.equal(artist.id, artistId);
      assert.equal(artist.legacy_id, oldOwner);
      assert.equal(artist.coins_balance, 70);
      const { items } = await database.concerts.listOwn(everything, firstPage);
      assert.deepEqual(items.map(({ legacy_id }) => legacy_id).toSorted(), ["1", concertId]);
      const { balance, items: movements } = await database.coins.listOwn(firstPage);
      assert.equal(balance, 70);
      assert.deepEqual(movements.map(({ amount }) => amount).toSorted(), [-30, 100]);
      assert.equal((await rowsUnder(stack, `coins:balance:${oldOwner}`)).size, 0);
      assert.equal((await rowsUnder(stack, `coins:tx:${oldOwner}:`)).size, 0);
      assert.equal((await database.artists.findPublic(oldOwner)).id, artistId);
    },
  );
});

kvTest("a sale interrupted anywhere is made once, when it is asked for again", async () => {
  const idempotency = { key: "once", fingerprint: "sell" };
  const sell = (database: Database, concert_id: string) =>
    database.sales.create({ concert_id, quantity: 2, unit_price: 10 }, idempotency);
  await atEveryCrashPoint(
    async () => {
      const caller = person();
      const { id } = await openAs(caller).database.concerts.create({
        title: "Два места",
        ticket_capacity: 2,
      });
      return { caller, concertId: id };
    },
    sell,
    async (database, concertId, artistId) => {
      const { value } = await sell(database, concertId);
      assert.deepEqual((await sell(database, concertId)).value, value);
      assert.equal((await rowsUnder(stack, `ticket_sale:${concertId}:`)).size, 1);
      assert.deepEqual(await database.sales.find(value.id), value);
      const found = await database.concerts.find(concertId);
      assert.ok(found.access === "full");
      assert.equal(found.concert.tickets_sold, 2);
      const notifications = await rowsUnder(stack, `notification:${artistId}:`);
      assert.deepEqual([...notifications.values()].map(({ title }) => title), [
        "Билеты распроданы",
      ]);
    },
  );
});

kvTest("a refund interrupted anywhere pays back once and frees the seats once", async () => {
  const idempotency = { key: "once", fingerprint: "refund" };
  const refund = (database: Database) =>
    database.sales.refund("sale_1", { reason: "Возврат" }, idempotency);
  await atEveryCrashPoint(
    async () => {
      const caller = person();
      const concertId = `tour_${crypto.randomUUID()}`;
      await putRow(stack, `concert:${concertId}`, oldConcert(caller.id, concertId));
      for (const id of ["sale_1", "sale_2"]) {
        await putRow(stack, `ticket_sale:${concertId}:${id}`, {
          id,
          concertId,
          provider: "manual",
          quantity: 3,
          price: 100,
          totalAmount: 300,
          commission: 0,
          status: "confirmed",
        });
      }
      return { caller, concertId };
    },
    refund,
    async (database, concertId) => {
      const { value } = await refund(database);
      assert.deepEqual([value.status, value.refund_amount], ["refunded", 300]);
      assert.deepEqual(await database.sales.find("sale_1"), value);
      assert.equal((await rowsUnder(stack, `ticket_refund:${value.id}:`)).size, 1);
      const found = await database.concerts.find(concertId);
      assert.ok(found.access === "full");
      assert.equal(found.concert.tickets_sold, 3);
    },
  );
});
