import assert from "node:assert/strict";
import { importSource, openSource, verify } from "../../migrate/mod.ts";
import type { UserCaller } from "../../supabase/functions/_shared/auth/caller.ts";
import { createKvBackend } from "../../supabase/functions/_shared/database/kv/create-kv-backend.ts";
import { breakingDataApi } from "../kv/breaking-data-api.ts";
import { oldConcert, pendingRows, putRow, rowsUnder } from "../kv/old-rows.ts";
import { createMigrationContext, type MigrationContext } from "./migration-context.ts";

// A function can die between a decision and what it decided for other keys: whoever looks next completes it. So does a
// migration, in its workspace; the key-value table is only read.

let context: MigrationContext;
Deno.test.beforeAll(async () => {
  context = await createMigrationContext();
});
Deno.test.afterAll(() => context.close());

Deno.test({
  name: "what an interrupted promotion still had to write is migrated as if it had been written",
  // The stack's connections outlive the test that happens to open them.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const { stack, target, folder, connection } = context;
    const caller: UserCaller = {
      kind: "user",
      id: crypto.randomUUID(),
      email: null,
      isModerator: false,
      token: "",
    };
    const concertId = "tour_1795346595110_a1b2";
    await putRow(stack, `concert:${concertId}`, oldConcert(caller.id, concertId));
    await putRow(stack, `coins:balance:${caller.id}`, "150");
    const accounts = {
      verifiedEmail: () => Promise.resolve(null),
      hasNoAccount: () => Promise.resolve(true),
    };
    const { client } = breakingDataApi(stack, { breakAt: 1, point: "after" });
    const { concerts } = createKvBackend(client, accounts).open(caller);
    await assert.rejects(concerts.promote(concertId, 7, null));
    assert.equal(await pendingRows(stack), 1);
    const before = await rowsUnder(stack, "");

    const source = await openSource(connection);
    const { summary } = await importSource(source, target, { folder, batchSize: 100 });
    assert.equal(summary.totals.rejected, 0);
    assert.equal(
      summary.totals.keys,
      before.size + 1,
      "the movement of coins had no key of its own yet",
    );
    const [artist] = await stack.sql("select coins_balance from artists where id = $1", [
      caller.id,
    ]);
    assert.equal(artist.coins_balance, 50);
    const movements = await stack.sql(
      "select amount from coin_transactions where artist_id = $1 order by amount",
      [caller.id],
    );
    assert.deepEqual(movements.map(({ amount }) => amount), [-100, 150]);
    const [concert] = await stack.sql("select is_promoted from concerts");
    assert.equal(concert.is_promoted, true);
    assert.ok((await verify(source, target, { folder, batchSize: 100 })).identical);
    assert.deepEqual(await rowsUnder(stack, ""), before);
  },
});
