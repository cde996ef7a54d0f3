import type {
  LetGoRows,
  MigrationTarget,
  RolledBack,
} from "../supabase/functions/_shared/database/transfer/migration-target.ts";
import { entities, type Entity } from "../supabase/functions/_shared/database/transfer/record.ts";
import { stopIfAsked } from "./interruption.ts";
import { patiently } from "./patiently.ts";
import { type Progress, silence } from "./terminal/progress.ts";
import { removeLastingWorkspaces } from "./workspace/workspace-folder.ts";

/** So many rows are told one by one; all of them are counted. */
const toldRows = 1000;
const toldIds = 20;

export interface RollbackOptions {
  /** Where workspaces are: those of interrupted imports into this target go too. */
  folder?: string;
  /** Takes back rows too that were changed since they were imported, and what refers to them where that may go. */
  force?: boolean;
  batchSize: number;
  progress?: Progress;
  signal?: AbortSignal;
}

/** A row that cannot be taken back. */
export interface HeldRow {
  entity: Entity;
  id: string;
  key: string | null;
  /** The table whose rows refer to it; null: it was changed since the import. */
  usedBy: string | null;
}

export interface RollbackResult {
  /** Whether everything was taken back. */
  complete: boolean;
  undone: Partial<Record<Entity, number>>;
  /** How many rows were left alone, and the first thousand of them. */
  heldCount: number;
  held: HeldRow[];
  /** Rows made by others that went with what was taken back by force, or only let go of it: by table and column. */
  letGo: LetGoRows[];
  /** Whether force would take back more than was; false when it was used. */
  forceHelps: boolean;
}

/**
 * Takes back exactly what imports did: deletes what they created, gives back what they changed. When something was
 * changed since, nothing is done at all, unless forced.
 *
 * Throws `MigrationTargetError`, and `Interrupted` when it was asked to stop.
 */
export async function rollback(
  target: MigrationTarget,
  options: RollbackOptions,
): Promise<RollbackResult> {
  const { folder, force = false } = options;
  const checked = await eachPage(target, options, "Checking", true);
  if (checked.heldCount > 0 && !force) {
    const forced = await eachPage(target, { ...options, force: true }, "Asking about", true);
    const forceHelps = Object.values(forced.undone).some((count) => count > 0);
    return { ...checked, undone: {}, complete: false, forceHelps };
  }
  const result = await eachPage(target, options, "Taking back", false);
  const { remaining } = await patiently(() => target.finishRollback());
  if (folder !== undefined) await removeLastingWorkspaces(folder, target.url);
  return { ...result, complete: remaining === 0, forceHelps: false };
}

type PagesResult = Omit<RollbackResult, "complete" | "forceHelps">;

/** Children before parents. */
async function eachPage(
  target: MigrationTarget,
  { force = false, batchSize, progress = silence, signal }: RollbackOptions,
  label: string,
  check_only: boolean,
): Promise<PagesResult> {
  const result: PagesResult = { undone: {}, heldCount: 0, held: [], letGo: [] };
  const { records } = await patiently(() => target.status());
  for (const entity of entities.toReversed()) {
    const known = records[entity]?.known ?? 0;
    if (known === 0) continue;
    progress.begin(`${label} ${entity}`, known);
    let after: string | null = null;
    do {
      if (check_only) stopIfAsked(signal);
      else stopIfAsked(signal, "Stopped halfway: run rollback again to take back the rest.");
      const page: RolledBack = await patiently(() =>
        target.rollbackRecords(entity, { after, page_size: batchSize, force, check_only })
      );
      const held = heldOf(entity, page);
      result.undone[entity] = (result.undone[entity] ?? 0) + page.undone;
      result.heldCount += held.length;
      result.held.push(...held.slice(0, toldRows - result.held.length));
      for (const rows of page.let_go ?? []) addLetGo(result.letGo, rows);
      progress.advance(page.undone + held.length);
      after = page.next;
    } while (after !== null);
    progress.end();
  }
  return result;
}

function addLetGo(all: LetGoRows[], rows: LetGoRows): void {
  const known = all.find(({ table, column }) => table === rows.table && column === rows.column);
  if (!known) {
    all.push(rows);
    return;
  }
  known.count += rows.count;
  known.ids.push(...rows.ids.slice(0, toldIds - known.ids.length));
}

function heldOf(entity: Entity, { changed, in_use }: RolledBack): HeldRow[] {
  return [
    ...changed.map(({ id, key }) => ({ entity, id, key, usedBy: null })),
    ...in_use.map(({ id, key, table }) => ({ entity, id, key, usedBy: table })),
  ];
}
