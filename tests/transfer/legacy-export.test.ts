import assert from "node:assert/strict";
import type { Row } from "../../supabase/functions/_shared/database/kv/kv-table.ts";
import { prefixOf } from "../../supabase/functions/_shared/database/transfer/families.ts";
import { realExport } from "../support/real-export.ts";
import { checkRow } from "./row-constraints.ts";
import { returnAll, transferAll, type WholeTransfer } from "./transfer-all.ts";

// The real export of the old store, where it lies beside the repository: no key of it is lost.

const exists = await Deno.stat(realExport).then(() => true, () => false);

Deno.test({
  name: `the whole export has outcomes that add up${exists ? "" : " (skipped: it is not here)"}`,
  ignore: !exists,
  async fn(test) {
    const rows = (await Deno.readTextFile(realExport)).trim().split("\n")
      .map((line): Row => JSON.parse(line));
    const whole = await transferAll(rows);

    await test.step("by family and outcome", () => {
      assert.deepEqual(outcomesOf(whole), {
        "campaign:": { migrated: 36 },
        "coins:balance:": { merged: 36 },
        "coins:tx:": { migrated: 69 },
        "concert:": { migrated: 168, "rejected impossible_date": 1, "rejected missing_title": 2 },
        "marketing_campaign:": { "left_out marketing_campaign": 37 },
        "notification:": { migrated: 282 },
        "notification_settings:": { migrated: 32 },
        "profile:": { migrated: 36 },
        "ticket_provider:": { migrated: 66 },
        "ticket_sale:": {
          "left_out test_sale": 2485,
          migrated: 256,
          "rejected impossible_quantity": 1,
          "rejected unknown_concert": 2,
        },
        "user_campaigns:": { "left_out marketing_campaign": 25 },
        "user_notifications:": { "left_out lossy_index": 23 },
      });
    });

    await test.step("every key once", () => {
      const counts = Object.values(outcomesOf(whole)).flatMap((reasons) => Object.values(reasons));
      assert.equal(counts.reduce((sum, count) => sum + count, 0), 3557);
      assert.equal(rows.length, 3557);
    });

    await test.step("test sales are taken along where that is wanted", async () => {
      const { records } = await transferAll(rows, { includeTestSales: true });
      const sales = records.filter(({ entity }) => entity === "ticket_sales").length;
      assert.ok(sales > 2600, `only ${sales}`);
    });

    await test.step("every record fits the tables", () => {
      assert.ok(whole.records.length > 900);
      for (const record of whole.records) checkRow(record);
    });

    await test.step("money to the kopeck, as the old values say it", () => {
      const migrated = new Set(
        [...whole.outcomes].filter(([, { outcome }]) => outcome === "migrated").map(([key]) => key),
      );
      const stated = rows.filter(({ key }) => key.startsWith("ticket_sale:") && migrated.has(key))
        .map(({ value }) =>
          Math.round(Number(Reflect.get(Object(value), "totalAmount") ?? 0) * 100)
        )
        .reduce((sum, kopecks) => sum + kopecks, 0);
      const total = whole.records.filter(({ entity }) => entity === "ticket_sales")
        .reduce((sum, { row }) => sum + Math.round(Number(row.total_amount) * 100), 0);
      assert.ok(stated > 0);
      assert.equal(total, stated);
    });

    await test.step("the way back and forth again gives the same rows", async () => {
      const again = await transferAll(await returnAll(whole.records));
      assert.deepEqual(contentOf(again), contentOf(whole));
    });
  },
});

function outcomesOf({ outcomes }: WholeTransfer): Record<string, Record<string, number>> {
  const counts: Record<string, Record<string, number>> = {};
  for (const [key, outcome] of outcomes) {
    const detail = "reason" in outcome
      ? ` ${outcome.reason}`
      : "rule" in outcome
      ? ` ${outcome.rule}`
      : "";
    const ofFamily = counts[prefixOf(key)] ??= {};
    const name = outcome.outcome + detail;
    ofFamily[name] = (ofFamily[name] ?? 0) + 1;
  }
  return counts;
}

function contentOf({ records }: WholeTransfer) {
  return records.map(({ entity, id, row }) => ({ entity, id, row }));
}
