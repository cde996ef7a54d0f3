import assert from "node:assert/strict";
import { delay } from "deno-std/async/delay.js";
import type { PostgrestClient } from "@supabase/postgrest-js";
import type { LocalStack } from "../../local/stack.ts";
import { createKvBackend } from "../../supabase/functions/_shared/database/kv/create-kv-backend.ts";
import { createKvStore } from "../../supabase/functions/_shared/database/kv/kv-context.ts";
import {
  MigrationTarget,
  type ReportedKey,
} from "../../supabase/functions/_shared/database/transfer/migration-target.ts";
import { CopyToSql } from "../../supabase/functions/_shared/database/dual/copy-to-sql.ts";
import { KvWriter } from "../../supabase/functions/_shared/database/dual/kv-writer.ts";
import { newReminder } from "../conformance/notifications.ts";
import { emptyStores } from "../support/empty-stores.ts";
import { assertSameStores } from "./assert-same-stores.ts";
import { noAccounts, secretClient } from "./dual-targets.ts";
import {
  type DualMode,
  dualTests,
  figuresOf,
  Gate,
  interceptingClient,
  openDual,
  somebody,
  titlesOf,
} from "./dual-test.ts";
import { replaced } from "./taking-guards-off.ts";

// Each race is run with one instance held back between having seen its own write and bringing it to the other store,
// while another instance does the whole of its own. Then the same with the guard off, where it must end badly.

const test = dualTests();

interface Race {
  /** The way of the instance that is held back; what it gives is where it is held. */
  way(stack: LocalStack, gate: Gate): { kv?: PostgrestClient; secret?: PostgrestClient };
  mode: DualMode;
}

const dualKv: Race = {
  mode: "dual-kv",
  way: (stack, gate) => ({ secret: holding(stack, gate, isImport) }),
};
const dualSql: Race = {
  mode: "dual-sql",
  way: (stack, gate) => ({ kv: holding(stack, gate, isKvWrite) }),
};

function isImport({ url, method }: Request): boolean {
  return method === "POST" && url.includes("/rpc/import_records");
}

function isKvWrite({ url, method }: Request): boolean {
  return (method === "POST" || method === "PATCH") && url.includes("/kv_store_84730125");
}

function holding(
  stack: LocalStack,
  gate: Gate,
  isHeld: (request: Request) => boolean,
  change: (request: Request) => Request | Promise<Request> = (request) => request,
): PostgrestClient {
  return interceptingClient(stack, async (request) => {
    if (isHeld(request)) await gate.pass();
    return await change(request);
  });
}

/** What is in the stores when a first change came to the other store after a second one. */
async function lateUpdate(stack: LocalStack, { mode, way }: Race) {
  const gate = new Gate();
  const artist = await somebody(stack);
  const other = openDual(stack, mode).open(artist);
  const { id } = await other.concerts.create({ title: "Сначала" });
  const late = openDual(stack, mode, way(stack, gate)).open(artist);
  const first = late.concerts.update(id, { title: "Первый" });
  await gate.reached;
  await other.concerts.update(id, { title: "Второй" });
  gate.open();
  await first;
  return await titlesOf(stack, id);
}

/** What is in the stores when a change, or the making, of a concert came to the other one after its deletion. */
async function lateBeforeDeletion(stack: LocalStack, { mode, way }: Race) {
  const gate = new Gate();
  const artist = await somebody(stack);
  const other = openDual(stack, mode).open(artist);
  await other.concerts.create({ title: "Другой" });
  const late = openDual(stack, mode, way(stack, gate)).open(artist);
  const making = late.concerts.create({ title: "Ненадолго" });
  await gate.reached;
  const { items } = await other.concerts.listOwn({ status: null, when: "all" }, {
    limit: 10,
    after: null,
  });
  const { id } = items.find(({ title }) => title === "Ненадолго")!;
  await other.concerts.delete(id);
  gate.open();
  await making;
  return await titlesOf(stack, id);
}

for (const race of [dualKv, dualSql]) {
  test(`${race.mode}: of two changes at once the later one is in both stores`, async (stack) => {
    assert.deepEqual(await lateUpdate(stack, race), { kv: "Второй", sql: "Второй" });
  });

  test(`${race.mode}: what is deleted meanwhile stays deleted in both stores`, async (stack) => {
    assert.deepEqual(await lateBeforeDeletion(stack, race), { kv: null, sql: null });
  });
}

test("dual-kv: control: without the second look and the versions the earlier change stays", async (stack) => {
  const unversioned: Race = {
    mode: "dual-kv",
    way: (stack, gate) => ({ secret: holding(stack, gate, isImport, withHighVersions) }),
  };
  await withoutSecondLook(async () => {
    assert.deepEqual(await lateUpdate(stack, unversioned), { kv: "Второй", sql: "Первый" });
  });
});

