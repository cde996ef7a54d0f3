import assert from "node:assert/strict";
import { PostgrestClient } from "@supabase/postgrest-js";
import { MigrationTarget } from "../../supabase/functions/_shared/database/transfer/migration-target.ts";
import { columns } from "../../supabase/functions/_shared/database/transfer/columns.ts";
import { entities } from "../../supabase/functions/_shared/database/transfer/record.ts";
import {
  MigrationTargetError,
  type TargetProblem,
} from "../../supabase/functions/_shared/database/transfer/migration-target-error.ts";
import type { LocalStack } from "../../local/stack.ts";
import { startTestStack } from "../support/test-stack.ts";
import { artistRecord } from "./artist-record.ts";

Deno.test("the target over the Data API", async (context) => {
  const stack = await startTestStack();
  const target = targetOn(stack.url, stack.secretKey);
  try {
    await context.step("every column of every table is transferred", () => allColumns(stack));
    await context.step("a run from its beginning to its end", () => wholeRun(target));
    await context.step("changes are told and acknowledged", () => changes(target, stack));
    await context.step("rejects come page by page", () => rejects(target, stack));
    await context.step("an import is taken back", () => takenBack(target));
    await context.step("other keys than a secret one are refused", async () => {
      for (const key of [stack.publishableKey, "sb_secret_that_is_not_known", "expired.jwt.key"]) {
        await fails(targetOn(stack.url, key), "unauthorized", /set SUPABASE_SECRET_KEY/);
      }
    });
    await context.step("a project without the migrations is told so", async () => {
      await stack.sql("alter function public.migration_status() rename to migration_status_of_old");
      await fails(target, "not_migrated", /apply supabase\/migrations/);
      await stack.sql("alter function public.migration_status_of_old() rename to migration_status");
    });
  } finally {
    await stack.close();
  }
  await context.step(
    "an address where nothing answers is told so",
    () => fails(target, "unreachable", /check SUPABASE_URL/),
  );
});

Deno.test("a statement stopped for its time asks for smaller batches", async () => {
  const answering = new PostgrestClient("https://project.example.com/rest/v1", {
    retry: false,
    fetch: () =>
      Promise.resolve(Response.json({ code: "57014", message: "canceled" }, { status: 500 })),
  });
  await fails(new MigrationTarget(answering), "timeout", /smaller --batch-size/);
});

Deno.test("what nobody foresaw names its code, and no row", async () => {
  const answering = new PostgrestClient("https://project.example.com/rest/v1", {
    retry: false,
    fetch: () =>
      Promise.resolve(
        Response.json({ code: "53100", message: "could not extend file", details: "anna@" }, {
          status: 500,
        }),
      ),
  });
  await fails(new MigrationTarget(answering), "failed", /53100 \(could not extend file\)[^@]*$/);
});

/** A column that a later migration adds and the transfer forgets would be lost without a word. */
async function allColumns(stack: LocalStack): Promise<void> {
  for (const entity of entities) {
    const found = await stack.sql(
      `select column_name from information_schema.columns
       where table_schema in ('public', 'private') and table_name = $1 and is_generated = 'NEVER'`,
      [entity],
    );
    assert.deepEqual(
      Object.keys(columns[entity]).sort(),
      found.map(({ column_name }) => column_name).sort(),
      entity,
    );
  }
}

