import assert from "node:assert/strict";
import {
  readBalance,
  readCoinTransaction,
} from "../../supabase/functions/_shared/database/legacy/read-coins.ts";
import { HostileValues } from "./hostile-values.ts";
import { readable } from "./readable.ts";

const owner = "3797eeef-c45d-4d0f-9237-a5c6976277d7";
const key = `coins:tx:${owner}:1795346611417-tnyvetky1`;

Deno.test("a movement, JSON text in a string", async () => {
  const reading = readable(
    await readCoinTransaction(
      key,
      JSON.stringify({
        id: "1795346611417-tnyvetky1",
        type: "spend",
        amount: -243,
        userId: owner,
        createdAt: "2026-11-22T11:23:31.417Z",
        description: "Продвижение",
      }),
    ),
  );
  assert.deepEqual(reading.repairs, []);
  assert.deepEqual(reading.record, {
    id: reading.record.id,
    legacy_id: "1795346611417-tnyvetky1",
    owner,
    artist_id: owner,
    amount: -243,
    type: "spend",
    description: "Продвижение",
    created_at: "2026-11-22T11:23:31.417Z",
  });
});

Deno.test("an unknown type is an adjustment; a missing time comes from the id", async () => {
  const reading = readable(await readCoinTransaction(key, { amount: "100", type: "gift" }));
  assert.deepEqual(reading.record.type, "adjustment");
  assert.deepEqual(reading.record.amount, 100);
  assert.deepEqual(reading.record.created_at, new Date(1795346611417).toISOString());
  assert.deepEqual(reading.repairs.toSorted(), [
    "amount_from_text",
    "created_at_from_id",
    "type_unknown",
  ]);
});

Deno.test("a movement of nothing or of half a coin is none", async () => {
  assert.deepEqual(await readCoinTransaction(key, {}), { unreadable: "missing_amount" });
  for (const amount of [0, 0.5, 1e12]) {
    assert.deepEqual(await readCoinTransaction(key, { amount }), {
      unreadable: "impossible_amount",
    });
  }
});

Deno.test("the movements decide the balance, never below zero", () => {
  assert.deepEqual(readBalance("4757", [5000, -243]), { balance: 4757, repairs: [] });
  assert.deepEqual(readBalance("5000100", [5000, 100]), {
    balance: 5100,
    repairs: ["balance_from_ledger"],
  });
  assert.deepEqual(readBalance("5", [5, -10]), {
    balance: 0,
    repairs: ["balance_from_ledger", "balance_negative"],
  });
});

Deno.test("without movements a whole number from zero on is the balance, all else is zero", () => {
  assert.deepEqual(readBalance("5000", []), { balance: 5000, repairs: [] });
  assert.deepEqual(readBalance(undefined, []), { balance: 0, repairs: [] });
  for (const value of ["NaN", "-5", "1.5", "1e9", "99999999999", null, [], {}, -1, 2.5]) {
    assert.deepEqual(readBalance(value, []), { balance: 0, repairs: ["balance_unreadable"] });
  }
});

Deno.test("no value makes the readers throw", async () => {
  const values = new HostileValues(99);
  for (let round = 0; round < 1000; round++) {
    const fields = values.record(["amount", "type", "createdAt", "description", "userId"]);
    const reading = await readCoinTransaction(key, values.stored(fields));
    if ("record" in reading) assert(Number.isInteger(reading.record.amount));
    assert(readBalance(values.value(), []).balance >= 0);
  }
});

Deno.test("a movement under no owner is nobody's; a balance holds what an integer holds", async () => {
  assert.deepEqual(await readCoinTransaction("coins:tx:1795346611417-a", { amount: 100 }), {
    unreadable: "missing_owner",
  });
  const billions = Array.from({ length: 3 }, () => 1_000_000_000);
  assert.deepEqual(readBalance("0", billions), {
    balance: 2_147_483_647,
    repairs: ["balance_from_ledger", "balance_too_high"],
  });
  const long = await readCoinTransaction(key, { amount: 1, description: "о".repeat(600) });
  assert.equal(readable(long).record.description, "о".repeat(500));
});
