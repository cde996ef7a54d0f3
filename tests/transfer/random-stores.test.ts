import assert from "node:assert/strict";
import { transferRow } from "../../supabase/functions/_shared/database/transfer/transfer-row.ts";
import { MemoryLookups } from "../../supabase/functions/_shared/database/transfer/memory-lookups.ts";
import type { TransferRecord } from "../../supabase/functions/_shared/database/transfer/record.ts";
import { impossibleKeys, oldRecords } from "./old-records.ts";
import { checkRow } from "./row-constraints.ts";
import { returnAll, transferAll } from "./transfer-all.ts";

const seeds = [1, 7, 20261122];
const rowsInStore = 900;

Deno.test("whatever an old store holds, every key has an outcome and every row fits the tables", async () => {
  const seen = new Set<string>();
  for (const seed of seeds) {
    const rows = oldRecords(seed, rowsInStore);
    const { records, outcomes } = await transferAll(rows, { includeTestSales: seed === 7 });
    assert.equal(outcomes.size, rows.length);
    for (const record of records) checkRow(record);
    for (const outcome of outcomes.values()) {
      seen.add("reason" in outcome ? outcome.reason : outcome.outcome);
    }
    checkReferences(records);
    checkUniqueness(records);
    checkCoins(records);
  }
  // The negative control: these stores hold all that can go wrong.
  for (
    const outcome of [
      "migrated",
      "merged",
      "left_out",
      "unknown_family",
      "broken_document",
      "not_json",
      "not_an_object",
      "missing_title",
      "impossible_date",
      "impossible_quantity",
      "unknown_status",
      "unknown_concert",
      "unknown_provider",
      "missing_amount",
      "impossible_amount",
      "missing_owner",
    ]
  ) assert.ok(seen.has(outcome), `nothing was ${outcome}`);
});

Deno.test("the way back and forth again gives the same rows", async () => {
  for (const seed of seeds) {
    const { records } = await transferAll(oldRecords(seed, rowsInStore));
    const returned = await returnAll(records);
    const again = await transferAll(returned);
    assert.deepEqual(contentOf(again.records), contentOf(records));
    const rejected = [...again.outcomes].filter(([, { outcome }]) => outcome === "rejected");
    assert.deepEqual(rejected, []);
    // From then on the key-value store does not change either, but for the counts of writes.
    assert.deepEqual(withoutRevisions(await returnAll(again.records)), withoutRevisions(returned));
  }
});

Deno.test("the order of the rows decides nothing", async () => {
  const rows = oldRecords(3, 400);
  const forth = await transferAll(rows);
  const back = await transferAll(rows.toReversed());
  assert.deepEqual(back.records, forth.records);
  assert.deepEqual(new Map([...back.outcomes].sort()), new Map([...forth.outcomes].sort()));
});

Deno.test("a key that no table can hold is told so", async () => {
  const rows = impossibleKeys.map((key) => ({
    key,
    value: { title: "Весна", date: "2026-05-01" },
  }));
  const lookups = await MemoryLookups.of(rows);
  const reasons: unknown[] = [];
  for (const row of rows) {
    const { outcome, records } = await transferRow(row, lookups);
    assert.deepEqual(records, []);
    reasons.push("reason" in outcome && outcome.reason);
  }
  assert.deepEqual(reasons, ["unstorable_key", "unstorable_key", "key_too_long"]);
});

function checkReferences(records: readonly TransferRecord[]): void {
  const ids = new Map<string, Set<string>>();
  for (const { entity, id } of records) ids.set(entity, (ids.get(entity) ?? new Set()).add(id));
  const references = [["artist_id", "artists"], ["concert_id", "concerts"], [
    "sale_id",
    "ticket_sales",
  ]];
  for (const { entity, id, row } of records) {
    for (const [column, table] of references) {
      const value = row[column];
      if (typeof value !== "string") continue;
      assert.ok(ids.get(table)?.has(value), `${entity} ${id}: no ${table} ${value}`);
    }
  }
}

function checkUniqueness(records: readonly TransferRecord[]): void {
  const seen = new Set<string>();
  const once = (...parts: unknown[]) => {
    const place = JSON.stringify(parts);
    assert.ok(!seen.has(place), place);
    seen.add(place);
  };
  for (const { entity, id, row } of records) {
    once(entity, id);
    if (entity === "artists" && row.username !== null) {
      once("username", String(row.username).toLowerCase());
    }
    if (entity === "artists" && row.legacy_id !== null) once("legacy_id", row.legacy_id);
    if (entity === "notifications" && row.days_before !== null && row.concert_id !== null) {
      once("reminder", row.concert_id, row.user_id, row.days_before);
    }
  }
}

/** The balance is the sum of the movements; what refunds come to is what sales say. */
function checkCoins(records: readonly TransferRecord[]): void {
  const sums = new Map<unknown, number>();
  const add = (key: unknown, amount: unknown) =>
    sums.set(key, (sums.get(key) ?? 0) + Math.round(Number(amount) * 100));
  for (const { entity, row } of records) {
    if (entity === "coin_transactions") add(row.artist_id, row.amount);
    if (entity === "ticket_refunds") add(row.sale_id, row.amount);
  }
  for (const { entity, id, row } of records) {
    const stated = entity === "artists" ? row.coins_balance : row.refund_amount;
    if (entity !== "artists" && entity !== "ticket_sales") continue;
    assert.equal(sums.get(id) ?? 0, Math.round(Number(stated ?? 0) * 100), `${entity} ${id}`);
  }
}

function contentOf(records: readonly TransferRecord[]) {
  return records.map(({ entity, id, row }) => JSON.parse(JSON.stringify({ entity, id, row })));
}

function withoutRevisions(rows: readonly { key: string; value: unknown }[]) {
  return rows.map(({ key, value }) => ({ key, value: { ...Object(value), rev: 0 } }));
}
