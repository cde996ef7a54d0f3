import assert from "node:assert/strict";
import {
  importSource,
  openSource,
  rollback,
  verify,
  type VerifyResult,
} from "../../migrate/mod.ts";
import { oldConcert, putRow } from "../kv/old-rows.ts";
import { createMigrationContext, type MigrationContext } from "./migration-context.ts";

// What the target has not taken is never called the same, whatever its rejects say.

const artist = "e433af3d-9f48-415c-a161-99d001099610";

let context: MigrationContext;
Deno.test.beforeAll(async () => {
  context = await createMigrationContext();
});
Deno.test.afterAll(() => context.close());

/** Each with a store of three concerts and a key that the source's rules reject, and empty tables. */
function refusalTest(name: string, body: () => Promise<void>) {
  Deno.test({
    name,
    async fn() {
      const { stack, target } = context;
      await rollback(target, { force: true, batchSize: 1000 });
      await stack.sql("delete from kv_store_84730125");
      for (const id of ["tour_1_a", "tour_2_a", "tour_3_a"]) {
        await putRow(stack, `concert:${id}`, oldConcert(artist, id));
      }
      await putRow(stack, "concert:tour_4_a", { ...oldConcert(artist, "tour_4_a"), title: "" });
      await body();
    },
    // The stack's connections outlive the test that happens to open them.
    sanitizeOps: false,
    sanitizeResources: false,
  });
}

async function runImport() {
  const { folder, target, connection } = context;
  return await importSource(await openSource(connection), target, { folder, batchSize: 1000 });
}

async function runVerify(): Promise<VerifyResult> {
  const { folder, target, connection } = context;
  return await verify(await openSource(connection), target, { folder, batchSize: 1000 });
}

refusalTest(
  "a table that was refused as a whole is a difference, in words and exit codes",
  async () => {
    const { migrate, path, stack } = context;
    const planned = await migrate("plan", "--only", "concerts");
    assert.match(
      planned.stdout,
      /; one of all tables would keep each whole in migration_rejects\./,
    );
    const imported = await migrate("import", "--only", "concerts");
    assert.equal(imported.code, 1);
    assert.match(
      imported.stdout,
      /: an import of all tables keeps each whole in migration_rejects\./,
    );
    const kept = await stack.sql("select key from migration_rejects");
    assert.ok(!kept.some(({ key }) => key === "concert:tour_4_a"), "no table has a part of it");
    assert.match(imported.stdout, /missing:artists +3/);
    assert.match(imported.stdout, /Imported concerts into .*; nothing else was sent/);
    assert.equal((await migrate("import", "--only", "concerts", "--allow-rejects")).code, 0);
    await migrate("import", "--only", "artists", "--allow-rejects");

    const { code, stdout } = await migrate("verify");
    assert.equal(code, 1, stdout);
    assert.match(stdout, /concerts +3 +0 +0 +3 +0 +0/);
    assert.match(stdout, /records that the target refused: 3/);
    assert.doesNotMatch(stdout, /Identical:/);
    const report = await migrate("report", "--html", path("refused.html"));
    assert.equal(report.code, 1);
    assert.doesNotMatch(await Deno.readTextFile(path("refused.html")), /Identical:/);
    // The key without a title was not sent: nobody has it.
    assert.equal((await migrate("verify", "--allow-rejects")).code, 1);
  },
);

refusalTest("refused records can be allowed, while nothing else differs", async () => {
  const { stack, migrate, path } = context;
  await stack.sql(
    "alter table concerts add constraint no_second check (legacy_id <> 'tour_2_a')",
  );
  try {
    await runImport();
    const { rejects, entities } = await runVerify();
    assert.deepEqual(rejects, {
      source: 1,
      lost: [],
      changed: [],
      refused: 1,
      stale: 0,
      gone: 0,
    });
    assert.deepEqual(
      [entities.concerts.missing, entities.concerts.refused, entities.concerts.source.count],
      [0, 1, 3],
    );
    assert.equal((await migrate("verify")).code, 1);
    const allowed = await migrate("verify", "--allow-rejects");
    assert.equal(allowed.code, 0, allowed.stdout);
    assert.match(allowed.stdout, /Identical but for a record that the target refused/);
    assert.equal(
      (await migrate("report", "--html", path("a.html"), "--allow-rejects")).code,
      0,
    );
    await stack.sql("update concerts set city = 'Тула' where legacy_id = 'tour_1_a'");
    assert.equal((await migrate("verify", "--allow-rejects")).code, 1);
  } finally {
    await stack.sql("alter table concerts drop constraint no_second");
  }
});

