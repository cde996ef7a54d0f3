import { bold } from "deno-std/fmt/colors.js";
import {
  entities,
  type Entity,
} from "../../supabase/functions/_shared/database/transfer/record.ts";
import type { MigrationStatus } from "../../supabase/functions/_shared/database/transfer/migration-target.ts";
import { table } from "../terminal/table.ts";
import { type CommandContext, type ExitCode, targetOf } from "./command-context.ts";

const shownRuns = 5;

/** `status`: what imports have done so far. */
export async function runStatus(
  options: { json?: boolean },
  context: CommandContext,
): Promise<ExitCode> {
  const { target, url } = targetOf(context);
  const status = await target.status();
  if (options.json) {
    context.print(JSON.stringify(status, null, 2));
    return 0;
  }
  if (status.runs.length === 0) context.print(`Nothing was imported into ${url} yet.`);
  for (const [place, run] of status.runs.slice(0, shownRuns).entries()) {
    const isReplaced = status.runs.slice(0, place).some(({ source }) => source === run.source);
    context.print(describeRun(run, isReplaced));
  }
  const known = entities.flatMap((entity) => {
    const found = status.records[entity];
    return found ? [[entity, found.known, found.created]] : [];
  });
  if (known.length > 0) {
    context.print(bold("Records"));
    context.print(table([["table", "imported", "created by it"], ...known]));
  }
  const keys = Object.entries(status.keys).flatMap(([outcome, reasons]) =>
    Object.entries(reasons).map(([reason, count]) => [outcome, reason, count])
  );
  if (keys.length > 0) {
    context.print(bold("Keys"));
    context.print(table([["outcome", "reason", "keys"], ...keys]));
  }
  context.print(`Rejected and kept in migration_rejects: ${status.rejects.toLocaleString("en")}`);
  if (status.mirror.until !== null) {
    context.print(
      `Changes are recorded for the key-value table until ${status.mirror.until}; ` +
        `${status.mirror.backlog.toLocaleString("en")} wait.`,
    );
  }
  return 0;
}

/** @param isReplaced whether a later import from the same source took its place */
function describeRun(run: MigrationStatus["runs"][number], isReplaced: boolean): string {
  const about = `from ${run.source}, begun ${run.started_at}`;
  if (run.state === "finished") return `${bold("Finished")} ${run.finished_at}: ${about}`;
  const total = sum(run.options.records as Partial<Record<Entity, number>> | undefined);
  const results = run.checkpoint?.results as Partial<Record<Entity, { records: number }>> ?? {};
  const done = Object.values(results).reduce((records, result) => records + result.records, 0);
  const at = run.checkpoint?.entity ?? "the beginning";
  return `${bold("Unfinished")}: ${about}, last heard of ${run.updated_at} at ${at}, ` +
    `${done.toLocaleString("en")} of ${total.toLocaleString("en")} records; ` +
    (isReplaced ? "a later import took its place." : "the same import command goes on.");
}

function sum(counts: Partial<Record<Entity, number>> = {}): number {
  return Object.values(counts).reduce((all, count) => all + count, 0);
}
