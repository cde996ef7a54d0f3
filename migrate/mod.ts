/**
 * The migration between the key-value table and PostgreSQL, for programs. `npm run migrate` is a thin command line over
 * what is here.
 *
 * A `Source` is the key-value table of a project or an export of it; a `MigrationTarget` the project with the tables.
 * What cannot run throws `MigrationError` or `MigrationTargetError`, whose messages are sentences for people.
 */

export {
  connect,
  type Connection,
  readVariables,
  sourceConnection,
  targetConnection,
} from "./connection.ts";
export { type ExportOptions, type ExportResult, exportSource } from "./export.ts";
export {
  type ExportKvOptions,
  exportKvToFile,
  exportToKvTable,
  type ReturnOptions,
  type ReturnPlan,
  type ReturnResult,
} from "./export-kv/export-kv.ts";
export { type ImportOptions, type ImportResult, importSource } from "./import.ts";
export { Interrupted } from "./interruption.ts";
export { type Manifest, manifestPath } from "./manifest.ts";
export { MigrationError } from "./migration-error.ts";
export type { OutcomeSummary, OutcomeTotals } from "./outcome-totals.ts";
export { planImport, type PlanOptions, type PlanResult } from "./plan.ts";
export { renderReport, type Report } from "./report/render-report.ts";
export { type HeldRow, rollback, type RollbackOptions, type RollbackResult } from "./rollback.ts";
export type { EntityResult, EntityResults } from "./send-records.ts";
export { openSource } from "./sources/open-source.ts";
export type { Source, SourceRow } from "./sources/source.ts";
export type { Progress } from "./terminal/progress.ts";
export { type Difference } from "./verify/compare-entity.ts";
export type { ComparedSums, SumComparison } from "./verify/compare-sums.ts";
export type { RejectsComparison } from "./verify/kept-rejects.ts";
export { verify, type VerifyOptions, type VerifyResult } from "./verify/verify.ts";
export { MigrationTarget } from "../supabase/functions/_shared/database/transfer/migration-target.ts";
export { MigrationTargetError } from "../supabase/functions/_shared/database/transfer/migration-target-error.ts";
