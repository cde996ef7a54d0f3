import type { LeftOutRule, Repair } from "./outcome-codes.ts";

/** The tables a migration fills, parents before children: the order of an import. */
export const entities = [
  "artists",
  "concerts",
  "coin_transactions",
  "artist_ticket_providers",
  "ticket_sales",
  "ticket_refunds",
  "ticket_events",
  "notification_settings",
  "notifications",
  "push_subscriptions",
  "email_campaigns",
  "campaign_deliveries",
  "mail_suppressions",
] as const;
export type Entity = typeof entities[number];

/** A row of a table, and what it was made of. */
export interface TransferRecord {
  entity: Entity;
  /** The primary key as text; of several columns: joined by one space, in the order of the key. */
  id: string;
  /** The key it came from; null: made by a rule (an artist known only by the id in other records' keys). */
  key: string | null;
  /**
   * Counts writes at the source: a document's revision, 0 for old values, sums where several documents make one row.
   * A lower one never replaces a higher.
   */
  version: number;
  /**
   * Every column but generated ones, canonical: instants as `toISOString()` gives them, dates `YYYY-MM-DD`, times
   * `HH:MM:SS`, numerics as numbers, jsonb as it is.
   */
  row: Record<string, unknown>;
}

/** What became of a key of the source; each has exactly one. */
export type KeyOutcome =
  | { outcome: "migrated"; repairs: Repair[] }
  /** `into`: the key of the record it became part of, or `<entity> <id>`. */
  | { outcome: "merged"; into: string; repairs: Repair[] }
  | { outcome: "left_out"; rule: LeftOutRule }
  | { outcome: "rejected"; reason: string };

/** A row as the target gives it back. Without a key it was made there. */
export type ExportedRecord = Pick<TransferRecord, "id" | "key" | "version" | "row">;
