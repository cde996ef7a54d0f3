import assert from "node:assert/strict";
import {
  bundleFunction,
  bundleLimit,
  functionNames,
  packageApart,
} from "../../bench/bundle-function.ts";

/** Those that send mail. */
const mailers: readonly string[] = ["campaigns", "notifications"];

for (const name of functionNames) {
  Deno.test(`${name} fits into ${bundleLimit} bytes and holds no other function's code`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "bundle-" });
    try {
      const { path, bytes, sources } = await bundleFunction(name, folder);
      assert.ok(bytes <= bundleLimit, `${bytes} bytes`);
      const functions = new Set(sources.map((source) => source.split("/")[0]));
      assert.deepEqual([...functions].sort(), ["_shared", name]);
      assert.deepEqual(sources.filter((source) => source.includes("/dual/")), []);
      // What the bundle does without is loaded when it is needed, and only where it can be.
      const mentions = (await Deno.readTextFile(path)).matchAll(
        new RegExp(`.{0,7}"${packageApart}"`, "g"),
      );
      assert.deepEqual(
        [...mentions].map(([mention]) => mention),
        mailers.includes(name) ? [`import("${packageApart}"`] : [],
      );
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test("every function there is has its size measured", async () => {
  const folders = await Array.fromAsync(
    Deno.readDir(new URL("../../supabase/functions/", import.meta.url)),
  );
  const functions = folders.filter((entry) => entry.isDirectory && !entry.name.startsWith("_"));
  assert.deepEqual(functions.map((entry) => entry.name).sort(), [...functionNames]);
});
