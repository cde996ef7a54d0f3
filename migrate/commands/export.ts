import { exportSource } from "../export.ts";
import { describeReading } from "../terminal/describe-reading.ts";
import {
  type CommandContext,
  type ExitCode,
  sourceOf,
  typedPath,
  workspaceFolder,
} from "./command-context.ts";

/** `export --out FILE`: every key of the key-value table as NDJSON, with a manifest. */
export async function runExport(
  options: { out: string; gzip?: boolean },
  context: CommandContext,
): Promise<ExitCode> {
  const out = typedPath(options.out, context);
  const { manifest, ...reading } = await exportSource(await sourceOf({}, context), {
    out,
    gzip: options.gzip,
    folder: workspaceFolder(context),
    progress: context.progress,
    signal: context.signal,
  });
  context.print(describeReading(reading));
  for (const [prefix, count] of Object.entries(manifest.prefixes)) {
    context.print(`  ${count.toLocaleString("en").padStart(11)}  ${prefix}`);
  }
  context.print(`Exported to ${out}, SHA-256 ${manifest.sha256}.`);
  return 0;
}
