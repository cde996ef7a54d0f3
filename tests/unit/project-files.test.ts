import assert from "node:assert/strict";
import { parse as parseToml } from "deno-std/toml/parse.js";
import { buckets } from "../../supabase/functions/_shared/buckets.ts";

const root = new URL("../../", import.meta.url);

async function readJson<Content>(path: string): Promise<Content> {
  return JSON.parse(await Deno.readTextFile(new URL(path, root)));
}

Deno.test("functions resolve exactly the versions that package.json pins", async () => {
  const { imports } = await readJson<{ imports: Record<string, string> }>(
    "supabase/functions/deno.json",
  );
  const { dependencies } = await readJson<{ dependencies: Record<string, string> }>("package.json");
  const used = new Set<string>();
  for (const [specifier, target] of Object.entries(imports)) {
    const parts = /^npm:\/?((?:@[^/]+\/)?[^@/]+)@([^/]+)(\/.*)?$/.exec(target);
    assert.ok(parts, `${specifier} resolves to an npm package with a version: ${target}`);
    const [, name, version] = parts;
    assert.match(version, /^\d+\.\d+\.\d+$/, `${specifier} is pinned`);
    assert.equal(version, dependencies[name], `${specifier} as package.json has ${name}`);
    used.add(name);
  }
  assert.deepEqual([...used].sort(), Object.keys(dependencies).sort(), "no dependency is unused");
});

Deno.test("package.json pins every version, and package-lock.json agrees", async () => {
  type Packages = Record<"dependencies" | "devDependencies", Record<string, string>>;
  const manifest = await readJson<Packages>("package.json");
  const lock = await readJson<{ packages: Record<string, Partial<Packages>> }>("package-lock.json");
  for (const kind of ["dependencies", "devDependencies"] as const) {
    for (const [name, version] of Object.entries(manifest[kind])) {
      assert.match(version, /^\d+\.\d+\.\d+(-[\w.]+)?$/, `${name} is pinned`);
    }
    assert.deepEqual(lock.packages[""][kind], manifest[kind]);
  }
});

Deno.test("every function has a block in config.toml, and every block a function", async () => {
  const config = parseToml(
    await Deno.readTextFile(new URL("supabase/config.toml", root)),
  ) as { functions: Record<string, { verify_jwt: boolean; import_map: string }> };
  const folders: string[] = [];
  for await (const entry of Deno.readDir(new URL("supabase/functions/", root))) {
    if (entry.isDirectory && !entry.name.startsWith("_")) folders.push(entry.name);
  }
  assert.deepEqual(Object.keys(config.functions).sort(), folders.sort());
  for (const [name, block] of Object.entries(config.functions)) {
    assert.deepEqual(block, { verify_jwt: false, import_map: "./functions/deno.json" }, name);
    const index = await Deno.stat(new URL(`supabase/functions/${name}/index.ts`, root));
    assert.ok(index.isFile, name);
  }
});

Deno.test("the buckets are those of the HTTP contract", () => {
  assert.deepEqual(buckets, [
    {
      name: "make-84730125-concert-banners",
      public: true,
      file_size_limit: 5_242_880,
      allowed_mime_types: ["image/jpeg", "image/png", "image/webp", "image/gif"],
    },
    {
      name: "make-84730125-artist-avatars",
      public: true,
      file_size_limit: 2_097_152,
      allowed_mime_types: ["image/jpeg", "image/png", "image/webp"],
    },
    {
      name: "make-84730125-track-covers",
      public: true,
      file_size_limit: 3_145_728,
      allowed_mime_types: ["image/jpeg", "image/png", "image/webp"],
    },
    {
      name: "make-84730125-audio-files",
      public: false,
      file_size_limit: 52_428_800,
      allowed_mime_types: ["audio/mpeg", "audio/wav", "audio/ogg", "audio/flac"],
    },
    {
      name: "make-84730125-video-files",
      public: false,
      file_size_limit: 209_715_200,
      allowed_mime_types: ["video/mp4", "video/webm", "video/ogg"],
    },
    {
      name: "make-84730125-campaign-attachments",
      public: false,
      file_size_limit: 10_485_760,
      allowed_mime_types: ["application/pdf", "image/jpeg", "image/png"],
    },
  ]);
});
