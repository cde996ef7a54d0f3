import { heapLimits, streamSales } from "../support/stream-sales.ts";
import { startTestStack } from "../support/test-stack.ts";

// The key-value table is read whole for every twenty thousand sales: a million take no more memory, but too long here.
for (const [mode, count] of [["sql", 1_000_000], ["kv", 100_000]] as const) {
  Deno.test({
    name: `${mode}: ${count.toLocaleString("en")} sales as CSV, in ${heapLimits[mode]} MB of heap`,
    // The stack's connections outlive the requests.
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const stack = await startTestStack({ storageMode: mode });
      try {
        await streamSales(stack, mode, count);
      } finally {
        await stack.close();
      }
    },
  });
}
