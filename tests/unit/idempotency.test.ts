import assert from "node:assert/strict";
import { Refusal } from "../../supabase/functions/_shared/domain/refusal.ts";
import { idempotencyOf } from "../../supabase/functions/_shared/http/idempotency.ts";

const address = "http://localhost/concerts/1/promote";

async function fingerprintOf(body: unknown, url = address, method = "POST"): Promise<string> {
  const request = new Request(url, { method, headers: { "idempotency-key": "key" } });
  const idempotency = await idempotencyOf(request, body);
  assert.ok(idempotency);
  return idempotency.fingerprint;
}

Deno.test("without the header there is no promise", async () => {
  assert.equal(await idempotencyOf(new Request(address, { method: "POST" }), {}), null);
});

Deno.test("the same request has the same fingerprint, whatever its JSON looks like", async () => {
  const fingerprint = await fingerprintOf({ days: 7, a: { x: 1, y: [1, { p: 1, q: 2 }] } });
  assert.match(fingerprint, /^[0-9a-f]{64}$/);
  assert.equal(await fingerprintOf({ a: { y: [1, { q: 2, p: 1 }], x: 1 }, days: 7 }), fingerprint);
});

Deno.test("another method, address or body has another fingerprint", async () => {
  const others = await Promise.all([
    fingerprintOf({ days: 7 }),
    fingerprintOf({ days: 8 }),
    fingerprintOf({ days: "7" }),
    fingerprintOf({}),
    fingerprintOf(undefined),
    fingerprintOf(null),
    fingerprintOf([7]),
    fingerprintOf([7, 8]),
    fingerprintOf([8, 7]),
    fingerprintOf({ days: 7 }, "http://localhost/concerts/2/promote"),
    fingerprintOf({ days: 7 }, address, "PUT"),
  ]);
  // undefined and null both stand for "no body" in JSON.
  assert.equal(new Set(others).size, others.length - 1);
});

Deno.test("a key has 1 to 255 characters", async () => {
  const withKey = (key: string) =>
    idempotencyOf(
      new Request(address, { method: "POST", headers: { "idempotency-key": key } }),
      {},
    );
  assert.equal((await withKey("k".repeat(255)))?.key.length, 255);
  for (const key of ["", "k".repeat(256)]) {
    await assert.rejects(withKey(key), (error: unknown) => {
      assert.ok(error instanceof Refusal);
      assert.equal(error.code, "validation_failed");
      assert.equal(error.details[0].path, "Idempotency-Key");
      return true;
    });
  }
});
