import assert from "node:assert/strict";
import { pgtap } from "@electric-sql/pglite-pgtap";
import { startTestStack } from "../support/test-stack.ts";

const folder = new URL("../../supabase/tests/", import.meta.url);

// The files that `supabase test db` runs, on the local stack's database. Each is a transaction that is rolled back.
Deno.test("pgTAP", async (context) => {
  const stack = await startTestStack({ extensions: { pgtap } });
  try {
    await stack.sql("create extension if not exists pgtap with schema extensions");
    const files = [...Deno.readDirSync(folder)].map(({ name }) => name)
      .filter((name) => name.endsWith(".test.sql")).sort();
    for (const name of files) {
      await context.step(name, async (file) => {
        const lines = tapLines(await stack.results(await Deno.readTextFile(new URL(name, folder))));
        const plan = lines.find((line) => /^1\.\.\d+$/.test(line));
        const outcomes = lines.filter((line) => /^(not )?ok \d+/.test(line));
        for (const outcome of outcomes) {
          const [, verdict, title] = /^(ok|not ok) \d+ ?-? ?(.*)/.exec(outcome) ?? [];
          await file.step(title, () => assert.equal(verdict, "ok", diagnosticsOf(outcome, lines)));
        }
        assert.equal(plan, `1..${outcomes.length}`, "as many assertions ran as were planned");
      });
    }
  } finally {
    await stack.close();
  }
});

/** pgTAP's functions answer TAP as text, a value of one column, sometimes several lines in one. */
function tapLines(results: Record<string, unknown>[][]): string[] {
  return results.flat().flatMap((row) => Object.values(row))
    .filter((value): value is string => typeof value === "string")
    .flatMap((text) => text.split("\n"));
}

/** The comment lines below a failed assertion: what was had and what was wanted. */
function diagnosticsOf(outcome: string, lines: string[]): string {
  const below = lines.slice(lines.indexOf(outcome) + 1);
  const end = below.findIndex((line) => !line.startsWith("#"));
  return [outcome, ...below.slice(0, end === -1 ? below.length : end)].join("\n");
}
