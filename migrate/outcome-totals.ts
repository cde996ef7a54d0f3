import type { KeyOutcomes, OutcomeCount } from "./workspace/key-outcomes.ts";

export type { OutcomeCount };

/** What became of all keys of a source: the four add up to their number. */
export interface OutcomeTotals {
  keys: number;
  migrated: number;
  merged: number;
  left_out: number;
  rejected: number;
}

/**
 * The four numbers.
 *
 * @param keys how many the source has
 * @throws when they do not add up: a key has been lost, which no code here may ever do
 */
function totalsOf(counts: readonly OutcomeCount[], keys: number): OutcomeTotals {
  const totals: OutcomeTotals = { keys, migrated: 0, merged: 0, left_out: 0, rejected: 0 };
  for (const { outcome, count } of counts) totals[outcome] += count;
  const sum = totals.migrated + totals.merged + totals.left_out + totals.rejected;
  if (sum === keys) return totals;
  throw new Error(
    `${keys} keys of the source have ${sum} outcomes: this is a fault of the migration`,
  );
}

/** What is worth telling of the outcomes, for a summary and a report. */
export interface OutcomeSummary {
  totals: OutcomeTotals;
  /** By beginning of the key, outcome and reason. */
  counts: OutcomeCount[];
  /** How often each repair was made. */
  repairs: Record<string, number>;
}

/** @throws as `totalsOf` does */
export function summaryOf(outcomes: KeyOutcomes, keys: number): OutcomeSummary {
  const counts = outcomes.counts();
  return { totals: totalsOf(counts, keys), counts, repairs: outcomes.repairs() };
}
