import { bundleLimit, packageApart } from "./bundle-function.ts";
import type { CampaignRate } from "./campaigns.ts";
import type { ColdStart } from "./cold-start.ts";
import { addedBy, judge } from "./goals.ts";
import type { MigrationRates } from "./migration.ts";
import type { Paging, Reads } from "./paging.ts";
import type { DatabaseResults, Results } from "./results.ts";
import { type SalesRates, withoutDataApi } from "./sales.ts";

/** docs/benchmarks.md: every figure beside its goal, and how it was measured. */
export function renderReport(results: Results): string {
  return [
    "# Benchmarks",
    `Written by \`${results.command}\` on ${
      results.measuredAt.slice(0, 10)
    }. Ratios and differences are of things ` +
    "measured side by side in that run; absolute times belong to this machine and whatever else it did.",
    describeRun(results),
    "## Goals",
    table(
      ["Figure", "Goal", "Measured", "Reached"],
      judge(results).map(({ figure, goal, measured, isReached }) => [
        figure,
        goal,
        measured,
        isReached ? "yes" : "**no**",
      ]),
    ),
    ...results.testSeconds === null
      ? ["`npm test` was not timed in this run: `npm run bench -- --with-tests` does it."]
      : [],
    ...overheadSection(results),
    ...coldStartSection(results.coldStarts),
    "## Size",
    `Each function as one file, with everything it may load in kv and sql mode: \`deno bundle --minify\`, at most ${
      count(bundleLimit)
    } ` +
    `bytes. Apart from that are \`${packageApart}\`, ${
      count(results.packageApartBytes)
    } bytes by itself, which ` +
    "`campaigns` and `notifications` load only with `EMAIL_TRANSPORT=smtp`, and what the dual modes load for the days " +
    "of a migration ([decision 010](decisions/010-what-a-bundle-counts.md)).",
    table(
      ["Function", "Bytes", "With the dual modes"],
      results.bundles.map(({ name, bytes, bytesWithDualModes }) => [
        `\`${name}\``,
        count(bytes),
        count(bytesWithDualModes),
      ]),
    ),
    "## Lists",
    ...results.paging === null
      ? [`Not measured: ${results.withoutPostgres}`]
      : pagingSection(results.paging),
    "## Sales",
    ...results.sales === null
      ? [`Not measured: ${results.withoutPostgres}`]
      : salesSection(results.sales),
    "## Campaigns",
    results.campaign === null
      ? `Not measured: ${results.withoutPostgres}`
      : describeCampaign(results.campaign),
    "## Migration",
    ...results.migration === null
      ? [`Not measured: ${results.withoutPostgres}`]
      : migrationSection(results.migration),
  ].join("\n\n") + "\n";
}

function describeRun({ machine, databases }: Results): string {
  return table(["", ""], [
    ["Processor", `${machine.processor}, ${machine.cores} cores`],
    ["Memory", machine.memory],
    ["System", machine.system],
    ["Load before the run", machine.load.toFixed(1)],
    ["Deno", machine.deno],
    ["Node", machine.node],
    ["Databases", databases.map(({ name }) => name).join("; ")],
  ]);
}

function overheadSection({ databases, withoutPostgres }: Results): string[] {
  return [
    "## Function overhead",
    "The function is called as the Edge runtime calls it, its answer read to the end; the direct query is the very one " +
    "it sends (the run stops when they differ), made by supabase-js with a client kept open. Both reach the same local " +
    "stack, in another process, over HTTP, in turn. Milliseconds, median (95th percentile).",
    ...databases.flatMap(overheadTables),
    ...withoutPostgres === null ? [] : [`On a real PostgreSQL: not measured. ${withoutPostgres}`],
  ];
}

function overheadTables({ name, overhead, kv }: DatabaseResults): string[] {
  return [
    `### ${name}`,
    table(
      ["Request", "Function", "supabase-js", "Added at the median", "kv mode, no goal"],
      overhead.map((one, index) => {
        const { milliseconds, share } = addedBy(one);
        return [
          `\`${withoutId(one.request)}\``,
          `${ms(one.throughFunction.p50)} (${ms(one.throughFunction.p95)})`,
          `${ms(one.direct.p50)} (${ms(one.direct.p95)})`,
          `${milliseconds.toFixed(2)} ms, ${(share * 100).toFixed(1)} %`,
          `${ms(kv[index].throughFunction.p50)} (${ms(kv[index].throughFunction.p95)})`,
        ];
      }),
    ),
  ];
}

function coldStartSection(coldStarts: ColdStart[]): string[] {
  return [
    "## Cold start",
    "`concerts` in a fresh process: import and the first answer to `GET /concerts`, and of that the import alone. The " +
    "bare function is Hono and supabase-js with one route that makes the same select and checks nothing " +
    "(`bench/bare-function.ts`); in kv mode, one read of the key-value table, where `concerts` also reads the artists. " +
    "Compiled code of earlier processes is not reused. Milliseconds, medians.",
    table(
      ["Mode", "", "Bare, from source", "`concerts` from source", "`concerts` bundled"],
      coldStarts.flatMap(({ mode, bare, fromSource, bundled }) =>
        (["answer", "import"] as const).map((part) => [
          part === "answer" ? mode : "",
          part === "answer" ? "import and first answer" : "import only",
          ms(bare[part]),
          ...[fromSource[part], bundled[part]]
            .map((time) => `${ms(time)} (${(time / bare[part]).toFixed(2)} ×)`),
        ])
      ),
    ),
  ];
}