test("dual-kv: control: without the second look what was deleted comes back", async (stack) => {
  await withoutSecondLook(async () => {
    assert.deepEqual(await lateBeforeDeletion(stack, dualKv), { kv: null, sql: "Ненадолго" });
  });
});

test("dual-sql: control: without the revision's condition the earlier change stays", async (stack) => {
  const unconditional: Race = {
    mode: "dual-sql",
    way: (stack, gate) => ({ kv: holding(stack, gate, isKvWrite, withoutCondition) }),
  };
  assert.deepEqual(await lateUpdate(stack, unconditional), { kv: "Первый", sql: "Второй" });
});

test("dual-sql: control: without the last look what was deleted comes back", async (stack) => {
  await replaced(KvWriter.prototype, "takeBack", () => Promise.resolve(), async () => {
    assert.deepEqual(await lateBeforeDeletion(stack, dualSql), { kv: "Ненадолго", sql: null });
  });
});

for (const mode of ["dual-kv", "dual-sql"] as const) {
  test(`${mode}: forty changes of one concert over two instances leave both stores the same`, async (stack) => {
    await emptyStores(stack);
    const artist = await somebody(stack);
    const instances = [openDual(stack, mode).open(artist), openDual(stack, mode).open(artist)];
    const { id } = await instances[0].concerts.create({ title: "Концерт" });
    await Promise.all(Array.from({ length: 40 }, (_, index) => {
      const { concerts } = instances[index % 2];
      return index % 4 === 3
        ? concerts.setHidden(id, index % 8 === 3)
        : concerts.update(id, { title: `Концерт ${index}` });
    }));
    // What others were still carrying when the last of them was through.
    await instances[0].concerts.update(id, { description: "Конец" });
    const { kv, sql } = await titlesOf(stack, id);
    assert.equal(kv, sql);
    await assertSameStores(stack);
  });
}

test("two instances copy the same new records, in whatever order each has their keys", async (stack) => {
  await emptyStores(stack);
  const store = createKvStore(secretClient(stack), noAccounts);
  const { notifications } = createKvBackend(secretClient(stack), noAccounts)
    .open(await somebody(stack));
  for (let index = 0; index < 60; index++) await notifications.create(newReminder());
  const rows = await stack.sql(
    "select key from public.kv_store_84730125 where key like 'notification:%' order by key",
  );
  const keys = rows.map(({ key }) => String(key));
  assert.equal(keys.length, 60);
  for (let round = 0; round < 20; round++) {
    await stack.results("truncate public.notifications cascade; truncate public.migration_records");
    const copies = [keys, keys.toReversed()]
      .map((order) => new CopyToSql(store, secretClient(stack)).copy(order));
    for (const { notCopied } of await Promise.all(copies)) assert.deepEqual(notCopied, []);
  }
});

test("what became of the same keys is told by two instances, in whatever order each has them", async (stack) => {
  const target = new MigrationTarget(secretClient(stack));
  for (let round = 0; round < 20; round++) {
    const outcomes: ReportedKey[] = Array.from({ length: 400 }, (_, index) => ({
      key: `told:${round}:${index}`,
      outcome: "left_out",
      rule: "support_desk",
    }));
    await Promise.all(
      [outcomes, outcomes.toReversed()]
        .map((told) => target.importRecords("artists", [], { outcomes: told })),
    );
  }
});

test("dual-kv: a record that is written all the time needs no repair", async (stack) => {
  await emptyStores(stack);
  const artist = await somebody(stack);
  const backend = openDual(stack, "dual-kv");
  const { concerts } = backend.open(artist);
  const { id } = await concerts.create({ title: "Концерт" });
  await Promise.all(Array.from({ length: 60 }, async (_, index) => {
    await delay(index * 15);
    await concerts.update(id, { title: `Название ${index}` });
  }));
  const deadline = Date.now() + 10_000;
  let titles = await titlesOf(stack, id);
  while (titles.kv !== titles.sql && Date.now() < deadline) {
    await delay(100);
    titles = await titlesOf(stack, id);
  }
  assert.equal(titles.sql, titles.kv);
  const { mirror } = await figuresOf(backend);
  assert.deepEqual([mirror.failed, mirror.backlog], [0, 0]);
});

function withoutSecondLook(race: () => Promise<void>): Promise<void> {
  return replaced(CopyToSql.prototype, "changedSince", () => Promise.resolve(new Set()), race);
}

async function withHighVersions(request: Request): Promise<Request> {
  if (!isImport(request)) return request;
  const body = await request.json();
  for (const record of body.records) record.version += 1000;
  return new Request(request.url, {
    method: request.method,
    headers: request.headers,
    body: JSON.stringify(body),
  });
}

function withoutCondition(request: Request): Request {
  const url = new URL(request.url);
  if (request.method === "PATCH") url.searchParams.delete("value->>rev");
  return new Request(url, request);
}
