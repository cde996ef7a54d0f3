import { Command } from "@commander-js/extra-typings";
import { maximalBatch } from "../../supabase/functions/_shared/database/transfer/migration-target.ts";
import type { CommandContext, ExitCode } from "./command-context.ts";
import { runExport } from "./export.ts";
import { runExportKv } from "./export-kv.ts";
import { runImport } from "./import.ts";
import { parseBatchSize, parseEntities } from "./options.ts";
import { runPlan } from "./plan.ts";
import { runReport } from "./report.ts";
import { runRollback } from "./rollback.ts";
import { runStatus } from "./status.ts";
import { runVerify } from "./verify.ts";

const from = [
  "--from <file>",
  "an export, or the guide's kv_export.json; default: the key-value table of the source project",
] as const;
const incomplete = [
  "--incomplete",
  "take a kv_export.json although the guide's script seems to have cut it off",
] as const;
const testSales = [
  "--include-test-sales",
  "sales that the old generator of sample data made are sales too",
] as const;
const only = ["--only <tables>", "some tables only, separated by commas"] as const;
const batchSize = ["--batch-size <records>", "records in one request"] as const;
const allowRejects = (what: string) => ["--allow-rejects", `end with 0 although ${what}`] as const;
const json = ["--json", "for programs"] as const;

/** The command line. `onEnd` gets the exit code of the command that ran. */
export function createProgram(context: CommandContext, onEnd: (code: ExitCode) => void) {
  const program = new Command("npm run migrate --")
    .description("Moves the records of the key-value table to PostgreSQL, and back.")
    .addHelpText(
      "after",
      `
The target is the project of SUPABASE_URL and SUPABASE_SECRET_KEY; the source is the same, unless
SOURCE_SUPABASE_URL and SOURCE_SUPABASE_SECRET_KEY name another. What npm start wrote into .env.local counts too.
Ends with 0 when all is well, 1 with rejects or differences, 2 when it could not run, 130 when it was interrupted.
For programs: npm run --silent migrate -- verify --json, or npm writes a line of its own before the answer.`,
    )
    .exitOverride();

  program.command("export")
    .description("write every key of the key-value table into a file, with a manifest")
    .requiredOption("--out <file>", "where to put it")
    .option("--gzip", "compress it")
    .action(async (options) => onEnd(await runExport(options, context)));

  program.command("plan")
    .description("try an import out, every constraint included, and write nothing")
    .option(...from)
    .option(...incomplete)
    .option(...only, parseEntities)
    .option(...batchSize, parseBatchSize, maximalBatch)
    .option(...testSales)
    .option(...allowRejects("something would be rejected"))
    .action(async (options) => onEnd(await runPlan(options, context)));

  program.command("import")
    .description("bring the records into the tables; interrupted, the same command goes on")
    .option(...from)
    .option(...incomplete)
    .option(...only, parseEntities)
    .option(...batchSize, parseBatchSize, maximalBatch)
    .option(...testSales)
    .option(...allowRejects("something was rejected"))
    .action(async (options) => onEnd(await runImport(options, context)));

  program.command("verify")
    .description("compare every record, every sum and every reference")
    .option(...from)
    .option(...incomplete)
    .option(...batchSize, parseBatchSize, maximalBatch)
    .option(...testSales)
    .option(...allowRejects("the target refused records, when all else is the same"))
    .option("--repair", "do again what the dual modes have not managed, deletions included")
    .option(...json)
    .action(async (options) => onEnd(await runVerify(options, context)));

  program.command("status")
    .description("tell what imports have done")
    .option(...json)
    .action(async (options) => onEnd(await runStatus(options, context)));

  program.command("report")
    .description("verify, and show all of it as a page")
    .requiredOption("--html <file>", "where to put the page")
    .option(...from)
    .option(...incomplete)
    .option(...batchSize, parseBatchSize, maximalBatch)
    .option(...testSales)
    .option(...allowRejects("the target refused records, when all else is the same"))
    .action(async (options) => onEnd(await runReport(options, context)));

  program.command("export-kv")
    .description("bring what the tables have back into the key-value table, or into a file")
    .option("--out <file>", "into a file, as export writes it")
    .option("--gzip", "compress it")
    .option(...batchSize, parseBatchSize, maximalBatch)
    .option("--dry-run", "say what would be written and removed, and do nothing")
    .option("--force", "remove keys although they are many")
    .action(async (options) => onEnd(await runExportKv(options, context)));

  program.command("rollback")
    .description("take back exactly what imports did")
    .option(...batchSize, parseBatchSize, maximalBatch)
    .option("--force", "rows that were changed since the import too")
    .action(async (options) => onEnd(await runRollback(options, context)));

  return program;
}
