import type { Idempotency, Outcome } from "../../domain/idempotency.ts";
import { Refusal } from "../../domain/refusal.ts";
import type { Decision, StoredDocument } from "./documents.ts";
import { giveBack, type IdempotencyDocument, isOf, keyOf, take } from "./idempotency-keys.ts";
import type { KvContext } from "./kv-context.ts";

/**
 * Changes the document under `documentKey`, once for each idempotency key of the caller: what it answers is part of
 * the same decision. The key is taken before, so that it stands for one request whatever the document; a refusal gives
 * it back. Throws `idempotency_mismatch`, and what `decide` throws.
 */
export async function changeOnce<Document extends StoredDocument, Value>(
  context: KvContext,
  documentKey: string,
  idempotency: Idempotency | null,
  decide: (current: Document | null) => Promise<Decision<Value>>,
): Promise<Outcome<Value>> {
  const { documents } = context;
  if (idempotency === null) {
    return { value: await documents.change(documentKey, decide), replayed: false };
  }
  const key = await keyOf(context.user().id, idempotency);
  await take(context, key, idempotency);
  try {
    return await documents.change<Document, Outcome<Value>>(documentKey, async (current) => {
      const remembered = await documents.settled<IdempotencyDocument>(key);
      if (remembered?.answer !== undefined && isOf(remembered, idempotency, new Date())) {
        return { result: { value: remembered.answer as Value, replayed: true } };
      }
      const { result, followUps = [], ...change } = await decide(current);
      return {
        result: { value: result, replayed: false },
        ...change,
        followUps: [...followUps, { key, set: { answer: result } }],
      };
    });
  } catch (error) {
    // Where the store did not answer nobody knows whether it was decided.
    if (error instanceof Refusal && error.code !== "unavailable") await giveBack(context, key);
    throw error;
  }
}
