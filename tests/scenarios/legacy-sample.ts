import { concerts } from "../../supabase/functions/concerts/concerts.ts";
import type { ApiClient } from "./api-client.ts";
import type { ScenarioContext } from "./scenario-context.ts";

const sample = new URL("../fixtures/legacy-sample.ndjson", import.meta.url);

/** People of the sample. */
export const anna = "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed";
export const boris = "6fa459ea-ee8a-4ca4-894e-db77e160355e";
/** Owner of coins and of a profile that cannot be read. */
export const withoutProfile = "16fd2706-8baf-433b-82eb-8c7fada847da";

/** The store with nothing in it but the sample, and a new instance that has seen nothing of it. */
export async function loadSample(context: ScenarioContext): Promise<ApiClient> {
  const lines = (await Deno.readTextFile(sample)).trim().split("\n");
  await context.stack.sql("delete from public.kv_store_84730125");
  await context.stack.sql(
    `insert into public.kv_store_84730125 (key, value)
     select row ->> 'key', row -> 'value' from jsonb_array_elements($1::text::jsonb) as rows (row)`,
    [`[${lines.join(",")}]`],
  );
  return context.instanceOf(concerts);
}

/** All rows by key. */
export async function storedRows({ stack }: ScenarioContext): Promise<Map<string, unknown>> {
  const rows = await stack.sql(
    "select key, value::text from public.kv_store_84730125 order by key",
  );
  return new Map(rows.map(({ key, value }) => [String(key), JSON.parse(String(value))]));
}

export function changedKeys(before: Map<string, unknown>, after: Map<string, unknown>): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter((key) =>
    JSON.stringify(before.get(key)) !== JSON.stringify(after.get(key))
  );
}

/** Concerts of one day are ordered by id. */
