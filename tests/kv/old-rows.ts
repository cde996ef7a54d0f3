import type { LocalStack } from "../../local/stack.ts";

/** Puts a row into the key-value table as the old code left it: `value` is what jsonb holds. */
export async function putRow(stack: LocalStack, key: string, value: unknown): Promise<void> {
  await stack.sql(
    `insert into public.kv_store_84730125 (key, value) values ($1::text, $2::text::jsonb)`,
    [key, JSON.stringify(value)],
  );
}

/** The values whose keys begin with `prefix`, by key. */
export async function rowsUnder(
  stack: LocalStack,
  prefix: string,
): Promise<Map<string, Record<string, unknown>>> {
  const rows = await stack.sql(
    "select key, value from public.kv_store_84730125 where starts_with(key, $1::text) order by key",
    [prefix],
  );
  return new Map(rows.map(({ key, value }) => [String(key), value as Record<string, unknown>]));
}

/** How many values still have writes to be made elsewhere. */
export async function pendingRows(stack: LocalStack): Promise<number> {
  const rows = await stack.sql(
    "select key from public.kv_store_84730125 where value ? 'pending'",
  );
  return rows.length;
}

/** An approved concert of the old store's second kind. */
export function oldConcert(artistId: string, id: string): Record<string, unknown> {
  return {
    id,
    artist_id: artistId,
    title: "Северный ветер",
    description: "Тур",
    city: "Казань",
    venue_name: "Филармония",
    event_date: "2099-06-01",
    event_time: "19:00",
    event_type: "Тур",
    moderation_status: "approved",
    is_promoted: false,
    is_hidden: false,
    unknown_field: { kept: true },
  };
}
