import assert from "node:assert/strict";
import { type Checkout, makeCheckout } from "./checkout.ts";

/** Starts with these settings; it must end with 1 and one sentence that matches. */
async function assertRefuses(
  sentence: RegExp,
  environment: (path: (name: string) => string) => Record<string, string>,
  files: Record<string, string | Uint8Array> = {},
): Promise<void> {
  await using checkout = await makeCheckout();
  for (const [name, content] of Object.entries(files)) {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    await Deno.writeFile(checkout.path(name), bytes);
  }
  const { code, stdout, stderr } = await checkout.start(environment(checkout.path)).ended;
  assert.match(stderr, sentence);
  assert.deepEqual(stderr.trim().split("\n").length, 1, `more than one line:\n${stderr}`);
  assert.deepEqual({ code, stdout }, { code: 1, stdout: "" });
  assert.deepEqual(await checkout.scratchFolders(), []);
}

Deno.test("npm start refuses a PORT that another program has", async () => {
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const port = String(taken.addr.port);
  try {
    await assertRefuses(new RegExp(`^PORT ${port} is taken .* set PORT to a free port`), () => ({
      PORT: port,
    }));
  } finally {
    taken.close();
  }
});

Deno.test("npm start refuses a PORT that is no port", async () => {
  for (const port of ["http", "65536", "-1", "80.5"]) {
    await assertRefuses(new RegExp(`^PORT is "${port}": set it to`), () => ({ PORT: port }));
  }
});

Deno.test("npm start refuses an unknown STORAGE_MODE", () =>
  assertRefuses(
    /^STORAGE_MODE is "mongo": set it to "kv" .* or "sql", or .* "dual-kv" or "dual-sql"\.$/m,
    () => ({ STORAGE_MODE: "mongo" }),
  ));

Deno.test("npm start refuses a DATABASE_URL nobody answers at, and keeps its password to itself", () =>
  assertRefuses(
    /^DATABASE_URL: 127\.0\.0\.1:1\/music cannot be reached \((?!.*hidden).*: start that PostgreSQL/,
    () => ({ DATABASE_URL: "postgresql://someone:hidden@127.0.0.1:1/music" }),
  ));

Deno.test("npm start refuses a DATABASE_URL that is no PostgreSQL address", () =>
  assertRefuses(/^DATABASE_URL is no PostgreSQL address: write it as/, () => ({
    DATABASE_URL: "mysql://localhost/music",
  })));

Deno.test("npm start refuses a KV_FILE that is missing", () =>
  assertRefuses(/^KV_FILE: .*nowhere\.ndjson does not exist; name an NDJSON file\.$/m, (path) => ({
    KV_FILE: path("nowhere.ndjson"),
  })));

Deno.test("npm start refuses a KV_FILE that is not UTF-8", () =>
  assertRefuses(
    /^KV_FILE: .*cp1251\.ndjson is not UTF-8; save it as UTF-8\.$/m,
    (path) => ({ KV_FILE: path("cp1251.ndjson") }),
    // «Концерт» as Windows writes it.
    { "cp1251.ndjson": new Uint8Array([0xca, 0xee, 0xed, 0xf6, 0xe5, 0xf0, 0xf2]) },
  ));

Deno.test("npm start names the line of a KV_FILE that is no key and value", async () => {
  const bad = ["{", "[]", '"text"', '{"value":1}', '{"key":"a"}', '{"key":1,"value":1}'];
  for (const line of bad) {
    await assertRefuses(
      /^KV_FILE: line 3 of .*rows\.ndjson is no \{"key": "\.\.\.", "value": \.\.\.\}/,
      (path) => ({ KV_FILE: path("rows.ndjson") }),
      { "rows.ndjson": `{"key":"a","value":null}\n\n${line}\n{"key":"b","value":1}\n` },
    );
  }
});

Deno.test("npm start refuses a DATA_DIR that cannot be written", () =>
  assertRefuses(
    /^DATA_DIR .*file\/data cannot be written: choose a folder you may write to\.$/m,
    (path) => ({ DATA_DIR: path("file/data") }),
    { file: "no folder" },
  ));

Deno.test("npm start refuses arguments, and makes nothing", async () => {
  await using checkout = await makeCheckout();
  for (const args of [["--port", "8000"], ["sql"]]) {
    const { code, stdout, stderr } = await checkout.start({}, ...args).ended;
    assert.deepEqual([code, stdout], [1, ""]);
    assert.equal(
      stderr,
      "npm start takes no arguments: its settings are environment variables, see README.md.\n",
    );
  }
  await assertNothingMade(checkout);
});

Deno.test("npm start -- --help names every setting, and makes nothing", async () => {
  await using checkout = await makeCheckout();
  for (const option of ["--help", "-h"]) {
    const { code, stdout, stderr } = await checkout.start({ PORT: "no port" }, option).ended;
    assert.deepEqual([code, stderr], [0, ""]);
    const readme = await Deno.readTextFile(new URL("../../README.md", import.meta.url));
    const [, table] = /^## Settings of `npm start`$(.*?)^## /ms.exec(readme) ?? [];
    const settings = Array.from((table ?? "").matchAll(/^\| `([A-Z_]+)` \|/gm), ([, name]) => name);
    assert.equal(settings.length, 5);
    for (const name of settings) assert.match(stdout, new RegExp(`^  ${name} `, "m"));
  }
  await assertNothingMade(checkout);
});

async function assertNothingMade(checkout: Checkout): Promise<void> {
  assert.deepEqual(await checkout.scratchFolders(), []);
  await assert.rejects(Deno.stat(checkout.path(".env.local")), Deno.errors.NotFound);
}
