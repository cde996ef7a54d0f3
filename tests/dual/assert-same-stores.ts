import assert from "node:assert/strict";
import type { LocalStack } from "../../local/stack.ts";
import { LiveSource } from "../../migrate/sources/live-source.ts";
import { verify } from "../../migrate/verify/verify.ts";
import { MigrationTarget } from "../../supabase/functions/_shared/database/transfer/migration-target.ts";
import { secretClient } from "./dual-targets.ts";

/** Asserts that both stores of a stack hold the same records, as `npm run migrate -- verify` compares them. */
export async function assertSameStores(stack: LocalStack): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "verify-" });
  try {
    const { differences, entities, balances, orphans, rejects } = await verify(
      new LiveSource({ url: stack.url, secretKey: stack.secretKey }),
      new MigrationTarget(secretClient(stack)),
      { folder, batchSize: 1000 },
    );
    assert.deepEqual(differences, []);
    for (const [entity, { source, target }] of Object.entries(entities)) {
      assert.deepEqual(target, source, entity);
    }
    assert.deepEqual(balances, []);
    assert.deepEqual(orphans, []);
    assert.deepEqual(rejects.lost, []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
