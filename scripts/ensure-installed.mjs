import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));

/**
 * Installs the packages of package-lock.json when node_modules is not what it says. Takes a few milliseconds
 * otherwise. Ends the process when the installation fails.
 */
export function ensureInstalled() {
  if (isInstalled()) return;
  console.error("Installing dependencies ...");
  const { status, stdout, stderr, error } = spawnSync(
    "npm",
    ["ci", "--no-audit", "--no-fund", "--loglevel=error"],
    { cwd: root, encoding: "utf8", shell: process.platform === "win32" },
  );
  if (status === 0) return;
  console.error(`npm ci failed:\n${stdout ?? ""}${stderr ?? ""}${error ?? ""}`);
  process.exit(1);
}

/** The Deno binary itself: its Node wrapper would not pass signals on. */
export function denoExecutable() {
  // Links the binary of this platform's package at the first call, when npm was not allowed to do it.
  return createRequire(import.meta.url)("deno/install_api.cjs").runInstall();
}

function isInstalled() {
  try {
    const wanted = packagesOf("package-lock.json");
    // npm writes down what it has really installed.
    const present = packagesOf("node_modules/.package-lock.json");
    return Object.entries(wanted).every(([path, { version, integrity, optional }]) => {
      if (path === "") return true;
      const installed = present[path];
      if (!installed) return optional === true; // Made for another platform.
      return installed.version === version && installed.integrity === integrity &&
        existsSync(`${root}${path}`);
    });
  } catch {
    return false;
  }
}

function packagesOf(file) {
  return JSON.parse(readFileSync(`${root}${file}`, "utf8")).packages;
}
