import assert from "node:assert/strict";
import { storageModes } from "../../supabase/functions/_shared/database/types.ts";
import { prefixes } from "../../supabase/functions/_shared/database/legacy/keys.ts";

// The runbook names every repair, rule and reason there is, in both languages.

const database = new URL("../../supabase/functions/_shared/database/", import.meta.url);
const folders = ["kv", "legacy", "transfer"];

/** The code as one text. */
async function sources(): Promise<string> {
  const texts: string[] = [];
  for (const folder of folders) {
    for await (const { name } of Deno.readDir(new URL(`${folder}/`, database))) {
      texts.push(await Deno.readTextFile(new URL(`${folder}/${name}`, database)));
    }
  }
  return texts.join("\n");
}

/** The names in the types that end like this, and in what these patterns find. */
function namesIn(code: string, typeEnding: string, ...patterns: RegExp[]): Set<string> {
  const types = [...code.matchAll(new RegExp(`type \\w*${typeEnding} =([^;]*);`, "g"))]
    .flatMap(([, union]) => [...union.matchAll(/"([a-z_]+)"/g)]);
  const others = patterns.flatMap((pattern) => [...code.matchAll(pattern)]);
  return new Set([...types, ...others].map(([, name]) => name));
}

for (const file of ["migration.md", "migration.ru.md"]) {
  Deno.test(`docs/${file} names every repair, rule, reason, key and mode`, async () => {
    const text = await Deno.readTextFile(new URL(`../../docs/${file}`, import.meta.url));
    const code = await sources();
    const repairs = namesIn(
      code,
      "Repair",
      /repairs\.(?:push|add)\("([a-z_]+)"\)/g,
      /repairs, "([a-z_]+)"\]/g,
    );
    const rules = namesIn(code, "Rule");
    const reasons = namesIn(code, "Reason", /rejected\("([a-z_]+)"\)/g, /type NoObject = "(\w+)"/g);
    assert.ok(repairs.size > 50 && rules.size >= 7 && reasons.size > 15, "the code says them");
    const missing = [...repairs, ...rules, ...reasons, ...Object.values(prefixes), ...storageModes]
      .filter((name) => !text.includes(`\`${name}`));
    assert.deepEqual(missing, []);
  });
}
