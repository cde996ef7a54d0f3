import { dirname } from "deno-std/path/dirname.js";
import { fromFileUrl } from "deno-std/path/from_file_url.js";
import { join } from "deno-std/path/join.js";
import { relative } from "deno-std/path/relative.js";

/** The functions there are; each must fit into the limit on its own. */
export const functionNames = [
  "campaigns",
  "concerts",
  "notifications",
  "storage-setup",
  "tickets",
] as const;
export type FunctionName = typeof functionNames[number];

/** Bytes, minified. */
export const bundleLimit = 400_000;

/** A function as one minified file. */
export interface Bundle {
  path: string;
  bytes: number;
  /** The project's own files it was made of, relative to supabase/functions. */
  sources: string[];
}

/** Writes the function's bundle and its source map into `folder`. */
export async function bundleFunction(name: FunctionName, folder: string): Promise<Bundle> {
  const functions = fromFileUrl(new URL("../supabase/functions/", import.meta.url));
  const path = join(folder, `${name}.js`);
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "bundle",
      "--quiet",
      "--minify",
      "--sourcemap=external",
      // Loaded only where EMAIL_TRANSPORT is smtp; larger than any function of ours.
      "--external",
      "nodemailer",
      "--output",
      path,
      join(functions, name, "index.ts"),
    ],
    cwd: functions,
  }).output();
  if (!success) {
    throw new Error(`${name} cannot be bundled: ${new TextDecoder().decode(stderr)}`);
  }
  return {
    path,
    bytes: (await Deno.stat(path)).size,
    sources: await ownSources(path, functions),
  };
}

async function ownSources(bundle: string, functions: string): Promise<string[]> {
  const { sources } = JSON.parse(await Deno.readTextFile(`${bundle}.map`)) as { sources: string[] };
  // The temporary folder may be a link; the map's paths start from where it really is.
  const folder = await Deno.realPath(dirname(bundle));
  return sources
    .map((source) => relative(functions, join(folder, source)).replaceAll("\\", "/"))
    .filter((source) => !source.startsWith(".."));
}
