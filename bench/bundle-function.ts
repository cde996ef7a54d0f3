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
  /** With the dual modes, which load both stores and what goes between them. */
  bytesWithDualModes: number;
  /** The project's own files it was made of, relative to supabase/functions. */
  sources: string[];
}

const functions = fromFileUrl(new URL("../supabase/functions/", import.meta.url));

/** The one package that a bundle does without: docs/decisions/010-what-a-bundle-counts.md. */
export const packageApart = "nodemailer";

/** As open-database.ts imports them: for the days of a migration, by the same decision. */
const dualModes = "./dual/open-dual-database.ts";

/** Writes the function's bundle and its source map into `folder`. */
export async function bundleFunction(name: FunctionName, folder: string): Promise<Bundle> {
  const entry = join(functions, name, "index.ts");
  const path = join(folder, `${name}.js`);
  const whole = join(folder, `${name}-dual.js`);
  const withoutPackage = ["--external", packageApart];
  await bundle(entry, path, [...withoutPackage, "--external", dualModes]);
  await bundle(entry, whole, withoutPackage);
  return {
    path,
    bytes: await sizeOf(path),
    bytesWithDualModes: await sizeOf(whole),
    sources: await ownSources(path),
  };
}

/** The size of `packageApart`, bundled in the same way. */
export async function measurePackageApart(folder: string): Promise<number> {
  const path = join(folder, `${packageApart}.js`);
  await bundle(fromFileUrl(import.meta.resolve(packageApart)), path);
  return await sizeOf(path);
}

async function bundle(entry: string, output: string, options: string[] = []): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "bundle",
      "--quiet",
      "--minify",
      "--sourcemap=external",
      ...options,
      "--output",
      output,
      entry,
    ],
    cwd: functions,
  }).output();
  if (!success) {
    throw new Error(`${entry} cannot be bundled: ${new TextDecoder().decode(stderr)}`);
  }
}

async function sizeOf(path: string): Promise<number> {
  return (await Deno.stat(path)).size;
}

async function ownSources(bundle: string): Promise<string[]> {
  const { sources } = JSON.parse(await Deno.readTextFile(`${bundle}.map`)) as { sources: string[] };
  // The temporary folder may be a link; the map's paths start from where it really is.
  const folder = await Deno.realPath(dirname(bundle));
  return sources
    .map((source) => relative(functions, join(folder, source)).replaceAll("\\", "/"))
    .filter((source) => !source.startsWith(".."));
}
