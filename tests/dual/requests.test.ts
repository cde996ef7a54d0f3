import assert from "node:assert/strict";
import type { LocalStack } from "../../local/stack.ts";
import { openDatabase } from "../../supabase/functions/_shared/database/open-database.ts";
import { resolveEnvironment } from "../../supabase/functions/_shared/environment.ts";
import { completeConcert } from "../conformance/concert-making.ts";
import { saleOf } from "../conformance/sale-making.ts";
import { type DualMode, dualTests, openDual, somebody } from "./dual-test.ts";

// What a dual mode costs beside the mode it is named after, in requests to the Data API.

const test = dualTests();
const anyPage = { limit: 10, after: null };

async function requestsOf(stack: LocalStack, work: () => Promise<unknown>): Promise<string[]> {
  stack.backendRequests.length = 0;
  await work();
  return stack.backendRequests.map(({ method, path }) => `${method} ${path.split("?")[0]}`);
}

async function instance(stack: LocalStack, mode: DualMode) {
  const database = openDual(stack, mode).open(await somebody(stack));
  const { id } = await database.concerts.create(completeConcert());
  return { ...database, id };
}

const table = "/rest/v1/kv_store_84730125";

test("dual-kv: a read costs nothing more", async (stack) => {
  const { concerts, id } = await instance(stack, "dual-kv");
  await concerts.find(id);
  assert.deepEqual(await requestsOf(stack, () => concerts.find(id)), [`GET ${table}`]);
  const list = () => concerts.listOwn({ status: null, when: "all" }, anyPage);
  assert.deepEqual(await requestsOf(stack, list), [`GET ${table}`]);
});

test("dual-sql: a read costs nothing more: one request", async (stack) => {
  const { concerts, id } = await instance(stack, "dual-sql");
  assert.deepEqual(await requestsOf(stack, () => concerts.find(id)), [
    "POST /rest/v1/rpc/get_concert",
  ]);
});

test("dual-kv: a change costs four more: read, whose it is, import, read again", async (stack) => {
  const { concerts, id } = await instance(stack, "dual-kv");
  const requests = await requestsOf(stack, () => concerts.setHidden(id, true));
  const own = requests.lastIndexOf(`PATCH ${table}`) + 1;
  assert.deepEqual(requests.slice(own), [
    `GET ${table}`,
    `GET ${table}`,
    "POST /rest/v1/rpc/import_records",
    `GET ${table}`,
  ]);
});

test("dual-kv: what changes records of several kinds costs an import each", async (stack) => {
  const { sales, id } = await instance(stack, "dual-kv");
  await sales.create(saleOf(id), null);
  const requests = await requestsOf(stack, () => sales.create(saleOf(id), null));
  const imports = requests.filter((request) => request === "POST /rest/v1/rpc/import_records");
  assert.equal(imports.length, 2);
  assert.equal(requests.slice(requests.lastIndexOf(`PATCH ${table}`) + 1).length, 6);
});

test("dual-kv: a change of an artist costs eight more: their coins belong to the row", async (stack) => {
  const { artists } = await instance(stack, "dual-kv");
  const change = () => artists.updateOwn({ city: "Казань" });
  const mirrored = await requestsOf(stack, change);
  const before = mirrored.indexOf("POST /rest/v1/rpc/import_records");
  assert.deepEqual(mirrored.slice(before), ["POST /rest/v1/rpc/import_records", `GET ${table}`]);
  // What kv mode does itself ends with the coins, which the mirror reads once more.
  const plain = await openDatabase(
    resolveEnvironment({ ...stack.environment, STORAGE_MODE: "kv" }),
  );
  const { artists: alone } = plain.open(await somebody(stack));
  await alone.updateOwn({ city: "Омск" });
  const own = await requestsOf(stack, () => alone.updateOwn({ city: "Казань" }));
  assert.equal(mirrored.length - own.length, 8);
});

test("dual-sql: a change costs four more: take, read, write, acknowledge", async (stack) => {
  const { concerts, id } = await instance(stack, "dual-sql");
  assert.deepEqual(await requestsOf(stack, () => concerts.setHidden(id, true)), [
    "POST /rest/v1/rpc/set_concert_hidden",
    "POST /rest/v1/rpc/take_changes",
    `GET ${table}`,
    `PATCH ${table}`,
    "POST /rest/v1/rpc/acknowledge_changes",
  ]);
});

test("dual-sql: a record that is made costs one more: whether it is still there", async (stack) => {
  const { sales, id } = await instance(stack, "dual-sql");
  const requests = await requestsOf(stack, () => sales.create(saleOf(id), null));
  assert.deepEqual(requests.slice(0, 2), [
    "POST /rest/v1/rpc/create_ticket_sale",
    "POST /rest/v1/rpc/take_changes",
  ]);
  // The concert and the sale, each read and written.
  assert.deepEqual(requests.slice(2, 6).toSorted(), [
    `GET ${table}`,
    `GET ${table}`,
    `PATCH ${table}`,
    `POST ${table}`,
  ]);
  assert.deepEqual(requests.slice(6), [
    "POST /rest/v1/rpc/acknowledge_changes",
    "GET /rest/v1/ticket_sales",
  ]);
});

test("dual-sql: the outbox is begun anew once an hour, not with every request", async (stack) => {
  const { concerts, id } = await instance(stack, "dual-sql");
  const requests = await requestsOf(stack, async () => {
    for (const hidden of [true, false, true]) await concerts.setHidden(id, hidden);
  });
  assert.ok(!requests.includes("POST /rest/v1/rpc/start_mirroring"));
});
