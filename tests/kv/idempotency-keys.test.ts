import assert from "node:assert/strict";
import type { LocalStack } from "../../local/stack.ts";
import { createKvBackend } from "../../supabase/functions/_shared/database/kv/create-kv-backend.ts";
import { saleOf } from "../conformance/sale-making.ts";
import { startTestStack } from "../support/test-stack.ts";
import { breakingDataApi } from "./breaking-data-api.ts";
import { oldConcert, putRow, rowsUnder } from "./old-rows.ts";

let stack: LocalStack;
Deno.test.beforeAll(async () => {
  stack = await startTestStack();
});
Deno.test.afterAll(async () => {
  await stack.close();
});

Deno.test({
  name: "answers are not remembered for longer than they count, whoever's they are",
  // The stack's connections outlive the test that happens to open them.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: forgettingExpiredKeys,
});

async function forgettingExpiredKeys() {
  const [stranger, artistId] = [crypto.randomUUID(), crypto.randomUUID()];
  const concertId = `tour_${crypto.randomUUID()}`;
  await putRow(stack, `concert:${concertId}`, oldConcert(artistId, concertId));
  const remember = (hours: number) =>
    putRow(stack, `idempotency:${stranger}:${hours}`, {
      fingerprint: "sell",
      at: new Date(Date.now() - hours * 3_600_000).toISOString(),
      answer: { buyer_email: "anna@example.com" },
      legacy: null,
      rev: 1,
    });
  await remember(23);
  await remember(25);

  const accounts = {
    verifiedEmail: () => Promise.resolve(null),
    hasNoAccount: () => Promise.resolve(true),
  };
  const { sales } = createKvBackend(breakingDataApi(stack).client, accounts).open({
    kind: "user",
    id: artistId,
    email: null,
    isModerator: false,
    token: "",
  });
  const chance = Math.random;
  Math.random = () => 0;
  try {
    await sales.create(saleOf(concertId), { key: "new", fingerprint: "sell" });
  } finally {
    Math.random = chance;
  }
  assert.deepEqual([...(await rowsUnder(stack, `idempotency:${stranger}:`)).keys()], [
    `idempotency:${stranger}:23`,
  ]);
}
