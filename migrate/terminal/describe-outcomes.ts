import { bold, green, red } from "deno-std/fmt/colors.js";
import { entities } from "../../supabase/functions/_shared/database/transfer/record.ts";
import type { OutcomeSummary } from "../outcome-totals.ts";
import type { EntityResults } from "../send-records.ts";
import { table } from "./table.ts";

/** The four numbers, with reasons, and what was repaired. */
export function describeOutcomes({ totals, counts, repairs }: OutcomeSummary): string {
  const { keys, migrated, merged, left_out, rejected } = totals;
  const parts = [
    bold("Keys"),
    table([
      ["", ""],
      ["migrated", migrated],
      ["merged into another record", merged],
      ["left out by a rule", left_out],
      ["rejected", rejected],
      ["together", migrated + merged + left_out + rejected],
      ["keys of the source", keys],
    ]).split("\n").slice(1).join("\n"),
  ];
  const withReasons = counts.filter(({ reason }) => reason !== "");
  if (withReasons.length > 0) {
    parts.push(
      bold("Left out and rejected"),
      table([
        ["keys", "outcome", "reason", "count"],
        ...withReasons.map(({ prefix, outcome, reason, count }) => [
          prefix || "(none)",
          outcome === "rejected" ? red("rejected") : "left out",
          reason,
          count,
        ]),
      ]),
    );
  }
  if (Object.keys(repairs).length > 0) {
    parts.push(bold("Repairs"), table([["repair", "keys"], ...Object.entries(repairs)]));
  }
  return parts.join("\n");
}

/** What became of the records, table by table. */
export function describeResults(results: EntityResults): string {
  const rows = entities.flatMap((entity) => {
    const result = results[entity];
    if (!result) return [];
    const { records, created, changed, unchanged, kept, rejected } = result;
    return [[entity, records, created, changed, unchanged, kept, rejected]];
  });
  const reasons = entities.flatMap((entity) =>
    Object.entries(results[entity]?.reasons ?? {}).map(([reason, count]) => [entity, reason, count])
  );
  const parts = [
    bold("Records"),
    table([
      ["table", "records", "created", "changed", "unchanged", "newer there", "rejected"],
      ...rows,
    ]),
  ];
  if (reasons.length > 0) {
    parts.push(
      bold("Refused by the target"),
      table([["table", "reason", "records"], ...reasons]),
    );
  }
  return parts.join("\n");
}

/** Whether all is well, in a word and a colour. */
export function verdict(isGood: boolean, text: string): string {
  return (isGood ? green : red)(bold(text));
}
