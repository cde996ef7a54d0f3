import assert from "node:assert/strict";
import { stripAnsiCode } from "deno-std/fmt/colors.js";
import { barOn, linesOn } from "../../migrate/terminal/progress.ts";
import { printable, table } from "../../migrate/terminal/table.ts";
import { oldConcert, putRow } from "../kv/old-rows.ts";
import { commandOf, createMigrationContext } from "./migration-context.ts";

Deno.test({
  name: "Ctrl-C finishes the batch and says how to go on; the same command does",
  // The stack's connections outlive what opens them.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using context = await createMigrationContext();
    const { stack, folder, migrate } = context;
    for (let number = 100; number < 400; number++) {
      const id = `tour_1795346595${number}_a1b2`;
      await putRow(stack, `concert:${id}`, oldConcert(crypto.randomUUID(), id));
    }
    const stopped = commandOf(["import", "--batch-size", "1"], {
      SUPABASE_URL: stack.url,
      SUPABASE_SECRET_KEY: stack.secretKey,
      MIGRATION_DIR: folder,
    }).spawn();
    const reader = stopped.stderr.pipeThrough(new TextDecoderStream()).getReader();
    let lines = "";
    // From here on batches are on their way.
    while (!lines.includes("Making records: 300, done")) lines += (await reader.read()).value;
    stopped.kill("SIGINT");
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      lines += part.value;
    }
    await stopped.stdout.cancel();
    assert.equal((await stopped.status).code, 130, lines);
    assert.match(lines, /Finishing the batch at hand/);
    assert.match(lines, /Stopped after a whole batch: run the same command to go on from there/);
    const status = await migrate("status");
    assert.match(
      status.stdout,
      /Unfinished: from .* of 600 records; the same import command goes on/,
    );

    const again = await migrate("import", "--batch-size", "100");
    assert.equal(again.code, 0, again.stderr);
    assert.match(again.stdout, /Went on with an import that had been interrupted/);
    assert.match(again.stdout, /together +300/);
    assert.equal((await migrate("verify")).code, 0);
  },
});

Deno.test("help tells of every command, and is no failure", async () => {
  const { code, stdout } = await commandOf(["--help"], {}).output();
  assert.equal(code, 0);
  const text = new TextDecoder().decode(stdout);
  for (
    const command of [
      "export",
      "plan",
      "import",
      "verify",
      "status",
      "report",
      "export-kv",
      "rollback",
    ]
  ) {
    assert.match(text, new RegExp(`^  ${command} `, "m"));
  }
});

Deno.test("a bar is written over itself and ends as a line; elsewhere there are lines alone", () => {
  let written = "";
  const bar = barOn((text) => written += text);
  bar.begin("Importing concerts", 4);
  bar.advance(2);
  bar.end();
  assert.match(written, /\r.*0 %.*Importing concerts/);
  assert.match(written, /Importing concerts.*2 of 4.*\n$/);
  assert.equal(written.split("\n").length, 2);

  const lines: string[] = [];
  const plain = linesOn((text) => lines.push(text));
  plain.begin("Importing concerts", 1234);
  plain.advance(1234);
  plain.end();
  assert.deepEqual(lines, ["Importing concerts: 1,234, done\n"]);
});

Deno.test("a bar fits into its terminal, whatever there is to say", () => {
  for (const columns of [40, 80, 200]) {
    let written = "";
    const bar = barOn((text) => written += text, () => columns);
    bar.begin("Reading it again, for what has changed meanwhile", 1_234_567);
    bar.begin("Reading the source, of which nobody knows how long it is", null);
    for (const line of stripAnsiCode(written).split("\r").slice(1)) {
      assert.ok(line.length < columns, `${line.length} in ${columns}: ${line}`);
      assert.match(line, /Reading/);
    }
  }
});

Deno.test("what keys hold does nothing to a terminal", () => {
  const shown = printable("concert:\x1b]0;title\x07\x1b[2J\r\n\x9b31m\u202etxt");
  assert.equal(
    shown,
    "concert:\\u001b]0;title\\u0007\\u001b[2J\\u000d\\u000a\\u009b31m\\u202etxt",
  );
  assert.ok(printable("a".repeat(5000)).length < 200);
  assert.equal(table([["key"], ["a\nb"]]).split("\n").length, 2);
});

Deno.test("tables align numbers to the right", () => {
  assert.equal(
    table([["table", "rows"], ["concerts", 1234], ["sales", 5]]),
    "  table      rows\n  concerts  1,234\n  sales         5",
  );
});
