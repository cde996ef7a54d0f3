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
    fileURLToPath(new URL("../local/start.ts", import.meta.url)),
  ],
  {
    cwd: fileURLToPath(new URL("../", import.meta.url)),
    env: { ...process.env, DO_NOT_TRACK: "1", DENO_NO_UPDATE_CHECK: "1" },
    stdio: "inherit",
  },
);
// Deno closes the stack and ends by itself; leaving before it would leave it behind.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
// The shell between npm and this ends at a signal to npm without passing it on.
if (process.env.npm_lifecycle_event) {
  const shell = process.ppid;
  setInterval(() => process.ppid === shell || child.kill("SIGTERM"), 500).unref();
}
child.on("error", (error) => {
  console.error(`Deno cannot be started: ${error.message}`);
  process.exit(1);
});
child.on("exit", (code) => process.exit(code ?? 1));
