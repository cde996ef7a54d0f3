// npm test [-- <deno test arguments>]: format, lint, types and every test but those of tests/hard.
// With TEST_DATABASE_URL (a superuser's URL) the tests run on that PostgreSQL instead of the embedded one.
import { spawn } from "node:child_process";
import { stripVTControlCharacters } from "node:util";
import { fileURLToPath } from "node:url";
import { denoExecutable, ensureInstalled } from "./ensure-installed.mjs";

const checkedFolders = ["bench", "local", "migrate", "supabase/functions", "tests"];

ensureInstalled();
const deno = denoExecutable();
const tally = { passed: 0, failed: 0, ignored: 0 };

const selection = process.argv.slice(2);
if (selection.length === 0) {
  await check("format", ["fmt", "--check", "--quiet"]);
  await check("lint", ["lint", "--quiet"]);
  await check("types", ["check", "--quiet", ...checkedFolders]);
}
// What takes minutes is asked for by name: npm run test:hard.
await runTests(selection.length > 0 ? selection : ["tests", "--ignore=tests/hard"]);

const ignored = tally.ignored > 0 ? `, ${tally.ignored} skipped` : "";
console.log(`\n${tally.passed} passed, ${tally.failed} failed${ignored}`);
process.exit(tally.failed > 0 ? 1 : 0);

/** Runs one of Deno's checks; counts as one test. */
async function check(name, args) {
  const { code, output } = await run(args);
  tally[code === 0 ? "passed" : "failed"]++;
  console.log(`${name} ... ${code === 0 ? "ok" : "FAILED"}`);
  if (code !== 0) console.log(output);
}

/** Two test files at a time: more starve the embedded databases on a small machine. */
async function runTests(selection) {
  const { code, output } = await run(
    ["test", "--allow-all", "--parallel", "--no-check", ...selection],
    { env: { DENO_JOBS: "2" }, show: true },
  );
  const summary =
    /(\d+) passed(?: \((\d+) steps?\))? \| (\d+) failed(?: \((\d+) steps?\))?(?: \| (\d+) ignored(?: \((\d+) steps?\))?)?/
      .exec(stripVTControlCharacters(output));
  const [passed, passedSteps, failed, failedSteps, ignored, ignoredSteps] = (summary ?? []).slice(1)
    .map((count) => Number(count ?? 0));
  tally.passed += (passed ?? 0) + (passedSteps ?? 0);
  // A run that ended without a summary, or badly in spite of it, has failed.
  tally.failed += Math.max((failed ?? 0) + (failedSteps ?? 0), code === 0 && summary ? 0 : 1);
  tally.ignored += (ignored ?? 0) + (ignoredSteps ?? 0);
}

function run(args, { env = {}, show = false } = {}) {
  return new Promise((resolve) => {
    const child = spawn(deno, args, {
      cwd: fileURLToPath(new URL("../", import.meta.url)),
      env: { ...process.env, DO_NOT_TRACK: "1", DENO_NO_UPDATE_CHECK: "1", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const collect = (target) => (chunk) => {
      output += chunk;
      if (show) target.write(chunk);
    };
    child.stdout.on("data", collect(process.stdout));
    child.stderr.on("data", collect(process.stderr));
    for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => child.kill(signal));
    child.on("close", (code) => resolve({ code, output }));
  });
}
