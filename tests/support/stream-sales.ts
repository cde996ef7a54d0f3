import assert from "node:assert/strict";
import type { LocalStack } from "../../local/stack.ts";
import { tickets } from "../../supabase/functions/tickets/tickets.ts";
import { signIn } from "./caller-tokens.ts";
import { appOn } from "./test-stack.ts";

/**
 * Megabytes of heap for the function: in sql mode a portion fits in many times over, in kv mode twice as many sales as
 * are sorted at a time; all of them fit in neither.
 */
export const heapLimits = { kv: 60, sql: 40 };

/** Fills a concert with `count` sales and downloads them all as CSV, in a process with little memory. */
export async function streamSales(
  stack: LocalStack,
  mode: "kv" | "sql",
  count: number,
): Promise<void> {
  const { id, token } = await signIn(stack);
  await (mode === "kv" ? fillStore(stack, id, count) : fillTables(stack, id, count));
  const app = appOn(stack, tickets, mode);
  const open = async () => {
    stack.backendRequests.length = 0;
    const response = await app.request("/tickets/sales.csv", {
      headers: { authorization: `Bearer ${token}` },
    });
    assert.equal(response.status, 200);
    return response.body!.getReader();
  };

  // In kv mode the latest are known when all were read.
  if (mode === "sql") await assertLazy(stack, open);
  const reader = await open();
  const { value } = await reader.read();
  assert.deepEqual([...value!.slice(0, 3)], [0xef, 0xbb, 0xbf], "the byte order mark");
  await reader.cancel();

  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...[
        "run",
        "--allow-all",
        "--no-check",
        `--v8-flags=--max-old-space-size=${heapLimits[mode]}`,
      ],
      new URL("read-sales-csv.ts", import.meta.url).pathname,
      token,
    ],
    env: { ...stack.environment, STORAGE_MODE: mode },
  });
  const { code, stdout, stderr } = await child.output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  const lines = Number(new TextDecoder().decode(stdout));
  assert.equal(lines, 1 + count, "the column names and one line a sale");
}

async function assertLazy(
  stack: LocalStack,
  open: () => Promise<ReadableStreamDefaultReader<Uint8Array>>,
): Promise<void> {
  const abandoned = await open();
  await abandoned.read();
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.ok(stack.backendRequests.length <= 3, "no more is fetched than is read");
  await abandoned.cancel();
  await new Promise((resolve) => setTimeout(resolve, 100));
  const fetched = stack.backendRequests.length;
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal(stack.backendRequests.length, fetched, "an abandoned download ends");
}

async function fillTables(stack: LocalStack, id: string, count: number): Promise<void> {
  await stack.sql("insert into public.artists (id, claimed_at) values ($1::uuid, now())", [id]);
  await stack.sql(
    "insert into public.concerts (id, artist_id, title) values ($1::uuid, $1::uuid, 'Стадион')",
    [id],
  );
  await stack.sql(
    `insert into public.ticket_sales
       (concert_id, artist_id, quantity, unit_price, total_amount, net_amount, status, buyer_email, buyer_name,
        purchased_at)
     select $1::uuid, $1::uuid, 1, n, n, n, 'confirmed', 'fan' || n || '@example.com', '=Покупатель № ' || n,
       timestamptz '2026-01-01' + n * interval '1 second'
     from generate_series(1, $2::int) as n`,
    [id, count],
  );
  await stack.sql("analyze public.ticket_sales");
}

/** As the old product wrote them. */
async function fillStore(stack: LocalStack, id: string, count: number): Promise<void> {
  await stack.sql(
    `insert into public.kv_store_84730125 (key, value)
     select 'concert:' || $1::text || ':stadium', jsonb_build_object(
       'id', 'stadium', 'userId', $1::text, 'title', 'Стадион', 'venue', 'Арена', 'city', 'Казань', 'date', '2027-05-01',
       'createdAt', '2026-01-01T00:00:00.000Z'
     )
     union all
     select 'ticket_sale:stadium:sale_' || md5(n::text), jsonb_build_object(
       'id', 'sale_' || md5(n::text), 'concertId', 'stadium', 'artistId', $1::text, 'provider', 'manual',
       'quantity', 1, 'price', n, 'totalAmount', n, 'commission', 0, 'netAmount', n, 'status', 'confirmed',
       'buyerEmail', 'fan' || n || '@example.com', 'metadata', '{}'::jsonb,
       'purchasedAt', to_char(timestamp '2026-01-01' + n * interval '1 second', 'YYYY-MM-DD"T"HH24:MI:SS".000Z"')
     )
     from generate_series(1, $2::int) as n`,
    [id, count],
  );
  await stack.sql("analyze public.kv_store_84730125");
}
