import assert from "node:assert/strict";
import { delay } from "deno-std/async/delay.js";
import { pgliteDatabase } from "../../local/database.ts";
import { openPglite } from "../../local/open-pglite.ts";
import { startScheduler } from "../../local/scheduler.ts";

Deno.test("the scheduler calls what private.schedules lists, with the secret key", async () => {
  const { promise: called, resolve } = Promise.withResolvers<unknown>();
  const respond = (request: Request) => {
    const { pathname } = new URL(request.url);
    resolve([request.method, pathname, request.headers.get("apikey")]);
    return new Response();
  };
  await withScheduler(respond, async () => {
    assert.deepEqual(await called, ["POST", "/functions/v1/campaigns/dispatch", "key"]);
  });
});

Deno.test("a call that has begun ends before what it needs is taken away", async () => {
  const begun = Promise.withResolvers<void>();
  let answered = 0;
  const respond = async () => {
    begun.resolve();
    await delay(300);
    answered++;
    return new Response();
  };
  await withScheduler(respond, async (stop) => {
    await begun.promise;
    await stop();
    assert.equal(answered, 1);
  });
});

Deno.test("where nothing is scheduled, nothing is called", async () => {
  const connection = await openPglite();
  try {
    const stop = await startScheduler(pgliteDatabase(connection), "http://127.0.0.1:9", "key");
    await stop();
  } finally {
    await connection.close();
  }
});

/** Runs the body while `respond` is called every second. */
async function withScheduler(
  respond: (request: Request) => Response | Promise<Response>,
  body: (stop: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const connection = await openPglite();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, respond);
  try {
    const database = pgliteDatabase(connection);
    await database.query(`
      create schema private;
      create table private.schedules (name text, schedule text, path text, is_active boolean);
      insert into private.schedules values
        ('every second', '* * * * * *', '/campaigns/dispatch', true),
        ('switched off', '* * * * * *', '/tickets/dispatch', false);
    `);
    const stop = await startScheduler(database, `http://127.0.0.1:${server.addr.port}`, "key");
    await body(stop).finally(stop);
  } finally {
    await server.shutdown();
    await connection.close();
  }
}
