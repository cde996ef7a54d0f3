import assert from "node:assert/strict";
import { delay } from "deno-std/async/delay.js";
import type { LocalStack } from "../../local/stack.ts";
import { repairMirrors } from "../../supabase/functions/_shared/database/dual/repair-mirrors.ts";
import { deliveriesOnSheet } from "../../supabase/functions/_shared/database/kv/campaign-documents.ts";
import { openDatabase } from "../../supabase/functions/_shared/database/open-database.ts";
import { MigrationTarget } from "../../supabase/functions/_shared/database/transfer/migration-target.ts";
import type { StorageBackend } from "../../supabase/functions/_shared/database/types.ts";
import { resolveEnvironment } from "../../supabase/functions/_shared/environment.ts";
import { words } from "../conformance/campaign-making.ts";
import { completeConcert } from "../conformance/concert-making.ts";
import { assertSameStores } from "./assert-same-stores.ts";
import { capturingLog } from "./capturing-log.ts";
import { secretClient } from "./dual-targets.ts";
import {
  dualTests,
  figuresOf,
  interceptingClient,
  openDual,
  somebody,
  titlesOf,
} from "./dual-test.ts";

// The list of what dual-sql has still to bring to the key-value table: nobody waits for what is others'.

const test = dualTests();

async function untilCarried(backend: StorageBackend): Promise<void> {
  const deadline = Date.now() + 60_000;
  while ((await figuresOf(backend)).mirror.backlog !== 0 && Date.now() < deadline) await delay(100);
  assert.equal((await figuresOf(backend)).mirror.backlog, 0);
}

test("a write is in both stores when it is answered, however many changes wait before it", async (stack) => {
  const artist = await somebody(stack);
  const backend = openDual(stack, "dual-sql");
  const { concerts } = backend.open(artist);
  const { id } = await concerts.create({ title: "Концерт" });
  await stack.sql(
    "insert into public.concerts (artist_id, title) select $1::uuid, 'Старый' from generate_series(1, 260)",
    [artist.id],
  );
  await concerts.update(id, { title: "Свежий" });
  assert.deepEqual(await titlesOf(stack, id), { kv: "Свежий", sql: "Свежий" });
  // The others follow by themselves.
  await untilCarried(backend);
  await assertSameStores(stack);
});

test("changes that the key-value table refuses go behind the others, and are tried again", async (stack) => {
  const artist = await somebody(stack);
  const backend = openDual(stack, "dual-sql");
  const { concerts } = backend.open(artist);
  const { id } = await concerts.create({ title: "Концерт" });
  await stack.results(`
    alter table public.kv_store_84730125
      add constraint no_poison check (value ->> 'title' is distinct from 'Отрава')
  `);
  const poison = 220;
  try {
    await stack.sql(
      `insert into public.concerts (artist_id, title)
       select $1::uuid, 'Отрава' from generate_series(1, ${poison})`,
      [artist.id],
    );
    const logged = await capturingLog(async () => {
      await concerts.update(id, { title: "Первое" });
      const deadline = Date.now() + 60_000;
      while ((await figuresOf(backend)).mirror.failed < poison && Date.now() < deadline) {
        await delay(100);
      }
    });
    assert.equal((await figuresOf(backend)).mirror.failed, poison);
    const lines = logged.split("\n").filter((line) => line.includes("the other store was not"));
    assert.ok(lines.length > 0 && lines.length < 10, "hundreds that fail alike are few lines");
    stack.backendRequests.length = 0;
    await concerts.update(id, { title: "Второе" });
    assert.deepEqual(await titlesOf(stack, id), { kv: "Второе", sql: "Второе" });
    assert.equal(stack.backendRequests.length, 5, "none of them was tried");
    assert.equal((await figuresOf(backend)).mirror.backlog, poison);
    assert.equal((await repair(stack)).failures.length, poison, "a repair tries each once");
  } finally {
    await stack.results("alter table public.kv_store_84730125 drop constraint no_poison");
  }
  assert.equal((await repair(stack)).carried, poison);
  await assertSameStores(stack);
});

function repair(stack: LocalStack) {
  return repairMirrors({ kv: secretClient(stack), tables: secretClient(stack) });
}

test("deliveries are listed by the sheet", async (stack) => {
  const artist = await somebody(stack);
  const backend = openDual(stack, "dual-sql");
  const { concerts, campaigns } = backend.open(artist);
  const { id } = await concerts.create(completeConcert({ ticket_capacity: null }));
  const buyers = 2 * deliveriesOnSheet + 1;
  await stack.sql(
    `insert into public.ticket_sales
       (concert_id, artist_id, quantity, unit_price, total_amount, net_amount, status, buyer_email)
     select $1::uuid, $2::uuid, 1, 100, 100, 100, 'confirmed', 'b' || n || '@example.com'
     from generate_series(1, ${buyers}) as n`,
    [id, artist.id],
  );
  const campaign = await campaigns.create(words);
  await untilCarried(backend);
  const plain = await openDatabase(
    resolveEnvironment({ ...stack.environment, STORAGE_MODE: "sql" }),
  );
  await plain.open(artist).campaigns.send(campaign.id, null);
  const target = new MigrationTarget(secretClient(stack));
  const changes = await target.takeChanges(1000);
  assert.deepEqual(
    changes.filter(({ entity }) => entity === "campaign_deliveries").map(({ id }) => id),
    [0, 1, 2].map((sheet) => `${campaign.id} ${sheet}`),
  );
  await repair(stack);
  await assertSameStores(stack);
  // Known to both as they are now: an import would leave them alone.
  const known = await stack.sql(
    `select count(*)::int as count from public.migration_records
     where entity = 'campaign_deliveries' and key like 'campaign_delivery:' || $1::text || ':%'`,
    [campaign.id],
  );
  assert.equal(known[0].count, buyers);
});

test("the health counts only what waits, in one small request, and not again at once", async (stack) => {
  const variables = { ...stack.environment, STORAGE_MODE: "dual-sql" };
  const backend = await openDatabase(resolveEnvironment(variables));
  stack.backendRequests.length = 0;
  await Promise.all([figuresOf(backend), figuresOf(backend)]);
  await figuresOf(backend);
  assert.deepEqual(stack.backendRequests.map(({ path }) => path), ["/rest/v1/rpc/mirror_backlog"]);
});

for (const mode of ["dual-kv", "dual-sql"] as const) {
  test(`${mode}: the health tells what it knows when what waits cannot be counted`, async (stack) => {
    const away = interceptingClient(stack, () => {
      throw new TypeError("the line is cut");
    });
    const clients = mode === "dual-kv" ? { kv: away } : { secret: away };
    const { mirror } = await figuresOf(openDual(stack, mode, clients));
    assert.deepEqual(mirror, { mirrored: 0, failed: 0, backlog: null });
  });
}
