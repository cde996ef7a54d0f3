import { bold } from "deno-std/fmt/colors.js";
import { sourceConnection } from "../connection.ts";
import { exportKvToFile, exportToKvTable, type ReturnPlan } from "../export-kv/export-kv.ts";
import { MigrationError } from "../migration-error.ts";
import { verdict } from "../terminal/describe-outcomes.ts";
import { table } from "../terminal/table.ts";
import {
  type CommandContext,
  type ExitCode,
  targetOf,
  typedPath,
  workspaceFolder,
} from "./command-context.ts";

const shownKeys = 20;

export interface ExportKvCommandOptions {
  out?: string;
  gzip?: boolean;
  batchSize: number;
  dryRun?: boolean;
  force?: boolean;
}

/** `export-kv`: what the tables have, back into the key-value table or into a file; 1 when something newer is there. */
export async function runExportKv(
  options: ExportKvCommandOptions,
  context: CommandContext,
): Promise<ExitCode> {
  checkOptions(options);
  const { target, url } = targetOf(context);
  const { batchSize, gzip, dryRun, force } = options;
  const common = {
    folder: workspaceFolder(context),
    batchSize,
    progress: context.progress,
    signal: context.signal,
  };
  if (options.out !== undefined) {
    const out = typedPath(options.out, context);
    const manifest = await exportKvToFile(target, { ...common, out, gzip, name: url });
    context.print(table([["prefix", "keys"], ...Object.entries(manifest.prefixes)]));
    context.print(`Exported to ${out}, SHA-256 ${manifest.sha256}.`);
    return 0;
  }
  const kv = sourceConnection(context.variables);
  const { written, same, kept, keptKeys, removed } = await exportToKvTable(target, kv, {
    ...common,
    dryRun,
    force,
    onPlan: (plan) => context.print(describePlan(plan)),
  });
  context.print(table([
    ["records of the tables", "count"],
    [
      dryRun ? "would be written to the key-value table" : "written to the key-value table",
      written,
    ],
    ["there already", same],
    ["newer there, left alone", kept],
  ]));
  context.print(
    `Keys ${
      dryRun ? "that would be " : ""
    }removed, since their records are gone or have other keys: ${removed}`,
  );
  if (kept > 0) {
    context.print(bold("Left alone"));
    for (const key of keptKeys.slice(0, shownKeys)) context.print(`  ${key}`);
    const rest = kept - Math.min(keptKeys.length, shownKeys);
    if (rest > 0) context.print(`  and ${rest.toLocaleString("en")} more`);
    context.print(
      verdict(
        false,
        "These were written to the key-value table since both stores had the same: " +
          "import brings them to the tables, or run export-kv again while nobody writes there.",
      ),
    );
    return 1;
  }
  context.print(
    dryRun
      ? "Nothing was written: this was a dry run."
      : verdict(true, `The key-value table of ${kv.url} has what ${url} has.`),
  );
  return 0;
}

function checkOptions({ out, gzip, dryRun, force }: ExportKvCommandOptions): void {
  if (out === undefined && gzip) {
    throw new MigrationError("--gzip is for a file: name it by --out.");
  }
  if (out !== undefined && (dryRun || force)) {
    throw new MigrationError("--dry-run and --force are for the key-value table: leave out --out.");
  }
}

function describePlan({ keys, write, remove }: ReturnPlan): string {
  const prefixes = [...new Set([...Object.keys(write), ...Object.keys(remove)])].sort();
  return table([
    ["keys of the key-value table", "to be written", "to be removed"],
    ...prefixes.map((prefix) => [prefix, write[prefix] ?? 0, remove[prefix] ?? 0]),
    [`of ${keys.toLocaleString("en")} there`, total(write), total(remove)],
  ]);
}

function total(counts: Record<string, number>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
