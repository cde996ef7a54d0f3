import type { Manifest } from "./manifest.ts";
import { type ReadingOptions, readSource, type SourceReading } from "./read-source.ts";
import type { Source } from "./sources/source.ts";
import { silence } from "./terminal/progress.ts";
import { SourceRows } from "./workspace/source-rows.ts";
import { inTemporaryWorkspace } from "./workspace/workspace-folder.ts";
import { writeExport } from "./write-export.ts";

export interface ExportOptions extends ReadingOptions {
  /** Where to put it; the manifest goes beside it. What was there is replaced. */
  out: string;
  gzip?: boolean;
  /** Where the workspace goes. */
  folder: string;
}

export interface ExportResult extends SourceReading {
  manifest: Manifest;
}

/**
 * Writes every key of a source into a file, one `{"key","value"}` a line, ordered by key, and a manifest beside it.
 *
 * Throws `MigrationError`; there is no file then, or still the one from before.
 */
export function exportSource(
  source: Source,
  { out, gzip = false, folder, progress = silence, signal }: ExportOptions,
): Promise<ExportResult> {
  return inTemporaryWorkspace(folder, async (workspace) => {
    const started_at = new Date().toISOString();
    const reading = await readSource(source, workspace, { progress, signal });
    progress.begin(`Writing ${out}`, reading.keys);
    const manifest = await writeExport(
      new SourceRows(workspace).pages(),
      { source: source.name, started_at, changed_while_reading: reading.changed },
      { out, gzip, onRows: (count) => progress.advance(count) },
    );
    progress.end();
    return { ...reading, manifest };
  });
}
