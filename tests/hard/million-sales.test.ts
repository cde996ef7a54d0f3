import { streamSales } from "../support/stream-sales.ts";
import { startTestStack } from "../support/test-stack.ts";

Deno.test({
  name: "a million sales as CSV, in 40 MB of heap",
  // The stack's connections outlive the requests.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const stack = await startTestStack({ storageMode: "sql" });
    try {
      await streamSales(stack, 1_000_000);
    } finally {
      await stack.close();
    }
  },
});
