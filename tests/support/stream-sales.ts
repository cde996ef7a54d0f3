import assert from "node:assert/strict";
import type { LocalStack } from "../../local/stack.ts";
import { tickets } from "../../supabase/functions/tickets/tickets.ts";
import { signIn } from "./caller-tokens.ts";
import { appOn } from "./test-stack.ts";

/** Megabytes of heap for the function: a thousand rows fit in many times over, fifty thousand do not. */
const heapLimit = 40;

/** Fills a concert with `count` sales and downloads them all as CSV, in a process with little memory. */
export async function streamSales(stack: LocalStack, count: number): Promise<void> {
  const { id, token } = await signIn(stack);
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
  const app = appOn(stack, tickets, "sql");
  const open = async () => {
    stack.backendRequests.length = 0;
    const response = await app.request("/tickets/sales.csv", {
      headers: { authorization: `Bearer ${token}` },
    });
    assert.equal(response.status, 200);
    return response.body!.getReader();
  };

  const abandoned = await open();
  await abandoned.read();
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.ok(stack.backendRequests.length <= 3, "no more is fetched than is read");
  await abandoned.cancel();
  await new Promise((resolve) => setTimeout(resolve, 100));
  const fetched = stack.backendRequests.length;
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal(stack.backendRequests.length, fetched, "an abandoned download ends");

  const reader = await open();
  const { value } = await reader.read();
  assert.deepEqual([...value!.slice(0, 3)], [0xef, 0xbb, 0xbf], "the byte order mark");
  await reader.cancel();

  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--allow-all", "--no-check", `--v8-flags=--max-old-space-size=${heapLimit}`],
      new URL("read-sales-csv.ts", import.meta.url).pathname,
      token,
    ],
    env: { ...stack.environment, STORAGE_MODE: "sql" },
  });
  const { code, stdout, stderr } = await child.output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  const lines = Number(new TextDecoder().decode(stdout));
  assert.equal(lines, 1 + count, "the column names and one line a sale");
}
