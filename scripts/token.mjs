import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { denoExecutable, ensureInstalled } from "./ensure-installed.mjs";

ensureInstalled();

const { status } = spawnSync(
  denoExecutable(),
  [
    "run",
    "--allow-all",
    fileURLToPath(new URL("../local/token.ts", import.meta.url)),
    ...process.argv.slice(2),
  ],
  {
    cwd: fileURLToPath(new URL("../", import.meta.url)),
    env: { ...process.env, DENO_NO_UPDATE_CHECK: "1" },
    stdio: "inherit",
  },
);
process.exit(status ?? 1);
