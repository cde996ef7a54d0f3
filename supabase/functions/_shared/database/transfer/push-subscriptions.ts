import { hasShape } from "../kv/document-shapes.ts";
import type { Row } from "../kv/kv-table.ts";
import { type PushSubscriptionDocument, pushSubscriptionKey } from "../kv/push-subscriptions.ts";
import type { Lookups } from "./lookups.ts";
import type { ExportedRecord } from "./record.ts";
import { documentIn, migrated, recordOf, rejected, type Transferred } from "./transferred.ts";

/** `push_subscription:{digest of the endpoint}` */
export async function transferSubscription(row: Row, lookups: Lookups): Promise<Transferred> {
  const document = documentIn<PushSubscriptionDocument>(
    row,
    (value) => hasShape("subscription", value),
  );
  if (document === null || await pushSubscriptionKey(document.endpoint) !== row.key) {
    return rejected("broken_document");
  }
  const record = recordOf("push_subscriptions", row.key, document.rev, {
    ...document,
    ...document.keys,
    user_id: await lookups.artistIdOf(document.user_id),
  });
  return migrated([record], []);
}

/** The way back. */
export async function subscriptionRow({ version, row }: ExportedRecord): Promise<Row> {
  const { p256dh, auth, ...fields } = row;
  return {
    key: await pushSubscriptionKey(String(row.endpoint)),
    value: { ...fields, keys: { p256dh, auth }, rev: Math.max(version, 1), legacy: null },
  };
}
