import assert from "node:assert/strict";
import type { OutcomeSummary } from "../../migrate/mod.ts";
import { realExport } from "../support/real-export.ts";
import { dumpData } from "./data-dump.ts";
import { createMigrationContext, type MigrationContext } from "./migration-context.ts";

// The real export of the old store through the command line, as an operator migrates it.

const exists = await Deno.stat(realExport).then(() => true, () => false);
const keys = 3557;

Deno.test({
  name: `the real export migrates${exists ? "" : " (skipped: the export is not here)"}`,
  ignore: !exists,
  // The stack's connections are shared by the steps and closed with it.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(test) {
    await using context = await createMigrationContext(realExport);
    const { stack, migrate } = context;
    const before = await dumpData(stack);
    const storeBefore = await dumpStore(context);

    await test.step("plan tells of rejects and writes nothing", async () => {
      const plan = await migrate("plan");
      assert.equal(plan.code, 1, plan.stderr);
      assert.match(plan.stdout, /impossible_date/);
      assert.match(plan.stdout, /Nothing was written/);
      assert.equal((await migrate("plan", "--allow-rejects")).code, 0);
      assert.equal(await dumpData(stack), before);
    });

    await test.step("verify before the import finds everything missing", async () => {
      const { code, stdout } = await migrate("verify", "--json");
      assert.equal(code, 1);
      const { entities } = JSON.parse(stdout);
      assert.equal(entities.concerts.missing, entities.concerts.source.count);
      assert.ok(entities.concerts.missing > 150);
    });

    await test.step("import gives every key one outcome", async () => {
      const { code, stdout, stderr } = await migrate("import");
      assert.equal(code, 1, stderr);
      assert.match(stdout, /together +3,557/);
      const [counted] = await stack.sql("select count(*)::int as count from migration_keys");
      assert.equal(counted.count, keys);
    });

    await test.step("rejected keys are kept whole", async () => {
      const [{ whole, rejected }] = await stack.sql(`
        select count(*) filter (where kept.value::jsonb = source.value)::int as whole,
          (select count(*)::int from migration_keys where outcome = 'rejected') as rejected
        from migration_rejects as kept
        join kv_store_84730125 as source using (key)
      `);
      assert.ok(Number(rejected) > 0);
      assert.equal(whole, rejected);
    });

    await test.step("verify finds the same on both sides", async () => {
      const { code, stdout } = await migrate("verify", "--json");
      const result = JSON.parse(stdout);
      assert.equal(code, 0, stdout);
      assert.equal(result.identical, true);
      assertAddsUp(result.summary);
    });

    const imported = await dumpData(stack);
    await test.step("a second import changes nothing", async () => {
      const { code, stdout } = await migrate("import", "--allow-rejects");
      assert.equal(code, 0);
      assert.match(stdout, /artists +36 +0 +0 +36 +0 +0/);
      assert.equal(await dumpData(stack), imported);
    });

    await test.step("a change in the tables is found", async () => {
      await stack.sql("update artists set city = 'Тула' where legacy_id is null");
      const changed = await migrate("verify", "--json");
      assert.equal(changed.code, 1);
      const { differences, entities } = JSON.parse(changed.stdout);
      assert.ok(differences.length > 10);
      assert.equal(differences.length, entities.artists.different);
      for (const { kind, fields } of differences) {
        assert.equal(kind, "different");
        assert.deepEqual(fields, ["city", "updated_at"]);
      }
    });

    await test.step("rollback stops at what was changed since, unless forced", async () => {
      const changed = await dumpData(stack);
      const refused = await migrate("rollback");
      assert.equal(refused.code, 1);
      assert.match(refused.stdout, /changed since the import/);
      assert.equal(await dumpData(stack), changed);
      const { code, stdout } = await migrate("rollback", "--force");
      assert.equal(code, 0, stdout);
      assert.equal(await dumpData(stack), before);
    });

    await test.step("import and rollback leave nothing", async () => {
      assert.equal((await migrate("import", "--batch-size", "37")).code, 1);
      assert.equal(await dumpData(stack), imported, "the size of the batches makes no difference");
      const report = await migrate("report", "--html", context.path("report.html"));
      assert.equal(report.code, 0, report.stderr);
      const page = await Deno.readTextFile(context.path("report.html"));
      assert.match(page, /Identical/);
      assert.match(page, /673496\.34 ₽/);
      const status = await migrate("status");
      assert.match(status.stdout, /ticket_sales +256 +256/);
      assert.equal((await migrate("rollback")).code, 0);
      assert.equal(await dumpData(stack), before);
    });

    assert.equal(await dumpStore(context), storeBefore, "the key-value table is as it was");
    assert.deepEqual(
      await Array.fromAsync(Deno.readDir(context.folder)),
      [],
      "no workspace is left",
    );
  },
});

function assertAddsUp({ totals, counts }: OutcomeSummary): void {
  assert.equal(totals.keys, keys);
  assert.equal(totals.migrated + totals.merged + totals.left_out + totals.rejected, keys);
  const leftOut = (wanted: string) =>
    counts.filter(({ reason }) => reason === wanted).reduce((sum, { count }) => sum + count, 0);
  assert.equal(leftOut("test_sale"), 2485);
  assert.equal(leftOut("marketing_campaign"), 37 + 25);
  assert.equal(leftOut("lossy_index"), 23);
}

async function dumpStore({ stack }: MigrationContext): Promise<string> {
  const rows = await stack.sql("select key, value::text from kv_store_84730125 order by key");
  return JSON.stringify(rows);
}
