import assert from "node:assert/strict";
import { join } from "node:path";
import { dumpData } from "./data-dump.ts";
import { createMigrationContext, type MigrationContext, runMigrate } from "./migration-context.ts";

// Whatever is wrong is told in one sentence that says what to do; the exit code is 2, and nothing is half-written.

let context: MigrationContext;
let before: string;
Deno.test.beforeAll(async () => {
  context = await createMigrationContext(
    new URL("../fixtures/legacy-sample.ndjson", import.meta.url).pathname,
  );
  before = await dumpData(context.stack);
});
Deno.test.afterAll(() => context.close());

function refusalTest(name: string, body: () => Promise<void>) {
  // The stack's connections outlive the test that happens to open them.
  Deno.test({
    name,
    async fn() {
      await body();
      assert.equal(await dumpData(context.stack), before, "nothing was written");
      assert.deepEqual(await workspaces(), []);
    },
    sanitizeOps: false,
    sanitizeResources: false,
  });
}

/** The command fails with one sentence, among lines of progress. */
async function assertRefused(
  args: string[],
  sentence: RegExp,
  environment: Record<string, string> = {},
): Promise<void> {
  const { code, stdout, stderr } = await runMigrate(args, {
    SUPABASE_URL: context.stack.url,
    SUPABASE_SECRET_KEY: context.stack.secretKey,
    MIGRATION_DIR: context.folder,
    ...environment,
  });
  assert.equal(code, 2, stdout + stderr);
  const [line, ...others] = stderr.trimEnd().split("\n").filter((text) => !/(done|\d)$/.test(text));
  assert.deepEqual(others, []);
  assert.match(line, sentence);
  assert.match(line, /: .+[.!]$/, "it says what to do");
}

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = context.path(name);
  if (typeof content === "string") await Deno.writeTextFile(path, content);
  else await Deno.writeFile(path, content);
  return path;
}

