// Does what the README's first section says, as a newcomer would: in a clean clone, with an empty home directory.
// Closes with `N passed, N failed`.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const readyTimeout = 180_000;

const repository = fileURLToPath(new URL("../", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "first-steps-"));
const clone = join(scratch, "clone");
const home = join(scratch, "home");
let failed = 0;
let passed = 0;

try {
  await firstSteps();
} catch (error) {
  report(`first steps: ${error.message}`, false);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);

async function firstSteps() {
  const cloned = spawnSync("git", ["clone", "--quiet", repository, clone], { encoding: "utf8" });
  report("git clone", cloned.status === 0, cloned.stderr);

  const readme = readFileSync(join(clone, "README.md"), "utf8");
  const [, curl] = /^curl '?(http:\/\/127\.0\.0\.1:54321[^\s']+)'?$/m.exec(readme) ?? [];
  const [, answer] = /```json\n([\s\S]*?)```/.exec(readme) ?? [];
  if (!curl || !answer) throw new Error("README.md has no first curl, or no answer to it");

  const port = await freePort();
  const { child, output, ready, exited } = start(port);
  try {
    await ready;
    report("npm start is ready", true);
    const { status, stdout, stderr } = spawnSync(
      "curl",
      ["--silent", "--show-error", "--fail-with-body", curl.replace("54321", String(port))],
      { encoding: "utf8" },
    );
    report("the README's first curl is answered", status === 0, stdout + stderr);
    const [had, wanted] = [JSON.parse(stdout), JSON.parse(answer)].map(withoutDates);
    const same = JSON.stringify(had) === JSON.stringify(wanted);
    report("it answers what the README says", same, JSON.stringify(had, null, 2));
  } finally {
    const errorsBefore = output().length;
    process.kill(-child.pid, "SIGINT");
    await exited;
    report(
      "Ctrl-C ends it without complaint",
      !/error/i.test(output().slice(errorsBefore)),
      output(),
    );
  }
  const left = await fetch(`http://127.0.0.1:${port}/`).then(() => true, () => false);
  report("nothing is left running", !left);
}

function start(port) {
  // Only what a newcomer has: no cache, no settings, nothing of the caller's environment but the path.
  const child = spawn("npm", ["start"], {
    cwd: clone,
    env: { PATH: process.env.PATH, HOME: home, PORT: String(port) },
    stdio: ["ignore", "pipe", "pipe"],
    // A process group of its own, to be interrupted as a terminal does it: all of it at once.
    detached: true,
  });
  let text = "";
  const exited = new Promise((resolve) => child.on("exit", resolve));
  const ready = new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not ready in time:\n${text}`)), readyTimeout);
    const read = (chunk) => {
      text += chunk;
      if (!text.includes("/functions/v1/concerts")) return;
      clearTimeout(timer);
      resolve();
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    exited.then((code) => reject(new Error(`npm start ended with ${code}:\n${text}`)));
  });
  return { child, output: () => text, ready, exited };
}

/** The demo's dates move with the calendar. */
function withoutDates(value) {
  return JSON.parse(JSON.stringify(value, (key, inner) => key === "event_date" ? "date" : inner));
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

function report(what, isGood, detail = "") {
  if (isGood) passed++;
  else failed++;
  console.log(`${isGood ? "ok" : "FAILED"}: ${what}${isGood || !detail ? "" : `\n${detail}`}`);
}