refusalTest("a record that was mended in the source is missing, until it is imported", async () => {
  const { stack } = context;
  await runImport();
  assert.ok((await runVerify()).identical);
  await stack.sql(
    `update kv_store_84730125 set value = value || '{"title": "Есть"}' where key = 'concert:tour_4_a'`,
  );
  const { identical, identicalButRefused, differences, rejects } = await runVerify();
  assert.deepEqual([identical, identicalButRefused], [false, false]);
  assert.deepEqual(differences.map(({ kind, key }) => [kind, key]), [
    ["missing", "concert:tour_4_a"],
  ]);
  assert.equal(rejects.stale, 1);
  await runImport();
  const after = await runVerify();
  assert.ok(after.identical);
  assert.deepEqual(await stack.sql("select key from migration_rejects"), []);
});

refusalTest("a value that is not kept as it is counts as a difference", async () => {
  const { stack } = context;
  await runImport();
  await stack.sql("update migration_rejects set value = '{}'");
  const { identicalButRefused, rejects } = await runVerify();
  assert.equal(identicalButRefused, false);
  assert.deepEqual(rejects.changed, ["concert:tour_4_a"]);
  await stack.sql("delete from migration_rejects");
  assert.deepEqual((await runVerify()).rejects.lost, ["concert:tour_4_a"]);
  await runImport();
  await stack.sql("delete from kv_store_84730125 where key = 'concert:tour_4_a'");
  const { identical, rejects: left } = await runVerify();
  assert.deepEqual([identical, left.gone], [true, 1]);
});

refusalTest("a provider's key is not copied, not even with a rejected connection", async () => {
  const { stack } = context;
  const apiKey = "SECRET-LIVE-KEY-777";
  await putRow(stack, `ticket_provider:${artist}:nobody`, { provider: "nobody", apiKey });
  await putRow(
    stack,
    `ticket_provider:${artist}:other`,
    JSON.stringify({ provider: "other", apiKey }),
  );
  await runImport();
  const kept = await stack.sql(
    "select value from migration_rejects where key like 'ticket_provider:%'",
  );
  assert.equal(kept.length, 2);
  for (const { value } of kept) {
    assert.match(String(value), /provider/);
    assert.doesNotMatch(String(value), /SECRET/);
  }
  assert.ok((await runVerify()).identical, "apart from that it is kept whole");
});

refusalTest("an instant in the future wins once, not for ever", async () => {
  const { stack } = context;
  await putRow(stack, "concert:tour_5_a", {
    ...oldConcert(artist, "tour_5_a"),
    updated_at: "2099-01-01T00:00:00.000Z",
  });
  const titleOf = async () =>
    (await stack.sql("select title from concerts where legacy_id = 'tour_5_a'"))[0].title;
  await runImport();
  await stack.sql("update concerts set title = 'В таблицах' where legacy_id = 'tour_5_a'");
  const { results } = await runImport();
  assert.equal(results.concerts?.kept, 1);
  assert.equal(await titleOf(), "В таблицах");
  await stack.sql(
    `update kv_store_84730125 set value = value || '{"title": "В старой"}' where key = 'concert:tour_5_a'`,
  );
  assert.equal((await runImport()).results.concerts?.changed, 1);
  assert.equal(await titleOf(), "В старой");
});

refusalTest("whether sample sales were imported is told where it makes a difference", async () => {
  await runImport();
  const { folder, target, connection } = context;
  const { reading } = await verify(await openSource(connection), target, {
    folder,
    batchSize: 1000,
    includeTestSales: true,
  });
  assert.ok(reading.remarks.some((remark) => /made without --include-test-sales/.test(remark)));
});
