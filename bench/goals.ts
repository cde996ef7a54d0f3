import { bundleLimit } from "./bundle-function.ts";
import type { CampaignRate } from "./campaigns.ts";
import type { ColdStart } from "./cold-start.ts";
import type { MigrationRates } from "./migration.ts";
import type { Overhead } from "./overhead.ts";
import type { Paging } from "./paging.ts";
import type { Results } from "./results.ts";
import { type SalesRates, withoutDataApi } from "./sales.ts";

/** A figure beside its goal. */
export interface Verdict {
  figure: string;
  goal: string;
  measured: string;
  isReached: boolean;
}

/** Two neighbouring lists of the same length differ by this much, measured twice. */
const pagingNoise = 1.25;

export function judge(results: Results): Verdict[] {
  return [
    ...results.databases.map(({ name, overhead }) => judgeOverhead(name, overhead)),
    ...results.coldStarts.flatMap(judgeColdStart),
    judgeBundles(results),
    {
      figure: "`npm start`, once installed",
      goal: "≤ 15 s",
      measured: `${results.startSeconds.toFixed(1)} s`,
      isReached: results.startSeconds <= 15,
    },
    ...results.testSeconds === null ? [] : [{
      figure: "`npm test`",
      goal: "≤ 6 min",
      measured: `${Math.round(results.testSeconds)} s`,
      isReached: results.testSeconds <= 360,
    }],
    ...results.paging === null ? [] : judgePaging(results.paging),
    ...results.sales === null ? [] : [judgeSales(results.sales)],
    ...results.campaign === null ? [] : judgeCampaign(results.campaign),
    ...results.migration === null ? [] : judgeMigration(results.migration),
  ];
}

/** What the function adds at the median, in milliseconds and as a share of the direct query. */
export function addedBy({ throughFunction, direct }: Overhead) {
  const milliseconds = throughFunction.p50 - direct.p50;
  return { milliseconds, share: milliseconds / direct.p50 };
}

function isSmall(overhead: Overhead): boolean {
  const { milliseconds, share } = addedBy(overhead);
  return milliseconds <= 0.7 || share <= 0.1;
}

function judgeOverhead(database: string, overheads: Overhead[]): Verdict {
  const added = overheads.map(addedBy);
  const most = Math.max(...added.map(({ milliseconds }) => milliseconds));
  const share = Math.max(...added.map((one) => one.share));
  return {
    figure: `Function overhead, sql mode on ${database}, the worst of ${overheads.length} requests`,
    goal: "≤ 10 % or ≤ 0.7 ms",
    measured: `${signed(most, 2)} ms, ${signed(share * 100, 0)} %`,
    isReached: overheads.every(isSmall),
  };
}

function judgeColdStart({ mode, bare, fromSource, bundled }: ColdStart): Verdict[] {
  const source = fromSource.answer / bare.answer;
  const bundle = bundled.answer / bare.answer;
  return [
    {
      figure: `Cold start in ${mode} mode from source, to bare Hono + supabase-js`,
      goal: "≤ 1.3 ×",
      measured: `${source.toFixed(2)} ×`,
      isReached: source <= 1.3,
    },
    {
      figure: `Cold start in ${mode} mode bundled, to that bare function from source`,
      goal: "≤ 0.8 ×",
      measured: `${bundle.toFixed(2)} ×`,
      isReached: bundle <= 0.8,
    },
  ];
}

function judgeBundles({ bundles }: Results): Verdict {
  const largest = Math.max(...bundles.map(({ bytes }) => bytes));
  return {
    figure: "The largest bundled function",
    goal: `≤ ${bundleLimit.toLocaleString("en")} B`,
    measured: `${largest.toLocaleString("en")} B`,
    isReached: largest <= bundleLimit,
  };
}

function judgePaging(lists: Paging[]): Verdict[] {
  const ratios = lists.flatMap(({ firstPage, deepPage }) =>
    deepPage ? [deepPage.timing.p50 / firstPage.p50] : []
  );
  const worst = Math.max(...ratios);
  const scanned = lists.filter(({ reads }) =>
    reads.firstPage.scannedRows > 0 || (reads.deepPage?.scannedRows ?? 0) > 0
  );
  return [
    {
      figure: "A deep page of a list, to its first page, the worst list",
      goal: `≤ ${pagingNoise} ×`,
      measured: `${worst.toFixed(2)} ×`,
      isReached: worst <= pagingNoise,
    },
    {
      figure: "Lists that scan the whole table of 100,000 concerts",
      goal: "none",
      measured: scanned.map(({ list }) => list).join(", ") || "none",
      isReached: scanned.length === 0,
    },
  ];
}

function judgeSales(rates: SalesRates): Verdict {
  const share = withoutDataApi(rates) / rates.pgbench;
  return {
    figure: "Sales a second through the function, the Data API's own share taken off, to pgbench",
    goal: "≥ 50 %",
    measured: `${Math.round(share * 100)} %`,
    isReached: share >= 0.5,
  };
}

function judgeCampaign({ rate, memory: { early, late } }: CampaignRate): Verdict[] {
  return [
    {
      figure: "Campaign messages a second to a provider on loopback",
      goal: "≥ 500",
      measured: String(Math.round(rate)),
      isReached: rate >= 500,
    },
    {
      figure: "The sender's memory in the last quarter of a campaign, to the second",
      goal: "≤ 1.15 ×",
      measured: `${(late / early).toFixed(2)} ×`,
      isReached: late / early <= 1.15,
    },
  ];
}

function judgeMigration(
  { import: whole, sending, oneByOne, copy, distant }: MigrationRates,
): Verdict[] {
  const times = (rate: number) => `${(rate / oneByOne).toFixed(1)} ×`;
  const percent = (rate: number) => `${(rate / copy * 100).toFixed(1)} %`;
  const oneAfterTheOther =
    "Records a second of `import`, to one `insert` after the other as in the guide";
  return [
    {
      figure: `${oneAfterTheOther}, ${distant.roundTrip} ms there and back`,
      goal: "≥ 50 ×",
      measured: `${(distant.import / distant.oneByOne).toFixed(1)} ×`,
      isReached: distant.import / distant.oneByOne >= 50,
    },
    {
      figure: `${oneAfterTheOther}, with no network in between`,
      goal: "≥ 50 ×",
      measured: `${times(whole)}; its sending alone ${times(sending)}`,
      isReached: whole / oneByOne >= 50,
    },
    {
      figure: "Records a second of `import`, to COPY into the same tables",
      goal: "≥ 15 %",
      measured: `${percent(whole)}; its sending alone ${percent(sending)}`,
      isReached: whole / copy >= 0.15,
    },
  ];
}

function signed(value: number, digits: number): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(digits)}`;
}
