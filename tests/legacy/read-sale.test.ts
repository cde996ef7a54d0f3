import assert from "node:assert/strict";
import { readSale } from "../../supabase/functions/_shared/database/legacy/read-sale.ts";
import { HostileValues } from "./hostile-values.ts";
import { readable } from "./readable.ts";

const key = "ticket_sale:tour_1795346590143_fwle5kwen:sale_1795346590438_0bronwrsa";

const sale = {
  id: "sale_1795346590438_0bronwrsa",
  concertId: "tour_1795346590143_fwle5kwen",
  provider: "ticketland",
  quantity: 3,
  price: 2680,
  totalAmount: 8040,
  commission: 562.8000000000001,
  netAmount: 7477.2,
  buyerEmail: "fan@example.com",
  status: "confirmed",
  purchasedAt: "2026-11-22T11:23:10.438Z",
  metadata: {},
};

async function read(value: unknown) {
  return readable(await readSale(key, value));
}

Deno.test("a sale, its money in whole kopecks without float noise", async () => {
  const { record, repairs } = await read(sale);
  assert.deepEqual(repairs, []);
  assert.deepEqual(record, {
    id: record.id,
    legacy_id: "sale_1795346590438_0bronwrsa",
    concert_name: "tour_1795346590143_fwle5kwen",
    provider: "ticketland",
    quantity: 3,
    unit_price: 268_000,
    total: 804_000,
    commission: 56_280,
    net: 747_720,
    buyer_email: "fan@example.com",
    status: "confirmed",
    purchased_at: "2026-11-22T11:23:10.438Z",
    metadata: {},
    is_test: false,
  });
});

Deno.test("thirds of a kopeck are rounded half up, and nothing is lost between net and commission", async () => {
  const { record, repairs } = await read({
    ...sale,
    totalAmount: 333.33,
    commission: 23.3331,
    netAmount: 309.9969,
  });
  assert.deepEqual([record.total, record.commission, record.net], [33_333, 2_333, 31_000]);
  assert.deepEqual(repairs, []);
  const half = await read({ ...sale, totalAmount: 100, commission: 1.005, netAmount: null });
  assert.deepEqual([half.record.commission, half.record.net], [101, 9_899]);
});

Deno.test("a sale by hand has no provider; a generated one is told apart", async () => {
  assert.deepEqual((await read({ ...sale, provider: "manual" })).record.provider, null);
  assert.deepEqual((await read({ ...sale, metadata: { test: true } })).record.is_test, true);
  assert.deepEqual((await read({ ...sale, metadata: { test: "true" } })).record.is_test, false);
  assert.deepEqual((await read({ ...sale, metadata: null })).record.is_test, false);
});

Deno.test("missing amounts are completed or counted as nothing, and noted", async () => {
  const fromPrice = await read({ ...sale, totalAmount: null, price: "333.33", commission: null });
  assert.deepEqual(fromPrice.record.total, 99_999);
  assert(fromPrice.repairs.includes("total_from_price"));
  const unknown = await read({ ...sale, totalAmount: null, price: undefined, commission: null });
  assert.deepEqual([unknown.record.total, unknown.record.net, unknown.record.quantity], [0, 0, 3]);
  assert(unknown.repairs.includes("total_unknown"));
  assert(unknown.repairs.includes("commission_unknown"));
});

Deno.test("a missing price or date is made out of what there is, and noted", async () => {
  const noPrice = await read({ ...sale, price: null, totalAmount: 100, commission: 0 });
  assert.deepEqual(noPrice.record.unit_price, 3_333);
  assert(noPrice.repairs.includes("price_from_total"));
  const noDate = await read({ ...sale, purchasedAt: "вчера" });
  assert.deepEqual(noDate.record.purchased_at, "2026-11-22T11:23:10.438Z");
  assert(noDate.repairs.includes("purchased_at_from_id"));
  const { record, repairs } = readable(
    await readSale("ticket_sale:tour_1:sale", { ...sale, purchasedAt: null }),
  );
  assert.deepEqual(record.purchased_at, "1970-01-01T00:00:00.000Z");
  assert(repairs.includes("purchased_at_unknown"));
});

Deno.test("what cannot have been sold is told with its reason", async () => {
  const reasons: [unknown, string][] = [
    [{ ...sale, quantity: -1 }, "impossible_quantity"],
    [{ ...sale, quantity: 1.5 }, "impossible_quantity"],
    [{ ...sale, status: "lost" }, "unknown_status"],
    [{ ...sale, totalAmount: -100 }, "impossible_amount"],
    [{ ...sale, commission: 9000 }, "impossible_amount"],
    ["[1]", "not_an_object"],
  ];
  for (const [value, reason] of reasons) {
    assert.deepEqual(await readSale(key, value), { unreadable: reason });
  }
});

Deno.test("no value makes the reader throw, and the sums always agree", async () => {
  const values = new HostileValues(4242);
  for (let round = 0; round < 2000; round++) {
    const fields = values.record(Object.keys(sale));
    if (values.below(2) > 0) Object.assign(fields, { quantity: 2, status: "confirmed" });
    const reading = await readSale(key, values.stored(fields));
    if ("unreadable" in reading) continue;
    const { total, commission, net } = reading.record;
    assert.deepEqual(total, commission + net);
    assert(Number.isSafeInteger(total) && total >= 0 && net >= 0);
  }
});

Deno.test("a provider there is not sold nothing; what the tables cannot hold is left out", async () => {
  const { record, repairs } = await read({
    ...sale,
    provider: "unknown-provider",
    buyerEmail: "x".repeat(321),
    metadata: { note: "я".repeat(40_000) },
  });
  assert.deepEqual([record.provider, record.buyer_email, record.metadata], [null, null, {}]);
  assert.deepEqual(repairs, ["provider_unknown", "text_malformed", "metadata_unreadable"]);
  assert.deepEqual((await read({ ...sale, metadata: { huge: 1e21 } })).record.metadata, {});
  assert.deepEqual(await readSale(key, { ...sale, totalAmount: 1e10 }), {
    unreadable: "impossible_amount",
  });
});
