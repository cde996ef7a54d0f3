import { renderReport } from "../report/render-report.ts";
import { describeVerdict } from "../terminal/describe-verification.ts";
import { verify } from "../verify/verify.ts";
import { finishFile, writePart } from "../whole-file.ts";
import {
  type CommandContext,
  type ExitCode,
  sourceOf,
  targetOf,
  typedPath,
  workspaceFolder,
} from "./command-context.ts";

/** `report --html FILE`: a verification, and what led to it, as a page; ends as `verify` does. */
export async function runReport(
  options: {
    html: string;
    from?: string;
    incomplete?: boolean;
    batchSize: number;
    includeTestSales?: boolean;
    allowRejects?: boolean;
  },
  context: CommandContext,
): Promise<ExitCode> {
  const { target, url } = targetOf(context);
  const path = typedPath(options.html, context);
  const source = await sourceOf(options, context);
  const verification = await verify(source, target, {
    folder: workspaceFolder(context),
    batchSize: options.batchSize,
    includeTestSales: options.includeTestSales,
    progress: context.progress,
    signal: context.signal,
  });
  const page = await renderReport({
    source: source.name,
    target: url,
    madeAt: new Date(),
    verification,
    status: await target.status(),
  });
  await writePart(path, ReadableStream.from([new TextEncoder().encode(page)]));
  await finishFile(path);
  context.print(`Written to ${path}.`);
  const { allowRejects = false } = options;
  context.print(describeVerdict(verification, allowRejects));
  return (allowRejects ? verification.identicalButRefused : verification.identical) ? 0 : 1;
}
