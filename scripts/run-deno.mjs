import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { denoExecutable, ensureInstalled } from "./ensure-installed.mjs";

/**
 * Runs a script of the project under Deno, installing first what is missing, and ends with its exit code.
 *
 * @param path from the project's folder, such as "local/start.ts"; it gets the command line's arguments
 * @param options Deno's own
 */
export function runDeno(path, ...options) {
  ensureInstalled();
  const root = new URL("../", import.meta.url);
  const child = spawn(
    denoExecutable(),
    [
      "run",
      "--allow-all",
      "--no-prompt",
      ...options,
      fileURLToPath(new URL(path, root)),
      ...process.argv.slice(2),
    ],
    {
      cwd: fileURLToPath(root),
      env: { ...process.env, DO_NOT_TRACK: "1", DENO_NO_UPDATE_CHECK: "1" },
      stdio: "inherit",
    },
  );
  // The script ends by itself, after it has closed what it opened; leaving before it would leave that behind.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => child.kill(signal));
  }
  child.on("error", (error) => {
    console.error(`Deno cannot be started: ${error.message}`);
    process.exit(1);
  });
  child.on("exit", (code) => process.exit(code ?? 1));
}
