import type { LocalStack } from "../../local/stack.ts";

/** Takes everything out of both stores, the ledger and the outbox of a migration, and the accounts. */
export async function emptyStores(stack: LocalStack): Promise<void> {
  await stack.sql("select public.stop_mirroring()");
  await stack.results(`
    truncate kv_store_84730125, migration_records, migration_keys, migration_rejects, migration_runs;
    truncate artists, notifications, notification_settings cascade;
    delete from auth.users;
  `);
}
