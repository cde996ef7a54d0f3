import assert from "node:assert/strict";
import { toFileUrl } from "deno-std/path/to_file_url.js";
import { openFunctionHost } from "../../local/function-host.ts";
import { callFunction, readSchedules } from "../../local/scheduler.ts";
import { startLocalStack } from "../../local/stack.ts";

// One file for all that serves functions: they read the environment of the process, which test files share.

async function makeFunctions(sources: Record<string, string>): Promise<URL> {
  const folder = toFileUrl(`${await Deno.makeTempDir()}/`);
  for (const [name, source] of Object.entries(sources)) {
    await Deno.mkdir(new URL(name, folder));
    await Deno.writeTextFile(new URL(`${name}/index.ts`, folder), source);
  }
  await Deno.mkdir(new URL("no-function", folder));
  return folder;
}

Deno.test("functions run with the settings of their own host", async () => {
  const folder = await makeFunctions({
    greeting: `const mark = Deno.env.get("TEST_MARK");
      export default { fetch: async (request: Request) => Response.json({ mark, body: await request.text() }) };`,
    broken: `export default { fetch: () => { throw new Error("told on the terminal"); } };`,
    _shared: "export default { fetch: () => new Response() };",
  });
  const ask = async (host: ReturnType<typeof openFunctionHost>, name: string) => {
    const response = await host.fetch(
      name,
      new Request("http://x/", { method: "POST", body: "hi" }),
    );
    return { status: response.status, body: await response.json() };
  };
  const terminal: string[] = [];
  const { error } = console;
  console.error = (...data: unknown[]) => terminal.push(data.map(String).join(" "));
  try {
    const first = openFunctionHost(folder, { TEST_MARK: "first" });
    assert.deepEqual(first.names, ["broken", "greeting"]);
    assert.throws(() => openFunctionHost(folder, {}), /close the other local stack first/);
    assert.deepEqual(await ask(first, "greeting"), {
      status: 200,
      body: { mark: "first", body: "hi" },
    });
    assert.equal((await ask(first, "broken")).status, 500);
    first.close();
    assert.equal(Deno.env.get("TEST_MARK"), undefined);
    const second = openFunctionHost(folder, { TEST_MARK: "second" });
    assert.equal((await ask(second, "greeting")).body.mark, "second");
    second.close();
  } finally {
    console.error = error;
    await Deno.remove(folder, { recursive: true });
  }
  assert.deepEqual(terminal, ["Function broken failed: Error: told on the terminal"]);
});

Deno.test("a stack serves the five functions, the scheduled ones included, in the mode it is given", async () => {
  for (const storageMode of ["kv", "sql", "dual-kv", "dual-sql"]) {
    const stack = await startLocalStack({ storageMode });
    try {
      const names = ["campaigns", "concerts", "notifications", "storage-setup", "tickets"];
      assert.deepEqual(stack.functionNames, names);
      for (const name of names) {
        const response = await fetch(`${stack.url}/functions/v1/${name}/health`);
        const { storage_mode } = await response.json();
        assert.deepEqual([name, response.status, storage_mode], [name, 200, storageMode]);
      }
      for (const schedule of await readSchedules({ query: stack.sql })) {
        assert.ok(await callFunction(schedule, stack.url, stack.secretKey), schedule.name);
      }
      const unknown = await fetch(`${stack.url}/functions/v1/unknown/health`);
      assert.deepEqual([unknown.status, (await unknown.json()).code], [404, "NOT_FOUND"]);
    } finally {
      await stack.close();
    }
  }
});
