import assert from "node:assert/strict";
import { delay } from "deno-std/async/delay.js";
import { commandOf, createMigrationContext } from "../migrate/migration-context.ts";
import type { MigrationContext } from "../migrate/migration-context.ts";
import { oldStore } from "../support/old-store.ts";
import { testOnServer } from "../support/test-server.ts";

const few = 10_000;
/** A million takes minutes more, and little more memory: 129 MB instead of 113, and 186 instead of 171. */
const many = 200_000;

/**
 * Megabytes that the engine's heap may have. 20 and 40 of them do for 200,000 keys: sixty bytes of each key that stayed
 * behind would end an export, a hundred an import.
 */
const heapLimits = { export: 32, import: 60 };

/** What the whole process has besides, the system counts; how soon it takes room back is not the program's to say. */
const growth = 2;

testOnServer("twenty times as many keys are migrated in the memory of ten thousand", async () => {
  const small = await peaksOf(few);
  const large = await peaksOf(many);
  for (const command of ["export", "import"] as const) {
    const [before, after] = [small[command], large[command]];
    console.log(`${command}: ${before} MB for ${few} keys, ${after} MB for ${many} keys`);
    assert.ok(after <= before * growth, `${command} grows from ${before} to ${after} MB`);
  }
});

/** The most megabytes the two commands had, on the way of so many keys from the live table to the others. */
async function peaksOf(keys: number): Promise<{ export: number; import: number }> {
  await using context = await createMigrationContext();
  await fillStore(context, keys);
  const file = context.path("store.ndjson");
  const exporting = await peakOf(context, ["export", "--out", file], heapLimits.export);
  const importing = await peakOf(
    context,
    ["import", "--allow-rejects", "--from", file],
    heapLimits.import,
  );
  const [migrated] = await context.stack.sql(`
    select
      (select count(*)::int from migration_keys where outcome in ('migrated', 'merged')) as keys,
      (select count(*)::int from ticket_sales) as sales
  `);
  assert.deepEqual(migrated, { keys, sales: keys * 0.8 });
  return { export: exporting, import: importing };
}

async function fillStore({ stack }: MigrationContext, keys: number): Promise<void> {
  const insert = (rows: string[]) =>
    stack.sql(
      `insert into kv_store_84730125 (key, value)
       select row ->> 'key', row -> 'value' from jsonb_array_elements($1::text::jsonb) as rows (row)`,
      [`[${rows.join(",")}]`],
    );
  let rows: string[] = [];
  for (const { key, value } of oldStore(keys)) {
    rows.push(`{"key":${JSON.stringify(key)},"value":${value}}`);
    if (rows.length < 5000) continue;
    await insert(rows);
    rows = [];
  }
  await insert(rows);
  await stack.sql("analyze kv_store_84730125");
}

/** The peak of a command's process, as the kernel counts it, in megabytes. It fails when its heap has not enough room. */
async function peakOf(
  { stack, folder }: MigrationContext,
  args: string[],
  heapLimit: number,
): Promise<number> {
  const child = commandOf(args, {
    SUPABASE_URL: stack.url,
    SUPABASE_SECRET_KEY: stack.secretKey,
    MIGRATION_DIR: folder,
    DENO_V8_FLAGS: `--max-old-space-size=${heapLimit}`,
  }).spawn();
  let peak = 0;
  let isRunning = true;
  const ended = child.output().finally(() => isRunning = false);
  while (isRunning) {
    const status = await Deno.readTextFile(`/proc/${child.pid}/status`).catch(() => "");
    peak = Math.max(peak, Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024);
    await delay(50);
  }
  const { code, stderr } = await ended;
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  assert.ok(peak > 0, "the peak was measured");
  return Math.round(peak);
}
