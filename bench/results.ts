import type { FunctionName } from "./bundle-function.ts";
import type { CampaignRate } from "./campaigns.ts";
import type { ColdStart } from "./cold-start.ts";
import type { Machine } from "./machine.ts";
import type { KvTiming, Overhead } from "./overhead.ts";
import type { MigrationRates } from "./migration.ts";
import type { Paging } from "./paging.ts";
import type { SalesRates } from "./sales.ts";

/** Everything one run has measured. */
export interface Results {
  machine: Machine;
  /** ISO 8601. */
  measuredAt: string;
  command: string;
  bundles: { name: FunctionName; bytes: number; bytesWithDualModes: number }[];
  /** What the bundles do without. */
  packageApartBytes: number;
  /** One for each kind of database there is. */
  databases: DatabaseResults[];
  coldStarts: ColdStart[];
  paging: Paging[] | null;
  sales: SalesRates | null;
  campaign: CampaignRate | null;
  migration: MigrationRates | null;
  /** Why there is no real PostgreSQL among the databases; null when there is. */
  withoutPostgres: string | null;
  startSeconds: number;
  /** Null unless asked for. */
  testSeconds: number | null;
}

export interface DatabaseResults {
  /** Such as "PostgreSQL 15.14". */
  name: string;
  overhead: Overhead[];
  kv: KvTiming[];
}
