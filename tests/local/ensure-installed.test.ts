import assert from "node:assert/strict";
import { makeCheckout } from "./checkout.ts";

/** Calls ensureInstalled in a checkout whose npm only writes down that it was called. */
async function ensureInstalled(lockFile?: (lock: Lock) => void, exitCode = 0) {
  await using checkout = await makeCheckout();
  if (lockFile) {
    const lock: Lock = JSON.parse(await Deno.readTextFile(checkout.path("package-lock.json")));
    lockFile(lock);
    await Deno.remove(checkout.path("package-lock.json"));
    await Deno.writeTextFile(checkout.path("package-lock.json"), JSON.stringify(lock));
  }
  await Deno.mkdir(checkout.path("bin"));
  await Deno.writeTextFile(
    checkout.path("bin/npm"),
    `#!/bin/sh\necho "$@" > "${checkout.path("npm-was-called")}"\necho why >&2\nexit ${exitCode}\n`,
    { mode: 0o755 },
  );
  const script = `
    const { ensureInstalled } = await import(${
    JSON.stringify(checkout.path("scripts/ensure-installed.mjs"))
  });
    ensureInstalled();`;
  const { code, stderr } = await new Deno.Command("node", {
    args: ["--input-type=module", "--eval", script],
    env: { PATH: `${checkout.path("bin")}:${Deno.env.get("PATH")}` },
  }).output();
  const npm = await Deno.readTextFile(checkout.path("npm-was-called")).catch(() => undefined);
  return { code, npm, stderr: new TextDecoder().decode(stderr) };
}

interface Lock {
  packages: Record<string, { version: string; integrity?: string; optional?: boolean }>;
}

Deno.test("nothing is installed when everything is there", async () => {
  assert.deepEqual(await ensureInstalled(), { code: 0, npm: undefined, stderr: "" });
});

Deno.test("a package of another version or content, or a missing one, is installed", async () => {
  const changes: Record<string, (lock: Lock) => void> = {
    version: ({ packages }) => packages["node_modules/hono"].version = "0.0.1",
    content: ({ packages }) => packages["node_modules/hono"].integrity = "sha512-other",
    missing: ({ packages }) => packages["node_modules/not-there"] = { version: "1.0.0" },
  };
  for (const [name, change] of Object.entries(changes)) {
    const { code, npm, stderr } = await ensureInstalled(change);
    assert.equal(code, 0, name);
    assert.equal(npm, "ci --no-audit --no-fund --loglevel=error\n", name);
    assert.equal(stderr, "Installing dependencies ...\n", name);
  }
});

Deno.test("a package for other platforms only is not missed", async () => {
  const { npm } = await ensureInstalled(({ packages }) => {
    packages["node_modules/for-windows"] = { version: "1.0.0", optional: true };
  });
  assert.equal(npm, undefined);
});

Deno.test("an installation that fails ends the start with npm's own words", async () => {
  const { code, stderr } = await ensureInstalled((lock) => {
    lock.packages["node_modules/hono"].version = "0.0.1";
  }, 7);
  assert.equal(code, 1);
  assert.match(stderr, /npm ci failed:\nwhy/);
});