function pagingSection(lists: Paging[]): string[] {
  return [
    "The lists of `concerts` in sql mode among 100,000 concerts on a real PostgreSQL, 20 a page. Entries are what one " +
    "request reads of the indexes of `concerts`, by PostgreSQL's own counters. Milliseconds, medians.",
    table(
      [
        "List",
        "First page",
        "Deep page",
        "Deep / first",
        "Read by the first page",
        "Read by the deep page",
      ],
      lists.map(({ list, firstPage, deepPage, reads }) => [
        list,
        ms(firstPage.p50),
        deepPage ? `${ms(deepPage.timing.p50)} (page ${deepPage.number})` : "–",
        deepPage ? `${(deepPage.timing.p50 / firstPage.p50).toFixed(2)} ×` : "–",
        describeReads(reads.firstPage),
        reads.deepPage ? describeReads(reads.deepPage) : "–",
      ]),
    ),
  ];
}

function describeCampaign({ recipients, rate, memory: { early, late } }: CampaignRate): string {
  return `\`POST /campaigns/dispatch\` until a campaign of ${
    count(recipients)
  } recipients was sent, 100 messages a ` +
    `request, over the local Data API on a real PostgreSQL, to a provider on loopback: ${
      count(Math.round(rate))
    } messages ` +
    `a second. The sending process held ${
      Math.round(early)
    } MB in the second quarter of the time and ` +
    `${
      Math.round(late)
    } MB in the last. Provider, Data API, PostgreSQL and sender shared the machine.`;
}

function salesSection(rates: SalesRates): string[] {
  const { connections, concerts, pgbench, dataApi, throughFunction } = rates;
  const row = (way: string, rate: number) => [
    way,
    count(Math.round(rate)),
    `${Math.round(rate / pgbench * 100)} %`,
  ];
  return [
    `Tickets of ${concerts} concerts, sold by ${connections} buyers at a time over ${connections} database ` +
    "connections on a real PostgreSQL. Everybody calls the SQL function `create_ticket_sale`: pgbench itself, the local " +
    "Data API, and `POST /tickets/sales` over that Data API. The local Data API is a development server and the " +
    "narrowest place by far; the last line takes off, of each sale's time, what it takes longer than pgbench.",
    table(["", "Sales a second", "To pgbench"], [
      row("pgbench", pgbench),
      row("Data API", dataApi),
      row("`POST /tickets/sales`", throughFunction),
      row("`POST /tickets/sales`, the Data API's share taken off", withoutDataApi(rates)),
    ]),
  ];
}

function migrationSection(rates: MigrationRates): string[] {
  const { records, import: whole, sending, oneByOne, copy, distant } = rates;
  const row = (way: string, rate: number) => [
    way,
    count(Math.round(rate)),
    `${(rate / oneByOne).toFixed(1)} ×`,
    `${(rate / copy * 100).toFixed(1)} %`,
  ];
  return [
    `${
      count(records)
    } records of an old store, in the proportions of the real one, into empty tables with all their ` +
    "indexes on a real PostgreSQL. The command `import` is timed from the start of its process to the end; it reads a " +
    "file, makes records, and sends them over the local Data API. One by one: sales and notifications by `insert` of " +
    "supabase-js over that same Data API. COPY reads the rows from files beside the server, and the tables' triggers " +
    "are off for it. Import and COPY check the same constraints; the import also keeps its ledger and the outcome of " +
    "every key.",
    table(["No network in between", "Records a second", "To one by one", "To COPY"], [
      row("One by one", oneByOne),
      row("`import`", whole),
      row("`import`, its sending alone", sending),
      row("COPY", copy),
    ]),
    "A project is never as near as that: one by one waits for an answer after each row, the import has the next batches " +
    `on their way meanwhile ([decision 012](decisions/012-how-fast-an-import-is.md)). The same two over a way that takes ${distant.roundTrip} ms ` +
    "longer there and back:",
    table([`${distant.roundTrip} ms there and back`, "Records a second", "To one by one"], [
      ["One by one", count(Math.round(distant.oneByOne)), "1.0 ×"],
      [
        "`import`",
        count(Math.round(distant.import)),
        `${(distant.import / distant.oneByOne).toFixed(1)} ×`,
      ],
    ]),
  ];
}

function describeReads({ indexEntries, scannedRows }: Reads): string {
  const parts = Object.entries(indexEntries).map(([index, entries]) =>
    `${count(entries)} of \`${index}\``
  );
  if (scannedRows > 0) parts.push(`**${count(scannedRows)} rows of the table**`);
  return parts.join(", ");
}

function withoutId(request: string): string {
  return request.replace(/[0-9a-f-]{36}/, ":id");
}

function ms(value: number): string {
  return value.toFixed(value < 20 ? 2 : 0);
}

function count(value: number): string {
  return value.toLocaleString("en");
}

function table(head: string[], rows: string[][]): string {
  const lines = [head, head.map(() => "---"), ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