async function workspaces(): Promise<string[]> {
  try {
    // An import that could not be carried out keeps what it has read, to go on with.
    const names = await Array.fromAsync(Deno.readDir(context.folder), ({ name }) => name);
    return names.filter((name) => !name.startsWith("import-"));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

async function exported(): Promise<string> {
  const out = context.path(`${crypto.randomUUID()}.ndjson`);
  assert.equal((await context.migrate("export", "--out", out)).code, 0);
  return out;
}

refusalTest("files that are no export", async () => {
  for (const command of ["plan", "import", "verify"]) {
    await assertRefused([command, "--from", context.path("nowhere")], /nowhere does not exist/);
  }
  const cases: [content: string | Uint8Array, sentence: RegExp][] = [
    ['{"key":"concert:1","value":{}}\n{"key":"concert:2","val', /Line 2 of .* is cut off/],
    ['{"key":"concert:1","value":{}}\n{"key":7,"value":{}}\n', /Line 2 of .* is no \{"key"/],
    ['{"key":"concert:\\u0000","value":{}}\n', /Line 1 of .* is no/],
    ["", /has no rows at all/],
    ['{"concerts": [], "notifications": [{"id": 1', /no whole export of the migration guide/],
    ['{"concerts": []}', /no whole export of the migration guide/],
    [Uint8Array.of(123, 34, 0xff, 0xfe, 34, 125), /is not UTF-8/],
    [new TextEncoder().encode('{"key":"concert:1","value":"\ud83d').slice(0, -1), /is not UTF-8/],
  ];
  for (const [content, sentence] of cases) {
    await assertRefused(["plan", "--from", await file("bad.ndjson", content)], sentence);
  }
});

refusalTest("an export that is not what its manifest says", async () => {
  const out = await exported();
  const text = await Deno.readTextFile(out);
  await Deno.writeTextFile(out, text.slice(0, text.trimEnd().lastIndexOf("\n") + 1));
  await assertRefused(["import", "--from", out], /is not what its manifest says/);
  const other = await exported();
  const manifest = JSON.parse(await Deno.readTextFile(`${other}.manifest.json`));
  await Deno.writeTextFile(
    `${other}.manifest.json`,
    JSON.stringify({ ...manifest, keys: manifest.keys + 1 }),
  );
  await assertRefused(["import", "--from", other], /is not what its manifest says \(\d+ keys\)/);
  await Deno.writeTextFile(`${out}.manifest.json`, "{}");
  await assertRefused(["import", "--from", out], /is no manifest of an export/);
});

refusalTest("a guide's export whose script has stopped at a thousand", async () => {
  const sales = Array.from({ length: 1000 }, (_, number) => ({ id: `sale_${number}` }));
  const path = await file(
    "guide.json",
    JSON.stringify({ concerts: [], notifications: [], campaigns: [], sales }),
  );
  for (const command of ["plan", "import", "verify"]) {
    await assertRefused([command, "--from", path], /has exactly 1,000 sales, where the guide's/);
  }
  const { code, stdout } = await context.migrate("plan", "--from", path, "--incomplete");
  assert.equal(code, 1, "the sales are of no concert");
  assert.match(stdout, /more will have been lost/);
});

refusalTest("a line that says a thing twice means the last", async () => {
  const path = await file("twice.ndjson", '{"key":"concert:1","value":1,"value":2}\n');
  const { code, stdout, stderr } = await context.migrate("plan", "--from", path);
  assert.equal(code, 1, stderr);
  assert.match(stdout, /not_an_object/);
});

refusalTest("a folder for workspaces that is there already stays whose it is", async () => {
  const folder = context.path("shared");
  await Deno.mkdir(folder);
  await Deno.chmod(folder, 0o777);
  const out = await exported();
  await runMigrate(["plan", "--from", out], {
    SUPABASE_URL: context.stack.url,
    SUPABASE_SECRET_KEY: context.stack.secretKey,
    MIGRATION_DIR: folder,
  });
  assert.equal(((await Deno.stat(folder)).mode ?? 0) & 0o777, 0o777);
});

refusalTest("a compressed export that is cut off", async () => {
  const out = context.path("cut.gz");
  assert.equal((await context.migrate("export", "--gzip", "--out", out)).code, 0);
  const bytes = await Deno.readFile(out);
  await Deno.writeFile(out, bytes.slice(0, bytes.length / 2));
  await assertRefused(["plan", "--from", out], /cannot be read to its end|was damaged/);
});

refusalTest("projects that cannot be reached, or do not accept the key", async () => {
  const away = { SUPABASE_URL: `http://127.0.0.1:${freePort()}` };
  const out = await exported();
  for (const args of [["plan", "--from", out], ["status"], ["rollback"], ["export-kv"]]) {
    await assertRefused(args, /The target .* does not answer/, away);
    await assertRefused(args, /The target .* does not accept the key/, {
      SUPABASE_SECRET_KEY: "sb_secret_expired",
    });
  }
  await assertRefused(
    ["export", "--out", context.path("x")],
    /The source .* does not answer/,
    away,
  );
  await assertRefused(["plan"], /The source .* does not accept the secret key/, {
    SOURCE_SUPABASE_URL: context.stack.url,
    SOURCE_SUPABASE_SECRET_KEY: "sb_secret_expired",
  });
  await assertRefused(["status"], /SUPABASE_URL must be an http or https URL/, {
    SUPABASE_URL: "postgres://localhost",
  });
  await assertRefused(["status"], /^SUPABASE_URL must be without a user name and password: /, {
    SUPABASE_URL: "http://somebody:hunter2@localhost",
  });
});

refusalTest("a key that was pasted with more than itself is not told to anybody", async () => {
  for (const key of ["sb_secret_ab\nc", "sb_secret_абв", "sb_secret_ab c"]) {
    const environment = { SUPABASE_SECRET_KEY: key };
    await assertRefused(["status"], /^SUPABASE_SECRET_KEY must be a key without/, environment);
    await assertRefused(["status"], /^[^а-я]*$/, environment);
  }
});

refusalTest("a target without the migrations, a source without the table", async () => {
  const server = emptyDataApi();
  const out = await exported();
  const elsewhere = `http://127.0.0.1:${server.addr.port}`;
  for (const command of ["plan", "import", "verify"]) {
    await assertRefused([command, "--from", out], /does not have the tables of this version/, {
      SUPABASE_URL: elsewhere,
    });
  }
  await assertRefused(["plan"], /has no table kv_store_84730125/, {
    SOURCE_SUPABASE_URL: elsewhere,
    SOURCE_SUPABASE_SECRET_KEY: "any",
  });
  await server.shutdown();
});

refusalTest("a full disk leaves no export, and the one before alone", async () => {
  const out = context.path("full.ndjson");
  await Deno.writeTextFile(out, "the one before");
  // Everything that is written there fails, as on a full disk.
  await Deno.symlink("/dev/full", `${out}.part`);
  await assertRefused(["export", "--out", out], /The disk is full: make room for/);
  assert.equal(await Deno.readTextFile(out), "the one before");
  await assertRefused(["export", "--out", "/dev/null"], /\/dev\/null is no file/);
  await assertRefused(
    ["export", "--out", join(context.path("no"), "such.ndjson")],
    /cannot be written/,
  );
  const left = await Array.fromAsync(Deno.readDir(context.path(".")), ({ name }) => name);
  assert.deepEqual(left.filter((name) => name.endsWith(".part")), []);
});

refusalTest("a disk that is full where the workspace is", async () => {
  const { success } = await new Deno.Command("unshare", {
    args: ["--map-root-user", "--mount", "true"],
  })
    .output();
  if (!success) return; // Not everybody may make a small disk.
  const folder = context.path("small");
  await Deno.mkdir(folder);
  const script = `mount -t tmpfs -o size=64k tmpfs '${folder}' && exec "$@"`;
  const main = new URL("../../migrate/main.ts", import.meta.url).pathname;
  const { code, stderr } = await new Deno.Command("unshare", {
    args: [
      ...["--map-root-user", "--mount", "sh", "-c", script, "sh"],
      ...[Deno.execPath(), "run", "--allow-all", "--no-check", main],
      ...["export", "--out", context.path("y.ndjson")],
    ],
    env: {
      NO_COLOR: "1",
      SUPABASE_URL: context.stack.url,
      SUPABASE_SECRET_KEY: context.stack.secretKey,
      MIGRATION_DIR: folder,
    },
  }).output();
  assert.equal(code, 2);
  assert.match(new TextDecoder().decode(stderr), /The disk of .* is full: make room there/);
});

refusalTest("commands and options that there are none of", async () => {
  const refused = async (args: string[], message: RegExp) => {
    const { code, stderr } = await context.migrate(...args);
    assert.equal(code, 2);
    assert.match(stderr, message);
  };
  await refused(["improt"], /unknown command 'improt'\n\(Did you mean import\?\)/);
  await refused(["export"], /--out <file>/);
  await refused(
    ["plan", "--only", "concerts,tickets"],
    /"tickets" is no table: take some of artists/,
  );
  await refused(["import", "--batch-size", "5000"], /a number from 1 to 1000/);
});

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** A Data API over a database with nothing in it. */
function emptyDataApi() {
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const isFunction = new URL(request.url).pathname.includes("/rpc/");
    const code = isFunction ? "PGRST202" : "PGRST205";
    return Response.json({ code, message: "Could not find it in the schema cache" }, {
      status: 404,
    });
  });
}
