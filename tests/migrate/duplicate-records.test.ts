import assert from "node:assert/strict";
import { importSource, openSource } from "../../migrate/mod.ts";
import { oldConcert, putRow } from "../kv/old-rows.ts";
import { createMigrationContext, type MigrationContext } from "./migration-context.ts";

let context: MigrationContext;
Deno.test.beforeAll(async () => {
  context = await createMigrationContext();
});
Deno.test.afterAll(() => context.close());

Deno.test({
  name:
    "a refund that another key tells of, and an old sale implies, is one and nobody's rejection",
  // The stack's connections outlive the test that happens to open them.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const { stack, target, folder, connection } = context;
    const artistId = crypto.randomUUID();
    const concertId = "tour_1795346595110_a1b2";
    await putRow(stack, `concert:${concertId}`, oldConcert(artistId, concertId));
    await putRow(stack, `ticket_sale:${concertId}:sale_1795346595111_a1b2`, {
      id: "sale_1795346595111_a1b2",
      concertId,
      artistId,
      quantity: 2,
      price: 500,
      totalAmount: 1000,
      status: "refunded",
      purchasedAt: "2026-01-01T00:00:00.000Z",
    });
    const runImport = async () =>
      await importSource(await openSource(connection), target, { folder, batchSize: 100 });
    const { results } = await runImport();
    assert.equal(results.ticket_refunds?.created, 1);

    // As `export-kv` leaves it that was interrupted between the refund and its sale.
    const [{ id, sale_id, row }] = await stack.sql(
      "select id, sale_id, to_jsonb(ticket_refunds) as row from ticket_refunds",
    );
    await putRow(stack, `ticket_refund:${sale_id}:${id}`, {
      ...row as object,
      created_at: "2026-01-01T00:00:00.000Z",
      rev: 1,
      legacy: null,
    });
    const again = await runImport();
    assert.deepEqual(again.summary.totals, {
      keys: 3,
      migrated: 3,
      merged: 0,
      left_out: 0,
      rejected: 0,
    });
    assert.equal(again.results.ticket_refunds?.records, 1);
  },
});
