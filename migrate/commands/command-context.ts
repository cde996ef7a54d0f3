import { resolve } from "node:path";
import { connect, type Connection, sourceConnection, targetConnection } from "../connection.ts";
import { MigrationTarget } from "../../supabase/functions/_shared/database/transfer/migration-target.ts";
import { openSource } from "../sources/open-source.ts";
import type { Source } from "../sources/source.ts";
import type { Progress } from "../terminal/progress.ts";
import { defaultFolder } from "../workspace/workspace-folder.ts";

/** What every command works with. */
export interface CommandContext {
  variables: Record<string, string | undefined>;
  progress: Progress;
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
  /** Writes a line for people, or the answer of a command that gives JSON. */
  print(text: string): void;
}

/** How a command ends: 0 as wished, 1 with differences or rejects, 2 when it could not run. */
export type ExitCode = 0 | 1 | 2;

/** A path as it was typed, from the folder it was typed in. */
export function typedPath(path: string, { variables }: CommandContext): string {
  return resolve(variables.INIT_CWD ?? Deno.cwd(), path);
}

/** MIGRATION_DIR */
export function workspaceFolder(context: CommandContext): string {
  const named = context.variables.MIGRATION_DIR;
  return named ? typedPath(named, context) : defaultFolder;
}

/** The file of `--from`, else the table of the source project. */
export function sourceOf(
  { from, incomplete }: { from?: string; incomplete?: boolean },
  context: CommandContext,
): Promise<Source> {
  return openSource(
    from === undefined ? sourceConnection(context.variables) : typedPath(from, context),
    incomplete,
  );
}

export function targetOf(context: CommandContext): { target: MigrationTarget } & Connection {
  const connection = targetConnection(context.variables);
  return { ...connection, target: new MigrationTarget(connect(connection)) };
}
