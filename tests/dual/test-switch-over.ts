import assert from "node:assert/strict";
import { basename } from "deno-std/path/basename.js";
import type { LocalStack } from "../../local/stack.ts";
import { exportToKvTable, importSource, type ReturnResult } from "../../migrate/mod.ts";
import { LiveSource } from "../../migrate/sources/live-source.ts";
import { repairMirrors } from "../../supabase/functions/_shared/database/dual/repair-mirrors.ts";
import { MigrationTarget } from "../../supabase/functions/_shared/database/transfer/migration-target.ts";
import type { ConformanceContext, ConformanceTarget } from "../conformance/conformance-context.ts";
import { createConformanceContext } from "../conformance/conformance-on.ts";
import { sqlTarget } from "../conformance/sql-target.ts";
import { createKvFixtures } from "../scenarios/kv-fixtures.ts";
import { startTestStack } from "../support/test-stack.ts";
import { assertSameStores } from "./assert-same-stores.ts";
import { dualKvTarget, dualSqlTarget, secretClient } from "./dual-targets.ts";
import { knownPerson, workingDay } from "./working-day.ts";

// docs/migration.md as a test: the old records, people at work all the while, and every step with its way back.

/** Registers the switch-over of the old records in `kvFile`, with two of their owners among those at work. */
export function testSwitchOver(kvFile: string, [anna, boris]: [owner: string, other: string]) {
  Deno.test({
    name: `a switch-over of ${
      basename(kvFile)
    } with everybody at work leaves both stores the same after each step`,
    // The stack's connections are shared by the steps and closed with it.
    sanitizeOps: false,
    sanitizeResources: false,
    async fn(test) {
      const stack = await startTestStack({ storageMode: "kv", kvFile });
      try {
        await leaveProfiles(stack);
        const enter = (target: ConformanceTarget) => createConformanceContext(stack, target);
        const steps: [name: string, step: () => Promise<void>][] = [
          ["dual-kv, before anything was imported", async () => {
            const context = await enter(dualKvTarget);
            await workingDay(context, await knownPerson(context, anna));
            await workingDay(context, await context.makeArtist());
          }],
          ["the import, with which nothing is left to do", async () => {
            await importAll(stack);
            await assertSameStores(stack);
          }],
          ["dual-kv, with all that is old in both stores", async () => {
            const context = await enter(dualKvTarget);
            await workingDay(context, await knownPerson(context, anna));
            await workingDay(context, await knownPerson(context, boris));
            await claimProfile(context, "left-1");
            await assertSameStores(stack);
          }],
          ["a second import, which changes nothing", async () => {
            assert.deepEqual(await importAll(stack), { created: 0, changed: 0 });
            await assertSameStores(stack);
          }],
          ["dual-sql", async () => {
            const context = await enter(dualSqlTarget);
            await workingDay(context, await knownPerson(context, anna));
            await workingDay(context, await context.makeArtist());
            await claimProfile(context, "left-2");
            await assertSameStores(stack);
          }],
          ["back to dual-kv", async () => {
            const context = await enter(dualKvTarget);
            await workingDay(context, await knownPerson(context, boris));
            await claimProfile(context, "left-3");
            await assertSameStores(stack);
          }],
          ["dual-sql for good", async () => {
            const context = await enter(dualSqlTarget);
            await workingDay(context, await knownPerson(context, boris));
            await assertSameStores(stack);
          }],
          ["sql, when changes are listed no longer", async () => {
            await stack.sql("select public.stop_mirroring()");
            const context = await enter(sqlTarget);
            await workingDay(context, await knownPerson(context, anna));
            await workingDay(context, await context.makeArtist());
            await claimProfile(context, "left-4");
          }],
          ["the way back: dual-sql, over a key-value table that is behind", async () => {
            const context = await enter(dualSqlTarget);
            await workingDay(context, await knownPerson(context, anna));
            await claimProfile(context, "left-5");
          }],
          ["export-kv, and with verify --repair both have the same", async () => {
            const context = await enter(dualSqlTarget);
            const [{ kept, keptKeys }] = await Promise.all([
              exportKv(stack),
              workingDay(context, await knownPerson(context, boris)),
            ]);
            assert.equal(kept, 0, keptKeys.join());
            const client = secretClient(stack);
            await repairMirrors({ kv: client, tables: client });
            await assertSameStores(stack);
            assert.equal((await exportKv(stack)).written, 0);
          }],
          ["dual-kv again", async () => {
            const context = await enter(dualKvTarget);
            await workingDay(context, await knownPerson(context, anna));
            await claimProfile(context, "left-6");
            await assertSameStores(stack);
          }],
        ];
        for (const [name, step] of steps) {
          // Each goes on where the one before has left the stores.
          if (!await test.step(name, step)) break;
        }
      } finally {
        await stack.close();
        // PGlite leaves the exit code of a program of its own.
        Deno.exitCode = 0;
      }
    },
  });
}

/** Old profiles that wait for their owners, each with a concert, coins and a campaign. */
async function leaveProfiles(stack: LocalStack): Promise<void> {
  const fixtures = createKvFixtures(stack);
  for (const ownerId of ["left-1", "left-2", "left-3", "left-4", "left-5", "left-6"]) {
    await fixtures.leaveProfile({
      ownerId,
      email: `${ownerId}@example.com`,
      fullName: `Артист ${ownerId}`,
      concertId: `1700000000000-${ownerId}`,
      concertTitle: "Старый концерт",
      coins: 500,
    });
    await fixtures.leaveCampaign({ ownerId, subject: "Старая рассылка" });
    await fixtures.scheduleReminder({ userId: ownerId, concertId: `1700000000000-${ownerId}` });
  }
}

/** The owner comes back with an account, takes their profile over and works on. */
async function claimProfile(context: ConformanceContext, ownerId: string): Promise<void> {
  const owner = await context.makeAccount({ email: `${ownerId}@example.com`, verified: true });
  const claimed = await owner.database.artists.claim();
  assert.deepEqual([claimed.id, claimed.legacy_id], [owner.id, ownerId]);
  assert.equal(claimed.coins_balance, 500);
  await workingDay(context, owner);
}

async function importAll(stack: LocalStack): Promise<{ created: number; changed: number }> {
  const folder = await Deno.makeTempDir({ prefix: "import-" });
  try {
    const imported = await importSource(
      new LiveSource({ url: stack.url, secretKey: stack.secretKey }),
      new MigrationTarget(secretClient(stack)),
      { folder, batchSize: 1000 },
    );
    const results = Object.values(imported.results);
    return {
      created: results.reduce((sum, { created }) => sum + created, 0),
      changed: results.reduce((sum, { changed }) => sum + changed, 0),
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function exportKv(stack: LocalStack): Promise<ReturnResult> {
  const folder = await Deno.makeTempDir({ prefix: "export-kv-" });
  try {
    return await exportToKvTable(
      new MigrationTarget(secretClient(stack)),
      { url: stack.url, secretKey: stack.secretKey },
      { folder, batchSize: 100 },
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
