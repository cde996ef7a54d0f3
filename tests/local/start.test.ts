import assert from "node:assert/strict";
import { decodeJwt } from "jose";
import { makeCheckout } from "./checkout.ts";

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(`${signal} ends npm start with 0 and leaves nothing`, async () => {
    await using checkout = await makeCheckout();
    const start = checkout.start();
    const url = await start.ready;
    assert.deepEqual((await fetch(`${url}/functions/v1/concerts/health`)).status, 200);
    assert.deepEqual((await checkout.scratchFolders()).length, 1);
    start.process.kill(signal);
    const { code, stderr } = await start.ended;
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
    assert.deepEqual(await checkout.scratchFolders(), []);
    await assert.rejects(() => fetch(url), TypeError);
  });
}

Deno.test("a start that is stopped before it is ready leaves nothing either", async () => {
  await using checkout = await makeCheckout();
  const start = checkout.start();
  while ((await checkout.scratchFolders()).length === 0) {
    await new Promise((go) => setTimeout(go, 20));
  }
  start.process.kill("SIGINT");
  assert.deepEqual((await start.ended).code, 0);
  assert.deepEqual(await checkout.scratchFolders(), []);
});

Deno.test("npm start reports itself and npm run token signs people in", async (t) => {
  await using checkout = await makeCheckout();
  const rows = checkout.path("rows.ndjson");
  await Deno.writeTextFile(
    rows,
    '{"key":"concert:00000000-0000-4000-8000-000000000001:1-a","value":"{\\"venue\\":\\"Клуб\\"}"}\n' +
      '{"key":"note","value":1}\n',
  );
  await Deno.writeTextFile(checkout.path(".env.local"), "MINE=kept\nSTORAGE_MODE=sql\n");
  const start = checkout.start({ KV_FILE: rows });
  const url = await start.ready;
  const artist = crypto.randomUUID();

  await t.step("the address and the keys are in .env.local, for its owner only", async () => {
    const text = await Deno.readTextFile(checkout.path(".env.local"));
    assert.match(text, /^MINE=kept\nSUPABASE_URL=http:\/\/127\.0\.0\.1:\d+\n/);
    assert.match(text, /^STORAGE_MODE=kv$/m);
    assert.deepEqual(text.match(/STORAGE_MODE/g)?.length, 1);
    const { mode } = await Deno.stat(checkout.path(".env.local"));
    if (Deno.build.os !== "windows") assert.deepEqual((mode ?? 0) & 0o777, 0o600);
  });

  await t.step("a token is printed alone and accepted by a function", async () => {
    const { code, stdout } = await checkout.token(
      ...["--user", artist, "--email", "Artist@Example.com", "--role", "moderator"],
    );
    const token = new TextDecoder().decode(stdout).trim();
    assert.deepEqual(code, 0);
    const { sub, email, app_metadata, exp = 0, iat = 0 } = decodeJwt(token);
    assert.deepEqual([sub, email, app_metadata], [artist, "Artist@Example.com", {
      role: "moderator",
    }]);
    assert.deepEqual(exp - iat, 3600);
    const response = await fetch(`${url}/functions/v1/concerts/moderation`, {
      headers: { authorization: `Bearer ${token}` },
    });
    assert.deepEqual(response.status, 200, await response.text());
  });

  await t.step("what a token cannot be made of is refused in one line", async () => {
    const refusals: [string[], RegExp][] = [
      [[], /^--user needs a UUID/],
      [["--user", "demo-user"], /^--user needs a UUID/],
      [["--user", artist, "--role", "boss"], /^--role is moderator or admin/],
      [["--user", artist, "--expires-in", "soon"], /^--expires-in needs a whole number/],
      [["--user", artist, "--email", "nowhere"], /its email must be an address/],
      [["--user", crypto.randomUUID(), "--email", "artist@example.com"], /Another account has/],
      [["--user", artist, "--colour", "red"], /^Unknown option '--colour'/],
    ];
    for (const [args, sentence] of refusals) {
      const { code, stdout, stderr } = await checkout.token(...args);
      const text = new TextDecoder().decode(stderr);
      assert.match(text, sentence);
      assert.deepEqual([code, stdout.length, text.trim().split("\n").length], [1, 0, 1], text);
    }
  });

  const { SUPABASE_SECRET_KEY: firstKey } = await readEnv(checkout.path(".env.local"));
  start.process.kill("SIGINT");
  const { stdout } = await start.ended;

  await t.step("it has told what was loaded and what is left out", () => {
    assert.match(stdout, /Ready in \d+\.\d s/);
    assert.match(stdout, /KV file +\S+rows\.ndjson: 2 rows loaded/);
    assert.match(stdout, /Left out +1 concert · missing_title/);
    for (const name of ["campaigns", "concerts", "notifications", "storage-setup", "tickets"]) {
      assert.ok(stdout.includes(`${url}/functions/v1/${name}\n`), `${name} is missing`);
    }
  });

  await t.step("without a running stack there is no token", async () => {
    const { code, stderr } = await checkout.token("--user", artist);
    assert.match(new TextDecoder().decode(stderr), /^Nothing answers at .*: run npm start first/);
    assert.deepEqual(code, 1);
  });

  await t.step("the next start has the same keys", async () => {
    const again = checkout.start();
    await again.ready;
    const { SUPABASE_SECRET_KEY: secondKey } = await readEnv(checkout.path(".env.local"));
    assert.deepEqual(secondKey, firstKey);
  });
});

async function readEnv(file: string): Promise<Record<string, string>> {
  const lines = (await Deno.readTextFile(file)).trim().split("\n");
  return Object.fromEntries(lines.map((line) => line.split("=", 2)));
}
