import { MigrationError, reasonOf } from "./migration-error.ts";

/** What stands beside an export: what it holds, and what to check it against. */
export interface Manifest {
  format: "promo-music-kv-export";
  version: 1;
  /** The source's name. */
  source: string;
  started_at: string;
  finished_at: string;
  keys: number;
  /** How many keys there are of each beginning. */
  prefixes: Record<string, number>;
  /** Of the file without compression, hexadecimal. */
  sha256: string;
  /** Keys that were added, changed or removed by others meanwhile. The file has what was read last. */
  changed_while_reading: { added: string[]; changed: string[]; removed: string[] };
}

/** Where the manifest of the export `path` is. */
export function manifestPath(path: string): string {
  return `${path}.manifest.json`;
}

/**
 * The manifest of the export `path`; null when there is none.
 *
 * Throws `MigrationError` when what is there is no manifest.
 */
export async function readManifest(path: string): Promise<Manifest | null> {
  const file = manifestPath(path);
  let text: string;
  try {
    text = await Deno.readTextFile(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw new MigrationError(`${file} cannot be read (${reasonOf(error)}): make it readable.`);
  }
  const manifest = parse(text);
  if (manifest) return manifest;
  throw new MigrationError(
    `${file} is no manifest of an export: put the one back that was written with ${path}, or remove it.`,
  );
}

function parse(text: string): Manifest | null {
  try {
    const value = JSON.parse(text);
    const isManifest = value?.format === "promo-music-kv-export" && value.version === 1 &&
      Number.isInteger(value.keys) && /^[0-9a-f]{64}$/.test(value.sha256);
    return isManifest ? value : null;
  } catch {
    return null;
  }
}
