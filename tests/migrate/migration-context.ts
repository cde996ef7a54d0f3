import { join } from "node:path";
import { fromFileUrl } from "deno-std/path/from_file_url.js";
import type { LocalStack } from "../../local/stack.ts";
import { connect, type Connection, MigrationTarget } from "../../migrate/mod.ts";
import { evenMemory } from "../../scripts/even-memory.mjs";
import { startTestStack } from "../support/test-stack.ts";

/** A stack that is source and target at once, and a scratch folder for what a migration writes. */
export interface MigrationContext extends AsyncDisposable {
  stack: LocalStack;
  connection: Connection;
  target: MigrationTarget;
  /** Where workspaces go. */
  folder: string;
  /** A path in the scratch folder. */
  path(name: string): string;
  /** Runs the command line on this stack. */
  migrate(...args: string[]): Promise<CommandResult>;
  close(): Promise<void>;
}

export interface CommandResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** @param kvFile rows for the key-value table */
export async function createMigrationContext(kvFile?: string): Promise<MigrationContext> {
  const stack = await startTestStack({ storageMode: "kv", kvFile });
  const scratch = await Deno.makeTempDir({ prefix: "migration-" });
  const connection = { url: stack.url, secretKey: stack.secretKey };
  const close = async () => {
    await stack.close();
    await Deno.remove(scratch, { recursive: true });
    // PGlite leaves the exit code of a program of its own.
    Deno.exitCode = 0;
  };
  return {
    stack,
    connection,
    target: new MigrationTarget(connect(connection)),
    folder: join(scratch, "workspaces"),
    path: (name) => join(scratch, name),
    migrate: (...args) =>
      runMigrate(args, {
        SUPABASE_URL: stack.url,
        SUPABASE_SECRET_KEY: stack.secretKey,
        MIGRATION_DIR: join(scratch, "workspaces"),
      }),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Runs the command line to its end, with this environment. */
export async function runMigrate(
  args: string[],
  environment: Record<string, string>,
): Promise<CommandResult> {
  const { code, stdout, stderr } = await commandOf(args, environment).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** The command line as a process to be started. */
export function commandOf(args: string[], environment: Record<string, string>): Deno.Command {
  const main = fromFileUrl(new URL("../../migrate/main.ts", import.meta.url));
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--no-check", evenMemory, main, ...args],
    env: { NO_COLOR: "1", ...environment },
    stdout: "piped",
    stderr: "piped",
  });
}
