import { fromFileUrl } from "deno-std/path/from_file_url.js";
import { testSwitchOver } from "../dual/test-switch-over.ts";
import { anna, boris } from "../scenarios/legacy-sample.ts";
import { realExport } from "../support/real-export.ts";

testSwitchOver(fromFileUrl(new URL("../fixtures/legacy-sample.ndjson", import.meta.url)), [
  anna,
  boris,
]);

// With the real export of the old store, where it lies beside the repository, and two who own much of it.
const exists = await Deno.stat(realExport).then(() => true, () => false);
if (exists) {
  testSwitchOver(realExport, [
    "4742596d-fd57-4e3b-8af2-01c7e50fddcd",
    "b22b841d-bdb0-4aa3-8338-f0b71f9afcd3",
  ]);
} else {
  Deno.test.ignore("a switch-over with the real export (skipped: it is not here)", () => {});
}
