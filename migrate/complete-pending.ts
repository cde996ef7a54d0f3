import { hasPending } from "../supabase/functions/_shared/database/kv/documents.ts";
import { kvStoreOn } from "../supabase/functions/_shared/database/kv/kv-context.ts";
import { SourceRows } from "./workspace/source-rows.ts";
import type { Workspace } from "./workspace/workspace.ts";
import { WorkspaceTable } from "./workspace/workspace-table.ts";

/** What completing writes that had been interrupted did to the keys. */
export interface Completed {
  /** Keys the writes still had to add. */
  added: string[];
  /** Keys they still had to remove, and the document whose change that was. */
  removed: { key: string; by: string }[];
}

/**
 * Completes what documents of the new shape had decided for other keys and not written there yet, by the very code of
 * kv mode: whoever looks next would find it done.
 */
export async function completePending(workspace: Workspace): Promise<Completed> {
  const rows = new SourceRows(workspace);
  const completed: Completed = { added: [], removed: [] };
  let by = "";
  const table = new WorkspaceTable(rows, (key, kind) => {
    if (kind === "added") completed.added.push(key);
    else completed.removed.push({ key, by });
  });
  const { documents } = kvStoreOn(table);
  for (const page of rows.pagesHolding('"pending"')) {
    for (const { key, value } of page) {
      if (!hasPending(JSON.parse(value))) continue;
      by = key;
      await documents.settled(key);
    }
  }
  return completed;
}
