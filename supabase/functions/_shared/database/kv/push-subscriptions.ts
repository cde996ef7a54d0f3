import { encodeHex } from "deno-std/encoding/hex.js";
import { maximumPushSubscriptions, type PushSubscription } from "../../domain/push-subscription.ts";
import { Refusal } from "../../domain/refusal.ts";
import { prefixes } from "../legacy/keys.ts";
import { isDocument, type StoredDocument } from "./documents.ts";
import type { KvContext } from "./kv-context.ts";
import type { KvTable } from "./kv-table.ts";

/** A browser that receives Web Push. Its key is made of the endpoint, so that an endpoint is there once. */
export interface PushSubscriptionDocument extends PushSubscription, StoredDocument {
  user_id: string;
  created_at: string;
}

export async function subscribe(
  context: KvContext,
  { endpoint, keys }: PushSubscription,
): Promise<void> {
  const { id: user_id } = context.user();
  const key = await pushSubscriptionKey(endpoint);
  await context.documents.change<PushSubscriptionDocument, void>(key, () => ({
    result: undefined,
    write: {
      endpoint,
      keys: { p256dh: keys.p256dh, auth: keys.auth },
      user_id,
      created_at: new Date().toISOString(),
      legacy: null,
    },
  }));
  const own = (await pushSubscriptions(context.table)).filter((other) => other.user_id === user_id)
    .sort((one, other) =>
      order(other.created_at, one.created_at) ||
      Number(other.endpoint === endpoint) - Number(one.endpoint === endpoint) ||
      order(other.endpoint, one.endpoint)
    );
  for (const { endpoint } of own.slice(maximumPushSubscriptions)) {
    await context.documents.change<PushSubscriptionDocument, void>(
      await pushSubscriptionKey(endpoint),
      (current) =>
        current?.user_id === user_id ? { result: undefined, remove: true } : { result: undefined },
    );
  }
}

export async function unsubscribe(context: KvContext, endpoint: string): Promise<void> {
  const { id } = context.user();
  await context.documents.change<PushSubscriptionDocument, void>(
    await pushSubscriptionKey(endpoint),
    (current) => {
      if (current?.user_id !== id) throw new Refusal("not_found");
      return { result: undefined, remove: true };
    },
  );
}

/** Every browser there is. */
export async function pushSubscriptions(table: KvTable): Promise<PushSubscriptionDocument[]> {
  return (await table.scan(prefixes.pushSubscription)).map(({ value }) => value)
    .filter((value) => isDocument(value)) as PushSubscriptionDocument[];
}

export async function pushSubscriptionKey(endpoint: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(endpoint));
  return prefixes.pushSubscription + encodeHex(digest);
}

function order(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
