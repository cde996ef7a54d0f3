import { bold } from "deno-std/fmt/colors.js";
import type { Entity } from "../../supabase/functions/_shared/database/transfer/record.ts";
import { rollback, type RollbackResult } from "../rollback.ts";
import { verdict } from "../terminal/describe-outcomes.ts";
import { table } from "../terminal/table.ts";
import {
  type CommandContext,
  type ExitCode,
  targetOf,
  workspaceFolder,
} from "./command-context.ts";

const shownRows = 20;

/** `rollback`: takes imports back; 1 when rows stay. */
export async function runRollback(
  options: { force?: boolean; batchSize: number },
  context: CommandContext,
): Promise<ExitCode> {
  const { target, url } = targetOf(context);
  const result = await rollback(target, {
    ...options,
    folder: workspaceFolder(context),
    progress: context.progress,
    signal: context.signal,
  });
  const undone = Object.entries(result.undone);
  if (undone.length > 0) {
    context.print(bold("Taken back"));
    context.print(table([["table", "rows"], ...undone]));
  }
  if (result.letGo.length > 0) {
    context.print(bold("Rows of others"));
    context.print(table([
      ["table", "rows", "what became of them", "which"],
      ...result.letGo.map(({ table, column, deleted, count, ids }) => [
        table,
        count,
        deleted ? "deleted with theirs" : `${column} is empty now`,
        ids.length < count ? `${ids.join(", ")}, …` : ids.join(", "),
      ]),
    ]));
  }
  if (result.heldCount > 0) {
    const rest = result.heldCount - Math.min(result.heldCount, shownRows);
    context.print(bold("Left alone"));
    context.print(table([
      ["table", "key or id", "why"],
      ...result.held.slice(0, shownRows).map(({ entity, id, key, usedBy }) => [
        entity,
        key ?? id,
        reasonOf(entity, usedBy),
      ]),
    ]));
    if (rest > 0) context.print(`  and ${rest.toLocaleString("en")} more`);
  }
  if (result.complete) {
    context.print(
      verdict(
        true,
        undone.length > 0 ? `${url} is as before the import.` : "Nothing to take back.",
      ),
    );
    return 0;
  }
  context.print(verdict(false, sentenceOf(result, options.force ?? false)));
  return 1;
}

function reasonOf(entity: Entity, usedBy: string | null): string {
  if (usedBy === null) return "changed since the import";
  if (usedBy !== entity) return `rows of ${usedBy} refer to it`;
  return entity === "coin_transactions"
    ? "its coins were spent since"
    : `another row of ${entity} has what it had before`;
}

function sentenceOf({ undone, forceHelps }: RollbackResult, isForced: boolean): string {
  if (!isForced && forceHelps) {
    return "Nothing was taken back: keep what was written since by export-kv, then add --force.";
  }
  const took = isForced && Object.values(undone).some((count) => count > 0);
  return `${took ? "Not all" : "Nothing"} was taken back: what is left here is in use by rows ` +
    "that no import made. It stays with them, known to be imported.";
}
