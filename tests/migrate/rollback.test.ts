import assert from "node:assert/strict";
import { rollback } from "../../migrate/mod.ts";
import { oldConcert, putRow } from "../kv/old-rows.ts";
import { dumpData } from "./data-dump.ts";
import { createMigrationContext } from "./migration-context.ts";

const artist = "e433af3d-9f48-415c-a161-99d001099610";

Deno.test({
  name: "a rollback by force tells what it did, and what is left adds up",
  // The stack's connections outlive what opens them.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(test) {
    await using context = await createMigrationContext();
    const { stack, migrate, target } = context;
    for (const id of ["tour_1_a", "tour_2_a"]) {
      await putRow(stack, `concert:${id}`, oldConcert(artist, id));
    }
    await putRow(stack, "concert:broken", { title: "" });
    await putRow(stack, `coins:balance:${artist}`, 5000);
    const before = await dumpData(stack);
    assert.equal((await migrate("import")).code, 1);
    const [{ id: concert }] = await stack.sql(
      "select id from concerts where legacy_id = 'tour_1_a'",
    );
    const buy = (amount: number, type: string) =>
      stack.sql("insert into coin_transactions (artist_id, amount, type) values ($1, $2, $3)", [
        artist,
        amount,
        type,
      ]);
    const status = async () => JSON.parse((await migrate("status", "--json")).stdout);
    const unbalanced = async () => (await target.totals()).coins.different;

    await test.step("unforced it says how to go on", async () => {
      await buy(500, "purchase");
      await stack.sql(
        `insert into notifications (user_id, concert_id, notification_type, title)
         values ($1, $2, 'system', 'Новость')`,
        [artist, concert],
      );
      const { code, stdout } = await migrate("rollback");
      assert.equal(code, 1);
      assert.match(stdout, /Nothing was taken back: keep .* by export-kv, then add --force/);
    });

    await test.step("forced it names rows that let go, and keeps what is in use", async () => {
      const { code, stdout } = await migrate("rollback", "--force");
      assert.equal(code, 1);
      assert.match(stdout, /notifications +1 +concert_id is empty now +[0-9a-f-]{36}/);
      assert.match(stdout, /artists .* rows of coin_transactions refer to it/);
      assert.match(stdout, /Not all was taken back: what is left here is in use by rows/);
      assert.deepEqual(await unbalanced(), []);
      const [{ coins_balance }] = await stack.sql("select coins_balance from artists");
      assert.equal(coins_balance, 500);
    });

    await test.step("what is left is known, with why", async () => {
      const { runs, records, rejects, keys } = await status();
      assert.deepEqual([runs.length, rejects], [1, 1]);
      assert.deepEqual(records, { artists: { known: 1, created: 1 } });
      assert.deepEqual(Object.keys(keys), ["rejected"]);
    });

    await test.step("a second one says that force does not help", async () => {
      for (const args of [["rollback"], ["rollback", "--force"]]) {
        const { code, stdout } = await migrate(...args);
        assert.equal(code, 1);
        assert.match(stdout, /in use by rows/, args.join(" "));
        assert.doesNotMatch(stdout, /then add --force/);
      }
    });

    await test.step("an import brings the coins back beside the new ones", async () => {
      await migrate("import");
      assert.deepEqual(await unbalanced(), []);
      const [{ coins_balance }] = await stack.sql("select coins_balance from artists");
      assert.equal(coins_balance, 5500);
    });

    await test.step("coins that were spent stay with what they paid for", async () => {
      await buy(-5200, "spend");
      const { held, complete } = await rollback(target, { force: true, batchSize: 1000 });
      assert.equal(complete, false);
      assert.ok(
        held.some(({ entity, usedBy }) =>
          entity === "coin_transactions" && usedBy === "coin_transactions"
        ),
      );
      assert.deepEqual(await unbalanced(), []);
    });

    await test.step("once nothing is in the way all of it goes", async () => {
      await stack.sql("set session_replication_role = replica");
      await stack.sql("delete from notifications");
      await stack.sql(
        `delete from coin_transactions where id::text not in
           (select id from migration_records where entity = 'coin_transactions')`,
      );
      await stack.sql("set session_replication_role = origin");
      const { code, stdout } = await migrate("rollback", "--force");
      assert.equal(code, 0, stdout);
      assert.equal(await dumpData(stack), before);
    });
  },
});
