import { streamSales } from "../support/stream-sales.ts";
import { startTestStack } from "../support/test-stack.ts";

Deno.test({
  name: "50,000 sales as CSV: no more is fetched than is read, in 40 MB of heap",
  // The stack's connections outlive the requests.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const stack = await startTestStack({ storageMode: "sql" });
    try {
      await streamSales(stack, "sql", 50_000);
    } finally {
      await stack.close();
    }
  },
});
