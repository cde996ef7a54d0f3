import assert from "node:assert/strict";
import { delay } from "deno-std/async/delay.js";
import { rollback } from "../../migrate/mod.ts";
import { dumpData } from "../migrate/data-dump.ts";
import {
  commandOf,
  createMigrationContext,
  type MigrationContext,
  realExport,
} from "../migrate/migration-context.ts";
import { HostileValues } from "../legacy/hostile-values.ts";
import { oldStore } from "../support/old-store.ts";
import { testOnServer } from "../support/test-server.ts";
import { oldRecords } from "../transfer/old-records.ts";

const kills = 50;
const seed = 84730125;

/** Milliseconds that a process needs before it does anything that a kill could spoil. */
const startTime = 300;

testOnServer(`an import killed at ${kills} random points ends in the same rows`, async () => {
  await using context = await createMigrationContext();
  const { stack, target, path } = context;
  const file = path("store.ndjson");
  await writeStore(file);
  const begun = performance.now();
  assert.equal(await runImport(context, file), "ended");
  const duration = Math.round(performance.now() - begun);
  assert.ok(duration >= 3000, `${duration} ms is too short to be killed in the middle of it`);
  const expected = await dumpData(stack);

  const random = new HostileValues(seed);
  const killed = { making: 0, sending: 0 };
  let imports = 0;
  while (killed.making + killed.sending < kills) {
    await rollback(target, { batchSize: 1000 });
    imports++;
    // Killed again and again until it happens to end before the kill.
    while (true) {
      const end = await runImport(context, file, startTime + random.below(duration - startTime));
      if (end === "ended") break;
      killed[end]++;
    }
    assert.equal(await dumpData(stack), expected, `import ${imports}, ${JSON.stringify(killed)}`);
  }
  console.log(`${imports} imports, killed while making and while sending records:`, killed);
  assert.ok(Math.min(killed.making, killed.sending) >= kills / 5, "the kills are spread");
});

/** How an import ends that is killed after so many milliseconds, unless it has come to its end by then. */
async function runImport(
  { stack, folder }: MigrationContext,
  file: string,
  milliseconds?: number,
): Promise<"ended" | "making" | "sending"> {
  const child = commandOf(
    ["import", "--from", file, "--include-test-sales", "--allow-rejects", "--batch-size", "10"],
    {
      SUPABASE_URL: stack.url,
      SUPABASE_SECRET_KEY: stack.secretKey,
      MIGRATION_DIR: folder,
    },
  ).spawn();
  const ended = child.output();
  if (milliseconds !== undefined) {
    await Promise.race([ended, delay(milliseconds)]);
    try {
      child.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // It has ended.
    }
  }
  const { code, signal, stderr } = await ended;
  const progress = new TextDecoder().decode(stderr);
  if (signal === "SIGKILL") return progress.includes("Importing") ? "sending" : "making";
  assert.equal(code, 0, progress);
  return "ended";
}

/** The real store, where it lies beside the repository, and made ones: whole records and damaged ones. */
async function writeStore(file: string): Promise<void> {
  const real = await Deno.readTextFile(realExport).catch(() => "");
  const made = [...oldStore(2000)].map(({ key, value }) => `{"key":"${key}","value":${value}}\n`);
  const damaged = oldRecords(seed, 1000).map((row) => `${JSON.stringify(row)}\n`);
  await Deno.writeTextFile(file, [real, ...made, ...damaged].join(""));
}
