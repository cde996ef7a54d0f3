import assert from "node:assert/strict";
import { cutPage, type Position } from "../../supabase/functions/_shared/domain/paging.ts";
import { Refusal } from "../../supabase/functions/_shared/domain/refusal.ts";
import {
  encodeCursor,
  type ListOrder,
  pageFields,
  pageRequestOf,
} from "../../supabase/functions/_shared/http/paging.ts";

const id = "6c0f2a4e-5b1c-4a57-9c38-0d9b5a0e1f11";
const byDate: ListOrder = { name: "concerts:event_date", kind: "date" };
const byInstant: ListOrder = { name: "own-concerts", kind: "instant" };
const byRelevance: ListOrder = { name: "concerts:relevance", kind: "relevance" };

function cursorOf(content: unknown): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(content))))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

Deno.test("a cursor leads back to the position it was made of", () => {
  const positions: [ListOrder, Position][] = [
    [byDate, { value: "2026-11-22", id }],
    [byInstant, { value: "2026-11-22T10:00:00.123Z", id }],
    [byRelevance, { value: 0.060792711, id }],
    [byRelevance, { value: 1e-20, id }],
  ];
  for (const [order, position] of positions) {
    const cursor = encodeCursor(position, order);
    assert.match(cursor, /^[\w-]+$/, "safe in an address");
    assert.deepEqual(pageRequestOf({ cursor }, order), { limit: 20, after: position });
  }
});

Deno.test("a cursor of another list or order is refused", () => {
  const cursor = encodeCursor({ value: "2026-11-22", id }, byDate);
  for (const order of [byInstant, byRelevance, { name: "concerts:-event_date", kind: "date" }]) {
    assert.throws(() => pageRequestOf({ cursor }, order as ListOrder), refusedCursor, order.name);
  }
});

Deno.test("a cursor that nobody was given is refused", () => {
  const cursors: [name: string, cursor: string, order: ListOrder][] = [
    ["no base64", "%%%", byDate],
    ["no JSON", cursorOf("x").slice(1), byDate],
    ["empty", "", byDate],
    ["an object", cursorOf({ value: "2026-11-22", id }), byDate],
    ["null", cursorOf(null), byDate],
    ["no id", cursorOf([byDate.name, "2026-11-22"]), byDate],
    ["an id that is none", cursorOf([byDate.name, "2026-11-22", "1"]), byDate],
    ["an id with a filter", cursorOf([byDate.name, "2026-11-22", `${id},id.gt.0`]), byDate],
    ["a date that is none", cursorOf([byDate.name, "2026-02-30", id]), byDate],
    ["a date with a filter", cursorOf([byDate.name, "2026-11-22,or=(id.gt.0)", id]), byDate],
    ["a number for a date", cursorOf([byDate.name, 20261122, id]), byDate],
    ["a date for an instant", cursorOf([byInstant.name, "2026-11-22", id]), byInstant],
    [
      "an instant elsewhere",
      cursorOf([byInstant.name, "2026-11-22T10:00:00+03:00", id]),
      byInstant,
    ],
    ["no such instant", cursorOf([byInstant.name, "2026-99-22T10:00:00Z", id]), byInstant],
    ["a text for a number", cursorOf([byRelevance.name, "1", id]), byRelevance],
    ["an object for a value", cursorOf([byRelevance.name, {}, id]), byRelevance],
    ["a number beyond single precision", cursorOf([byRelevance.name, 1e308, id]), byRelevance],
    ["null for a value", cursorOf([byRelevance.name, null, id]), byRelevance],
  ];
  for (const [name, cursor, order] of cursors) {
    assert.throws(() => pageRequestOf({ cursor }, order), refusedCursor, name);
  }
});

function refusedCursor(error: unknown): boolean {
  return error instanceof Refusal && error.code === "invalid_cursor";
}

Deno.test("a page has 1 to 100 items, 20 unless asked for", () => {
  assert.deepEqual(pageRequestOf({}, byDate), { limit: 20, after: null });
  assert.equal(pageRequestOf({ limit: "1" }, byDate).limit, 1);
  assert.equal(pageRequestOf({ limit: "100" }, byDate).limit, 100);
  const accepts = (limit: string) => pageFields.limit.safeParse(limit).success;
  for (const limit of ["1", "20", "100"]) assert.ok(accepts(limit), limit);
  for (const limit of ["0", "101", "-1", "1.5", "1e1", " 5", "0x5", "", "ten", "1000"]) {
    assert.ok(!accepts(limit), limit);
  }
});

Deno.test("a page is cut where it was asked to, and knows whether more follows", () => {
  const items = [1, 2, 3].map((value) => ({ value, id }));
  assert.deepEqual(cutPage(items, 2, (item) => item), {
    items: items.slice(0, 2),
    next: { value: 2, id },
  });
  assert.deepEqual(cutPage(items, 3, (item) => item), { items, next: null });
  assert.deepEqual(cutPage([], 3, (item: Position) => item), { items: [], next: null });
});
