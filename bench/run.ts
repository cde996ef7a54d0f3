import { parseArgs } from "node:util";
import {
  createDatabase,
  type PostgresServer,
  startPostgresServer,
} from "../tests/support/postgres-server.ts";
import { bundleFunction, functionNames, measurePackageApart } from "./bundle-function.ts";
import { type CampaignRate, measureCampaigns } from "./campaigns.ts";
import { measureColdStarts } from "./cold-start.ts";
import { describeMachine } from "./machine.ts";
import { measureMigration, type MigrationRates } from "./migration.ts";
import { measureKvMode, measureOverhead } from "./overhead.ts";
import { measurePaging } from "./paging.ts";
import { renderReport } from "./report.ts";
import type { DatabaseResults, Results } from "./results.ts";
import { type StackProcess, startStackProcess } from "./stack-process.ts";
import { measureSales, type SalesRates } from "./sales.ts";
import { measureStart, measureTests } from "./start-time.ts";

/** `npm run bench [-- --with-tests]`: measures everything and writes docs/benchmarks.md. */
const { "with-tests": withTests } = readOptions(Deno.args);
const machine = await describeMachine();
await using resources = new AsyncDisposableStack();

const folder = await Deno.makeTempDir({ prefix: "bench-" });
resources.defer(() => Deno.remove(folder, { recursive: true }));
const bundles = await step("bundle size", () =>
  Promise.all(functionNames.map(async (name) => ({
    name,
    ...await bundleFunction(name, folder),
  }))));
const packageApartBytes = await measurePackageApart(folder);
const concertsBundle = bundles.find(({ name }) => name === "concerts")!;

const startSeconds = await step("npm start", measureStart);
const server = await findPostgres();

const databases: DatabaseResults[] = [];
const embedded = await measureEmbedded();
databases.push(embedded.results);
const paging = server.postgres ? await measureOnPostgres(server.postgres) : null;
const sales = server.postgres ? await measureSalesOn(server.postgres) : null;
const campaign = server.postgres ? await measureCampaignOn(server.postgres) : null;
const migration = server.postgres ? await measureMigrationOn(server.postgres) : null;
const testSeconds = withTests ? await step("npm test", measureTests) : null;

const results: Results = {
  machine,
  measuredAt: new Date().toISOString(),
  command: `npm run bench${withTests ? " -- --with-tests" : ""}`,
  bundles,
  packageApartBytes,
  databases,
  coldStarts: embedded.coldStarts,
  paging,
  sales,
  campaign,
  migration,
  withoutPostgres: server.reason,
  startSeconds,
  testSeconds,
};
const report = new URL("../docs/benchmarks.md", import.meta.url);
await Deno.mkdir(new URL("./", report), { recursive: true });
await Deno.writeTextFile(report, renderReport(results));
console.error("\nWritten to docs/benchmarks.md");

function readOptions(args: string[]) {
  try {
    return parseArgs({ args, options: { "with-tests": { type: "boolean", default: false } } })
      .values;
  } catch (error) {
    console.error(
      `${error instanceof Error ? error.message : error}\nUsage: npm run bench [-- --with-tests]`,
    );
    Deno.exit(2);
  }
}

async function measureEmbedded() {
  const stack = await startStackProcess();
  try {
    const results = await measureDatabase("PGlite", stack);
    const coldStarts = await step(
      "cold start",
      () => measureColdStarts(stack, concertsBundle.path),
    );
    return { results, coldStarts };
  } finally {
    await stack.close();
  }
}

async function measureOnPostgres({ url }: PostgresServer) {
  const stack = await startStackProcess(await createDatabase(url));
  try {
    databases.push(await measureDatabase("", stack));
  } finally {
    await stack.close();
  }
  const databaseUrl = await createDatabase(url);
  const emptyStack = await startStackProcess(databaseUrl);
  try {
    return await step("lists", () => measurePaging(emptyStack, databaseUrl));
  } finally {
    await emptyStack.close();
  }
}

async function measureSalesOn({ url }: PostgresServer): Promise<SalesRates> {
  const databaseUrl = await createDatabase(url);
  const stack = await startStackProcess(databaseUrl);
  try {
    return await step("sales", () => measureSales(stack, databaseUrl));
  } finally {
    await stack.close();
  }
}

async function measureCampaignOn({ url }: PostgresServer): Promise<CampaignRate> {
  const databaseUrl = await createDatabase(url);
  const stack = await startStackProcess(databaseUrl);
  try {
    return await step("campaigns", () => measureCampaigns(stack, databaseUrl));
  } finally {
    await stack.close();
  }
}

async function measureMigrationOn({ url }: PostgresServer): Promise<MigrationRates> {
  const databaseUrl = await createDatabase(url);
  const stack = await startStackProcess(databaseUrl);
  try {
    return await step("migration", () => measureMigration(stack, databaseUrl));
  } finally {
    await stack.close();
  }
}

async function measureDatabase(kind: string, stack: StackProcess): Promise<DatabaseResults> {
  const version = `PostgreSQL ${stack.databaseVersion}`;
  const name = kind ? `${kind} (${version})` : version;
  return {
    name,
    overhead: await step(`overhead on ${name}`, () => measureOverhead(stack)),
    kv: await step(`kv mode on ${name}`, () => measureKvMode(stack)),
  };
}

async function findPostgres(): Promise<
  { postgres: PostgresServer; reason: null } | { postgres: null; reason: string }
> {
  try {
    const postgres = await startPostgresServer();
    resources.defer(() => postgres.close());
    return { postgres, reason: null };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { postgres: null, reason: error.message };
  }
}

async function step<Result>(name: string, measure: () => Promise<Result>): Promise<Result> {
  console.error(`${name} ...`);
  return await measure();
}
