import { join } from "node:path";
import postgres from "postgres";
import { createClient } from "@supabase/supabase-js";
import { connect, MigrationTarget, openSource } from "../migrate/mod.ts";
import { prepare } from "../migrate/prepare.ts";
import { sendRecords } from "../migrate/send-records.ts";
import { silence } from "../migrate/terminal/progress.ts";
import { AssembledRecords } from "../migrate/workspace/assembled-records.ts";
import { Workspace } from "../migrate/workspace/workspace.ts";
import { evenMemory } from "../scripts/even-memory.mjs";
import { entities, type Entity } from "../supabase/functions/_shared/database/transfer/record.ts";
import { maximalBatch } from "../supabase/functions/_shared/database/transfer/migration-target.ts";
import { writeOldStore } from "../tests/support/old-store.ts";
import { putAtDistance } from "./distance.ts";
import type { StackProcess } from "./stack-process.ts";

const keys = 50_000;
/** Milliseconds there and back: a project in the same country is hardly nearer. */
const roundTrip = 10;
const rounds = 3;
/** Rows of a table that go one by one; all others are there already. */
const sampled = 250;

/** Records a second, the medians of the rounds; the same records of a store each time, into the same empty tables. */
export interface MigrationRates {
  records: number;
  /** The command `import` from its start to its end: reading a file, making records, sending them. */
  import: number;
  /** Of that, the sending alone. */
  sending: number;
  /** `insert` of one row after the other by supabase-js, as the migration guide does it. */
  oneByOne: number;
  /** The server's own COPY from files beside it, the tables' triggers off. */
  copy: number;
  /** The same two when all they say takes `roundTrip` milliseconds more there and back. */
  distant: { roundTrip: number; import: number; oneByOne: number };
}

/** @param databaseUrl the empty database behind `stack`: as its superuser, on a real PostgreSQL of this machine */
export async function measureMigration(
  stack: StackProcess,
  databaseUrl: string,
): Promise<MigrationRates> {
  await using resources = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "bench-migration-" });
  resources.defer(() => Deno.remove(folder, { recursive: true }));
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} });
  resources.defer(() => sql.end());
  const file = join(folder, "store.ndjson");
  await writeOldStore(file, keys);
  using workspace = Workspace.open(join(folder, "records.sqlite"));
  await prepare(await openSource(file), workspace);
  const counts = new AssembledRecords(workspace).counts();
  const filled = entities.filter((entity) => counts[entity] > 0);
  const records = filled.reduce((sum, entity) => sum + counts[entity], 0);

  const distance = await putAtDistance(stack.url, roundTrip);
  resources.defer(() => distance.close());
  const distantStack = { ...stack, url: distance.url };

  const seconds = {
    import: [] as number[],
    sending: [] as number[],
    copy: [] as number[],
    row: [] as number[],
    distantImport: [] as number[],
    distantRow: [] as number[],
  };
  for (let round = 0; round < rounds; round++) {
    await clear(sql);
    seconds.import.push(await timeOf(() => importFile(stack, file, folder)));
    await expectRows(sql, counts, filled);
    await clear(sql);
    const target = new MigrationTarget(connect(stack));
    const { run_id } = await target.beginImport("bench", String(round), {});
    seconds.sending.push(
      await timeOf(() =>
        sendRecords(workspace, target, {
          batchSize: maximalBatch,
          run: { id: run_id, checkpoint: null },
          progress: silence,
        })
      ),
    );
    await expectRows(sql, counts, filled);
    seconds.copy.push(await timeOfCopy(sql, filled));
    await expectRows(sql, counts, filled);
    seconds.row.push(await timeOfRow(stack, sql, workspace, filled));
    seconds.distantRow.push(await timeOfRow(distantStack, sql, workspace, filled));
    await clear(sql);
    seconds.distantImport.push(await timeOf(() => importFile(distantStack, file, folder)));
    await expectRows(sql, counts, filled);
  }
  return {
    records,
    import: records / median(seconds.import),
    sending: records / median(seconds.sending),
    oneByOne: 1 / median(seconds.row),
    copy: records / median(seconds.copy),
    distant: {
      roundTrip,
      import: records / median(seconds.distantImport),
      oneByOne: 1 / median(seconds.distantRow),
    },
  };
}

