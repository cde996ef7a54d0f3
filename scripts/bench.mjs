// npm run bench [-- --with-tests]: measures the figures of docs/benchmarks.md and writes them there.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { denoExecutable, ensureInstalled } from "./ensure-installed.mjs";

ensureInstalled();

const child = spawn(
  denoExecutable(),
  [
    "run",
    "--allow-all",
    "--no-prompt",
    fileURLToPath(new URL("../bench/run.ts", import.meta.url)),
    ...process.argv.slice(2),
  ],
  {
    cwd: fileURLToPath(new URL("../", import.meta.url)),
    env: { ...process.env, DO_NOT_TRACK: "1", DENO_NO_UPDATE_CHECK: "1" },
    stdio: "inherit",
  },
);
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
child.on("error", (error) => {
  console.error(`Deno cannot be started: ${error.message}`);
  process.exit(1);
});
child.on("exit", (code) => process.exit(code ?? 1));
