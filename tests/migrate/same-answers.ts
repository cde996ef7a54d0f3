import assert from "node:assert/strict";
import { importSource, openSource } from "../../migrate/mod.ts";
import { realExport } from "../support/real-export.ts";
import { createMigrationContext } from "./migration-context.ts";
import { type Half, type OldRow, recordAnswers } from "./recorded-answers.ts";

const exists = await Deno.stat(realExport).then(() => true, () => false);

/**
 * Asks the functions one half of the questions before an import and after it. Of the 2,485 sample sales, which are no
 * sales to either mode, some stand for all: kv mode reads them again and again.
 */
export function testSameAnswers(half: Half): void {
  const name = `${half}: sql mode answers after the import what kv mode answered before`;
  Deno.test({
    name: `${name}${exists ? "" : " (skipped: the export is not here)"}`,
    ignore: !exists,
    // The stack's connections are shared by the steps and closed with it.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: (test) => compare(half, test),
  });
}

async function compare(half: Half, test: Deno.TestContext): Promise<void> {
  const rows = await readRows();
  const kvFile = await Deno.makeTempFile({ suffix: ".ndjson" });
  await Deno.writeTextFile(kvFile, rows.map((row) => JSON.stringify(row)).join("\n"));
  await using context = await createMigrationContext(kvFile);
  await Deno.remove(kvFile);
  const { stack, target, connection, folder } = context;
  const before = await recordAnswers(stack, "kv", rows, half);
  await importSource(await openSource(connection), target, { folder, batchSize: 1000 });
  const after = await recordAnswers(stack, "sql", rows, half);
  assert.deepEqual([...after.keys()], [...before.keys()], "the same questions");
  for (const [topic, answers] of before) {
    await test.step(`${topic}: ${answers.size} answers`, () => {
      for (const [question, answer] of answers) {
        assert.deepEqual(after.get(topic)?.get(question), answer, question);
      }
    });
  }
}

async function readRows(): Promise<OldRow[]> {
  const rows = (await Deno.readTextFile(realExport)).trim().split("\n")
    .map((line): OldRow => JSON.parse(line));
  let samples = 0;
  return rows.filter(({ key, value }) => {
    const isSample = key.startsWith("ticket_sale:") &&
      JSON.stringify(value).includes('"metadata":{"test":true}');
    return !isSample || samples++ % 50 === 0;
  });
}
