import { bold, green, red, yellow } from "deno-std/fmt/colors.js";
import { entities } from "../../supabase/functions/_shared/database/transfer/record.ts";
import type { VerifyResult } from "../verify/verify.ts";
import { isSameButRefused } from "../verify/compare-sums.ts";
import { verdict } from "./describe-outcomes.ts";
import { printable, table } from "./table.ts";

const shownDifferences = 20;

/** What a verification found. */
export function describeVerification(result: VerifyResult): string {
  const compared = entities.map((entity) => ({ entity, ...result.entities[entity] }))
    .filter(({ source, target }) => source.count + target.count > 0);
  const parts = [
    bold("Records"),
    table([
      ["table", "source", "target", "missing", "refused", "extra", "different", "checksums"],
      ...compared.map(({ entity, source, target, missing, refused, extra, different }) => [
        entity,
        source.count,
        target.count,
        missing,
        refused,
        extra,
        different,
        source.checksum === target.checksum
          ? green(source.checksum.slice(0, 12))
          : red(`${source.checksum.slice(0, 12)} ≠ ${target.checksum.slice(0, 12)}`),
      ]),
    ]),
    bold("Sums"),
    table([
      ["", "source", "target", "of it refused"],
      ...[
        ...result.money.map((sum) => ({ ...sum, isFaulty: !isSameButRefused(sum) })),
        ...result.coins.map((sum) => ({
          name: `coins: ${sum.name}`,
          source: String(sum.source),
          target: String(sum.target),
          refused: String(sum.refused),
          isFaulty: !isSameButRefused(sum),
        })),
      ].map(({ name, source, target, refused, isFaulty }) => [
        name,
        source,
        (isFaulty ? red : source === target ? green : yellow)(target),
        refused,
      ]),
    ]),
    ...describeDifferences(result),
  ];
  for (const { artist_id, balance, ledger } of result.balances) {
    parts.push(red(`  artist ${artist_id}: balance ${balance}, movements ${ledger}`));
  }
  for (const { table, column, references, orphans } of result.orphans) {
    parts.push(red(`  ${orphans} rows of ${table}: ${column} leads to nothing in ${references}`));
  }
  return [...parts, ...describeRejects(result)].join("\n");
}

/** What `migration_rejects` keeps, and what it should. */
function describeRejects({ rejects }: VerifyResult): string[] {
  const { source, refused, stale, gone, lost, changed } = rejects;
  const count = (keys: number) => keys.toLocaleString("en");
  const lines = [bold("Rejects"), `  keys that the source's rules reject: ${count(source)}`];
  if (refused > 0) lines.push(red(`  records that the target refused: ${count(refused)}`));
  if (stale > 0) {
    lines.push(yellow(`  kept, and readable by now: ${count(stale)}; import brings them over`));
  }
  if (gone > 0) lines.push(yellow(`  kept, and not in the source any more: ${count(gone)}`));
  for (const key of lost.slice(0, shownDifferences)) {
    lines.push(red(`  rejected and not in migration_rejects: ${printable(key)}`));
  }
  for (const key of changed.slice(0, shownDifferences)) {
    lines.push(red(`  kept in migration_rejects with another value: ${printable(key)}`));
  }
  return lines;
}

/** The last line: whether both sides are the same. */
export function describeVerdict(
  { identical, identicalButRefused, rejects }: VerifyResult,
  allowRejects: boolean,
): string {
  if (identical) return verdict(true, "Identical: the target has exactly what the source says.");
  if (!identicalButRefused) return verdict(false, "Not identical: see above.");
  const records = rejects.refused === 1
    ? "a record"
    : `${rejects.refused.toLocaleString("en")} records`;
  return verdict(
    allowRejects,
    `Identical but for ${records} that the target refused, kept whole in migration_rejects.`,
  );
}

function describeDifferences({ differences, entities: compared }: VerifyResult): string[] {
  const all = Object.values(compared)
    .reduce(
      (sum, { missing, refused, extra, different }) => sum + missing + refused + extra + different,
      0,
    );
  if (all === 0) return [];
  const shown = differences.slice(0, shownDifferences).map(({ entity, id, key, kind, fields }) => [
    kind,
    entity,
    key ?? id,
    fields.join(", "),
  ]);
  const rest = all - shown.length;
  return [
    bold("Differences"),
    table([["", "table", "key or id", "columns"], ...shown]),
    ...rest > 0 ? [`  and ${rest.toLocaleString("en")} more; --json lists the first thousand`] : [],
  ];
}
