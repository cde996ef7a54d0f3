import { prefixOf } from "../supabase/functions/_shared/database/transfer/families.ts";
import { type Manifest, manifestPath } from "./manifest.ts";
import { hashing } from "./sources/bytes-of.ts";
import { lineOf } from "./sources/ndjson-line.ts";
import type { SourceRow } from "./sources/source.ts";
import { discardPart, finishFile, removeIfThere, writePart } from "./whole-file.ts";

export interface WritingOptions {
  /** Where to put it; the manifest goes beside it. What was there is replaced. */
  out: string;
  gzip: boolean;
  /** Called with the number of rows written lately. */
  onRows(count: number): void;
}

/** What the manifest says beyond what is counted while writing. */
export type Described = Pick<Manifest, "source" | "started_at" | "changed_while_reading">;

/**
 * Writes rows as NDJSON, and the manifest when all of them are on the disk.
 *
 * Throws `MigrationError`; there is no file then, or still the one from before.
 */
export async function writeExport(
  pages: Iterable<SourceRow[]> | AsyncIterable<SourceRow[]>,
  described: Described,
  { out, gzip, onRows }: WritingOptions,
): Promise<Manifest> {
  const encoder = new TextEncoder();
  const prefixes: Record<string, number> = {};
  let keys = 0;
  async function* lines() {
    for await (const rows of pages) {
      for (const { key } of rows) {
        const prefix = prefixOf(key) || "(none)";
        prefixes[prefix] = (prefixes[prefix] ?? 0) + 1;
      }
      keys += rows.length;
      onRows(rows.length);
      yield encoder.encode(rows.map((row) => `${lineOf(row)}\n`).join(""));
    }
  }
  const hash = hashing();
  const content = ReadableStream.from(lines()).pipeThrough(hash.stream);
  await writePart(out, gzip ? content.pipeThrough(new CompressionStream("gzip")) : content);

  const manifest: Manifest = {
    format: "promo-music-kv-export",
    version: 1,
    source: described.source,
    started_at: described.started_at,
    finished_at: new Date().toISOString(),
    keys,
    prefixes,
    sha256: hash.digest(),
    changed_while_reading: described.changed_while_reading,
  };
  await writeManifest(out, manifest, encoder);
  return manifest;
}

async function writeManifest(out: string, manifest: Manifest, encoder: TextEncoder): Promise<void> {
  const path = manifestPath(out);
  try {
    const text = `${JSON.stringify(manifest, null, 2)}\n`;
    await writePart(path, ReadableStream.from([encoder.encode(text)]));
    // An older manifest would belong to nothing, should this end in between.
    await removeIfThere(path);
    await finishFile(out);
  } catch (error) {
    await discardPart(out);
    throw error;
  }
  await finishFile(path);
}
