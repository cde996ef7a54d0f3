import { startTestStack } from "../support/test-stack.ts";
import { assertSameStores } from "./assert-same-stores.ts";

// Whoever tries the migration on what `npm start` shows is to be told that nothing differs.
Deno.test({
  name: "the demo is the same in both stores",
  // The stack's connections are closed with it.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const stack = await startTestStack({ seed: true });
    try {
      await assertSameStores(stack);
    } finally {
      await stack.close();
    }
  },
});
