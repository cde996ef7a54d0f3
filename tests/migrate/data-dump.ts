import type { LocalStack } from "../../local/stack.ts";

/** Runs differ in times and ids, and so does what refers to them. */
const runs = "public.migration_runs";
const ofRuns = "- 'run_id' - 'first_seen'";

/** All rows of all tables but the key-value table's, as text: equal when nothing of the data differs. */
export async function dumpData(stack: LocalStack): Promise<string> {
  const tables = await stack.sql(`
    select format('%I.%I', schemaname, tablename) as name from pg_tables
    where schemaname in ('public', 'private') and tablename <> 'kv_store_84730125'
    order by 1
  `);
  const parts: string[] = [];
  for (const { name } of tables) {
    if (name === runs) continue;
    const rows = await stack.sql(`select (to_jsonb(t) ${ofRuns})::text as row from ${name} as t`);
    parts.push([name, ...rows.map(({ row }) => String(row)).sort()].join("\n"));
  }
  return parts.join("\n\n");
}
