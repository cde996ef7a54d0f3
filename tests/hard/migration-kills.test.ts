import assert from "node:assert/strict";
import { rollback } from "../../migrate/mod.ts";
import { dumpData } from "../migrate/data-dump.ts";
import {
  commandOf,
  createMigrationContext,
  type MigrationContext,
} from "../migrate/migration-context.ts";
import { HostileValues } from "../legacy/hostile-values.ts";
import { oldStore } from "../support/old-store.ts";
import { realExport } from "../support/real-export.ts";
import { testOnServer } from "../support/test-server.ts";
import { oldRecords } from "../transfer/old-records.ts";

const kills = 50;
const seed = 84730125;

/** Milliseconds that a process needs before it does anything that a kill could spoil. */
const startTime = 300;

type Phase = "making" | "sending";

testOnServer(`an import killed at ${kills} random points ends in the same rows`, async () => {
  await using context = await createMigrationContext();
  const { stack, target, path } = context;
  const file = path("store.ndjson");
  await writeStore(file);
  const whole = await runImport(context, file);
  assert.equal(whole.end, "ended");
  const { making, sending } = whole.milliseconds;
  assert.ok(
    Math.min(making - startTime, sending) >= 100,
    `${making} and ${sending} ms are too short to be killed in the middle of them`,
  );
  const expected = await dumpData(stack);

  const random = new HostileValues(seed);
  const killed = { making: 0, sending: 0 };
  let imports = 0;
  while (Math.min(killed.making, killed.sending) < kills / 2) {
    await rollback(target, { batchSize: 1000 });
    imports++;
    // Killed again and again until it happens to end before the kill.
    while (true) {
      const { end } = await runImport(
        context,
        file,
        killed.making < kills / 2 && random.below(2) === 0
          ? { phase: "making", after: startTime + random.below(making - startTime) }
          : { phase: "sending", after: random.below(sending) },
      );
      if (end === "ended") break;
      killed[end]++;
    }
    assert.equal(await dumpData(stack), expected, `import ${imports}, ${JSON.stringify(killed)}`);
    assert.ok(imports < 4 * kills, "hardly any kill meets the phase it is meant for");
  }
  console.log(`${imports} imports, killed while making and while sending records:`, killed);
});

/**
 * How an import ends, and how long its phases took; killed so many milliseconds after the beginning of a phase, unless
 * it has come to its end by then. A kill meant for the making of records, which a second run may find done, can hit the
 * sending: `end` says where it did.
 */
async function runImport(
  { stack, folder }: MigrationContext,
  file: string,
  kill?: { phase: Phase; after: number },
): Promise<{ end: Phase | "ended"; milliseconds: Record<Phase, number> }> {
  const begun = performance.now();
  const child = commandOf(
    ["import", "--from", file, "--include-test-sales", "--allow-rejects", "--batch-size", "10"],
    {
      SUPABASE_URL: stack.url,
      SUPABASE_SECRET_KEY: stack.secretKey,
      MIGRATION_DIR: folder,
    },
  ).spawn();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const killIn = (phase: Phase) => {
    if (kill?.phase !== phase) return;
    timer = setTimeout(() => {
      try {
        child.kill("SIGKILL");
      } catch (error) {
        if (!(error instanceof TypeError)) throw error; // It has ended.
      }
    }, kill.after);
  };
  killIn("making");
  const stdout = new Response(child.stdout).text();
  let sendingSince: number | undefined;
  let progress = "";
  for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
    progress += text;
    if (sendingSince === undefined && progress.includes("Importing")) {
      sendingSince = performance.now();
      killIn("sending");
    }
  }
  const ended = performance.now();
  clearTimeout(timer);
  const { code, signal } = await child.status;
  const summary = await stdout;
  if (signal !== "SIGKILL") assert.equal(code, 0, progress + summary);
  return {
    end: signal !== "SIGKILL" ? "ended" : sendingSince === undefined ? "making" : "sending",
    milliseconds: {
      making: Math.round((sendingSince ?? ended) - begun),
      sending: sendingSince === undefined ? 0 : Math.round(ended - sendingSince),
    },
  };
}

/** The real store, where it lies beside the repository, and made ones: whole records and damaged ones. */
async function writeStore(file: string): Promise<void> {
  const real = await Deno.readTextFile(realExport).catch(() => "");
  const made = [...oldStore(2000)].map(({ key, value }) => `{"key":"${key}","value":${value}}\n`);
  const damaged = oldRecords(seed, 1000).map((row) => `${JSON.stringify(row)}\n`);
  await Deno.writeTextFile(file, [real, ...made, ...damaged].join(""));
}