async function importFile({ url, secretKey }: StackProcess, file: string, folder: string) {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--allow-all",
      "--no-check",
      evenMemory,
      new URL("../migrate/main.ts", import.meta.url).href,
      "import",
      "--allow-rejects",
      "--from",
      file,
    ],
    env: {
      SUPABASE_URL: url,
      SUPABASE_SECRET_KEY: secretKey,
      MIGRATION_DIR: join(folder, "workspaces"),
    },
    stdout: "null",
    stderr: "null",
  }).output();
  if (!success) throw new Error("The import failed");
}

/** What is in the tables, copied out to files, and timed on its way back. */
async function timeOfCopy(sql: postgres.Sql, filled: Entity[]): Promise<number> {
  const [{ data_directory: folder }] = await sql`show data_directory`;
  const columnsOf = new Map<Entity, string>();
  const fileOf = (entity: Entity) => `'${folder}/${entity}.copy'`;
  for (const entity of filled) {
    const [{ columns }] = await sql`
      select string_agg(quote_ident(attname), ', ' order by attnum) as columns from pg_attribute
      where attrelid = ${
      relationOf(entity)
    }::regclass and attnum > 0 and not attisdropped and attgenerated = ''`;
    columnsOf.set(entity, columns);
    await sql.unsafe(`copy ${relationOf(entity)} (${columns}) to ${fileOf(entity)}`);
  }
  await clear(sql);
  const setTriggers = async (state: "enable" | "disable") => {
    for (const entity of filled) {
      await sql.unsafe(`alter table ${relationOf(entity)} ${state} trigger user`);
    }
  };
  await setTriggers("disable");
  const time = await timeOf(async () => {
    for (const entity of filled) {
      const columns = columnsOf.get(entity);
      await sql.unsafe(`copy ${relationOf(entity)} (${columns}) from ${fileOf(entity)}`);
    }
  });
  await setTriggers("enable");
  return time;
}

/** Takes rows of each table out of the full ones, as many as there are in proportion, and puts them back singly. */
async function timeOfRow(
  stack: StackProcess,
  sql: postgres.Sql,
  workspace: Workspace,
  filled: Entity[],
): Promise<number> {
  const client = createClient(stack.url, stack.secretKey, {
    auth: { persistSession: false, autoRefreshToken: false },
  });
  const records = new AssembledRecords(workspace);
  const counts = records.counts();
  let seconds = 0;
  let all = 0;
  // Rows that others refer to stay where they are: artists and concerts are one of seventeen.
  for (const entity of filled.filter((name) => singles.includes(name))) {
    const rows = records.page(entity, "", sampled);
    const ids = rows.map(({ id }) => id);
    await sql`delete from ${sql(entity)} where id = any(${ids}::uuid[])`;
    const time = await timeOf(async () => {
      for (const { row } of rows) await client.from(entity).insert(row).throwOnError();
    });
    seconds += time / rows.length * counts[entity];
    all += counts[entity];
  }
  return seconds / all;
}

const singles: Entity[] = ["ticket_sales", "notifications"];

/** Empty tables, and an import that knows of none. */
async function clear(sql: postgres.Sql): Promise<void> {
  await sql.unsafe(`
    truncate ${entities.map(relationOf).join(", ")},
      public.migration_runs, public.migration_records, public.migration_keys, public.migration_rejects
  `);
}

async function expectRows(
  sql: postgres.Sql,
  counts: Record<Entity, number>,
  filled: Entity[],
): Promise<void> {
  for (const entity of filled) {
    const [{ count }] = await sql.unsafe(`select count(*)::int from ${relationOf(entity)}`);
    if (count !== counts[entity]) throw new Error(`${count} of ${counts[entity]} ${entity}`);
  }
}

function relationOf(entity: Entity): string {
  return `${entity === "ticket_events" ? "private" : "public"}.${entity}`;
}

/** Seconds. */
async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1000;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
