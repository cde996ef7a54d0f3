import type { PGlite } from "@supabase/lite/pglite";

const FOLDER = new URL("../node_modules/.cache/promo-music/", import.meta.url);
const LITE_PACKAGE = new URL("../node_modules/@supabase/lite/package.json", import.meta.url);

/**
 * A new embedded database, untouched, as an archive. Making one takes two seconds and more, unpacking a third of one;
 * the test suites start a dozen.
 */
export async function readSnapshot(): Promise<Blob | undefined> {
  try {
    const file = await Deno.open(await snapshotFile());
    // Unpacked here, because PGlite cannot report an archive that is damaged; gzip's checksum does.
    const tar = file.readable.pipeThrough(new DecompressionStream("gzip"));
    const bytes = await new Response(tar).arrayBuffer();
    return new Blob([bytes], { type: "application/x-tar" });
  } catch (error) {
    // Missing or damaged: the next one replaces it.
    if (error instanceof Deno.errors.NotFound || error instanceof TypeError) return undefined;
    throw error;
  }
}

/** Keeps a database nothing was done to yet. Where packages may not be written, nothing is kept. */
export async function saveSnapshot(database: PGlite): Promise<void> {
  const archive = await database.dumpDataDir("gzip");
  const file = await snapshotFile();
  const partial = new URL(`${crypto.randomUUID()}.partial`, FOLDER);
  try {
    await Deno.mkdir(FOLDER, { recursive: true });
    await Deno.writeFile(partial, archive.stream());
    // Another start may be doing the same: whoever is last wins, with a whole file.
    await Deno.rename(partial, file);
  } catch (error) {
    const readOnly = error instanceof Deno.errors.PermissionDenied ||
      Reflect.get(Object(error), "code") === "EROFS";
    if (!readOnly) throw error;
  }
}

/** A database belongs to the build of PostgreSQL it was made with, and that to the release of the server. */
async function snapshotFile(): Promise<URL> {
  const { version } = JSON.parse(await Deno.readTextFile(LITE_PACKAGE));
  return new URL(`pglite-of-lite-${version}.tar.gz`, FOLDER);
}
