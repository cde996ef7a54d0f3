import assert from "node:assert/strict";
import { delay } from "deno-std/async/delay.js";
import { importSource, MigrationTarget, openSource } from "../../migrate/mod.ts";
import { createMigrationContext } from "./migration-context.ts";
import { campaign, sheet } from "./stored-documents.ts";

const address = "unique:campaign_deliveries_address_key";

Deno.test({
  name:
    "a key of which several records are refused has the reason of the first, whoever answers first",
  async fn() {
    await using context = await createMigrationContext();
    const { target, folder, path } = context;
    const file = path("store.ndjson");
    const rows = [
      campaign(1, null),
      sheet(1, 0, [[1, 1, "one@example.com"], [2, 2, "two@example.com"]]),
      // In batches of two the two messages of the last key are apart.
      sheet(1, 1, [[3, 3, "three@example.com"], [4, 4, "four@example.com"]]),
      sheet(1, 2, [[5, 5, "five@example.com"], [6, 6, "six@example.com"]]),
      sheet(1, 3, [[7, 7, "seven@example.com"]]),
      sheet(1, 4, [[8, 8, "one@example.com"], [9, 2, "nine@example.com"]]),
    ];
    await Deno.writeTextFile(
      file,
      rows.map(({ key, value }) => `{"key":${JSON.stringify(key)},"value":${value}}\n`).join(""),
    );
    const { importRecords } = MigrationTarget.prototype;
    MigrationTarget.prototype.importRecords = async function (...call) {
      const answer = await importRecords.apply(this, call);
      if (answer.rejected.some(({ reason }) => reason === address)) await delay(300);
      return answer;
    };
    try {
      const source = await openSource(file);
      const { summary } = await importSource(source, target, { folder, batchSize: 2 });
      assert.deepEqual(
        summary.counts.filter(({ outcome }) => outcome === "rejected").map(({ reason }) => reason),
        [address],
      );
    } finally {
      MigrationTarget.prototype.importRecords = importRecords;
    }
  },
  sanitizeOps: false,
  sanitizeResources: false,
});
