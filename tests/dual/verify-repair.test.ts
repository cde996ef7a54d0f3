import assert from "node:assert/strict";
import type { LocalStack } from "../../local/stack.ts";
import { runVerify } from "../../migrate/commands/verify.ts";
import { silence } from "../../migrate/terminal/progress.ts";
import { dualTests, openDual, somebody, titlesOf } from "./dual-test.ts";

// What `npm run migrate -- verify --repair` does about records whose keys are gone: an instance in dual-kv mode removed
// them and died before it could say so to the tables, or was still one in kv mode.

const test = dualTests();

async function verifyRepair(stack: LocalStack) {
  const folder = await Deno.makeTempDir({ prefix: "verify-" });
  const printed: string[] = [];
  const code = await runVerify({ batchSize: 1000, repair: true }, {
    variables: {
      SUPABASE_URL: stack.url,
      SUPABASE_SECRET_KEY: stack.secretKey,
      MIGRATION_DIR: folder,
    },
    progress: silence,
    signal: new AbortController().signal,
    print: (text) => void printed.push(text),
  });
  await Deno.remove(folder, { recursive: true });
  return { code, printed: printed.join("\n") };
}

function removeKeys(stack: LocalStack, ids: string[]) {
  return stack.sql(
    "delete from public.kv_store_84730125 where key = any (select 'concert:' || unnest($1::text[]))",
    [ids],
  );
}

test("what is gone from the key-value table goes from the tables", async (stack) => {
  const { concerts } = openDual(stack, "dual-kv").open(await somebody(stack));
  await concerts.create({ title: "Остаётся" });
  const { id } = await concerts.create({ title: "Уходит" });
  await removeKeys(stack, [id]);
  const { code, printed } = await verifyRepair(stack);
  assert.match(printed, /1 rows? deleted whose keys are gone/);
  assert.equal(code, 0);
  assert.deepEqual(await titlesOf(stack, id), { kv: null, sql: null });
});

test("what was changed in the tables since stays, and is a difference", async (stack) => {
  const { concerts } = openDual(stack, "dual-kv").open(await somebody(stack));
  const { id } = await concerts.create({ title: "Концерт" });
  await removeKeys(stack, [id]);
  await stack.sql("update public.concerts set title = 'По SQL' where id = $1::uuid", [id]);
  assert.equal((await verifyRepair(stack)).code, 1);
  assert.deepEqual(await titlesOf(stack, id), { kv: null, sql: "По SQL" });
  await stack.sql("delete from public.concerts where id = $1::uuid", [id]);
});

test("nothing is deleted where much is gone", async (stack) => {
  const { concerts } = openDual(stack, "dual-kv").open(await somebody(stack));
  const ids: string[] = [];
  for (let number = 1; number <= 21; number++) {
    ids.push((await concerts.create({ title: `Концерт ${number}` })).id);
  }
  await removeKeys(stack, ids);
  const { code, printed } = await verifyRepair(stack);
  assert.match(printed, /Not repaired: 21 records are in the tables alone/);
  assert.equal(code, 1);
  assert.equal((await titlesOf(stack, ids[0])).sql, "Концерт 1");
  await stack.sql("delete from public.concerts where id = any ($1::uuid[])", [ids]);
});

test("what rows of others refer to stays, and stops no other deletion", async (stack) => {
  const { concerts } = openDual(stack, "dual-kv").open(await somebody(stack));
  const { id: sold, artist_id: artist } = await concerts.create({ title: "Продан" });
  const { id: unsold } = await concerts.create({ title: "Не продан" });
  await stack.sql(
    `insert into ticket_sales
       (concert_id, artist_id, quantity, unit_price, total_amount, net_amount, status, buyer_email)
     values ($1::uuid, $2::uuid, 1, 1, 1, 1, 'confirmed', 'anna@example.com')`,
    [sold, artist],
  );
  await removeKeys(stack, [sold, unsold]);
  const { code, printed } = await verifyRepair(stack);
  assert.ok(printed.includes(`not repaired: concert:${sold} (constraint:`), printed);
  assert.equal(code, 1);
  assert.equal((await titlesOf(stack, sold)).sql, "Продан");
  assert.equal((await titlesOf(stack, unsold)).sql, null);
  await stack.sql("delete from ticket_sales");
  await stack.sql("delete from concerts where id = $1::uuid", [sold]);
});

test("once the tables decide, what the key-value table has lost is deleted from nowhere", async (stack) => {
  const { concerts } = openDual(stack, "dual-sql").open(await somebody(stack));
  const { id } = await concerts.create({ title: "Остаётся" });
  await removeKeys(stack, [id]);
  const { code, printed } = await verifyRepair(stack);
  assert.match(printed, /the tables may be right/);
  assert.equal(code, 1);
  assert.equal((await titlesOf(stack, id)).sql, "Остаётся");
});