async function wholeRun(target: MigrationTarget): Promise<void> {
  const run = await target.beginImport("kv_export.json", "sha", { only: ["artists"] });
  assert.deepEqual([run.checkpoint, run.resumed], [null, false]);
  const [anna, boris] = [artistRecord({ city: "Казань" }), artistRecord({ username: "два слова" })];
  const part = { run_id: run.run_id, checkpoint: { after: anna.id } };

  assert.deepEqual(
    await target.importRecords("artists", [anna, boris], { ...part, dry_run: true }),
    {
      created: 1,
      changed: 0,
      unchanged: 0,
      kept: [],
      rejected: [{ id: boris.id, key: boris.key, reason: "constraint:artists_username_form" }],
      claims: [],
      needs: [],
    },
  );
  assert.deepEqual(await target.exportRecords("artists"), []);

  const { rejected } = await target.importRecords("artists", [anna, boris], part);
  assert.equal(rejected.length, 1);
  assert.equal((await target.beginImport("kv_export.json", "sha", {})).checkpoint, null);
  await target.importRecords("artists", [], {
    ...part,
    outcomes: [
      { key: anna.key!, outcome: "migrated", repairs: ["instant_without_zone"] },
      { key: `username:${anna.id}`, outcome: "merged", into: anna.key!, repairs: [] },
      { key: "support:1", outcome: "left_out", rule: "support_desk" },
      {
        key: boris.key!,
        outcome: "rejected",
        reason: rejected[0].reason,
        value: '{"a":"\\u0000"}',
      },
    ],
  });
  const resumed = await target.beginImport("kv_export.json", "sha", {});
  assert.deepEqual(resumed, {
    run_id: run.run_id,
    checkpoint: { after: anna.id },
    resumed: true,
  });
  assert.deepEqual(await target.finishImport(run.run_id, { migrated: 1 }), {
    balances_corrected: 0,
  });

  assert.deepEqual(await target.exportRecords("artists"), [
    { id: anna.id, key: anna.key, version: anna.version, row: anna.row },
  ]);
  const status = await target.status();
  assert.deepEqual(status.keys, {
    migrated: { "": 1 },
    merged: { "": 1 },
    left_out: { support_desk: 1 },
    rejected: { "constraint:artists_username_form": 1 },
  });
  assert.deepEqual(status.repairs, { instant_without_zone: 1 });
  assert.deepEqual([status.rejects, status.runs[0].state], [1, "finished"]);
  assert.deepEqual(status.records.artists, { known: 1, created: 1 });
  assert.equal((await target.totals()).counts.artists, 1);
  assert.deepEqual(
    (await target.rejects()).map(({ key, value }) => ({ key, value })),
    [{ key: boris.key, value: '{"a":"\\u0000"}' }],
  );
}

async function changes(target: MigrationTarget, stack: LocalStack): Promise<void> {
  await target.startMirroring();
  await stack.sql("update public.artists set city = 'Пермь'");
  const [change, ...others] = await target.takeChanges();
  assert.deepEqual(others, []);
  assert.equal(change.entity, "artists");
  assert.equal(change.record?.row.city, "Пермь");
  assert.ok(change.seq > 0);
  await target.acknowledgeChanges([{ ...change, key: "profile:new", version: 8 }]);
  assert.deepEqual(await target.takeChanges(), []);
  const [record] = await target.exportRecords("artists");
  assert.deepEqual([record.key, record.version], ["profile:new", 8]);
  const stopped = await stack.sql("select public.stop_mirroring() as answer");
  assert.deepEqual(stopped, [{ answer: { forgotten: 0 } }]);
}

async function rejects(target: MigrationTarget, stack: LocalStack): Promise<void> {
  await stack.sql("delete from public.migration_rejects");
  const keys = Array.from({ length: 1001 }, (_, n) => `Ключ ${String(n).padStart(4, "0")}, "%`);
  for (const part of [keys.slice(0, 600), keys.slice(600)]) {
    await target.importRecords("artists", [], {
      outcomes: part.map((key) => ({ key, outcome: "rejected", reason: "x", value: "1" })),
    });
  }
  const first = await target.rejects();
  const second = await target.rejects(first.at(-1)!.key);
  assert.deepEqual([...first, ...second].map(({ key }) => key), keys);
}

async function takenBack(target: MigrationTarget): Promise<void> {
  assert.deepEqual(await target.rollbackRecords("artists", { check_only: true }), {
    undone: 1,
    changed: [],
    in_use: [],
    next: null,
  });
  assert.equal((await target.rollbackRecords("artists")).undone, 1);
  assert.deepEqual(await target.finishRollback(), { remaining: 0 });
  assert.deepEqual(await target.exportRecords("artists"), []);
  const gone = artistRecord();
  await target.importRecords("artists", [gone]);
  assert.deepEqual(await target.deleteRecords([gone.key!]), { deleted: 1 });
}

async function fails(target: MigrationTarget, problem: TargetProblem, message: RegExp) {
  await assert.rejects(target.status(), (error) => {
    assert.ok(error instanceof MigrationTargetError, String(error));
    assert.equal(error.problem, problem, error.message);
    assert.match(error.message, message);
    return true;
  });
}

function targetOn(url: string, key: string): MigrationTarget {
  return new MigrationTarget(
    new PostgrestClient(`${url}/rest/v1`, {
      headers: { apikey: key, authorization: `Bearer ${key}` },
      retry: false,
    }),
  );
}
