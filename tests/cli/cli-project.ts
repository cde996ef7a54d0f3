import { cp } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const repository = fileURLToPath(new URL("../../", import.meta.url));

/** What a command wrote and how it ended. */
export interface CommandOutput {
  code: number;
  stdout: string;
  stderr: string;
}

/** A copy of `supabase/` with the real CLI at work in it. */
export interface CliProject {
  /** Its folder, the one that holds `supabase/`. */
  folder: string;
  supabase(args: string[], environment?: Record<string, string>): Promise<CommandOutput>;
  remove(): Promise<void>;
}

/**
 * The CLI writes state beside config.toml and into the home directory, so it gets a copy of the one
 * and an empty other. Its environment is built from nothing: no token, proxy or project of the person
 * who runs the tests, and nothing sent home (telemetry, update check).
 */
export async function createCliProject(): Promise<CliProject> {
  const folder = await Deno.makeTempDir({ prefix: "supabase-cli-" });
  const home = join(folder, "home");
  await Deno.mkdir(home);
  await cp(join(repository, "supabase"), join(folder, "supabase"), {
    recursive: true,
    filter: (source) => !source.endsWith("/.temp"),
  });

  const supabase = async (args: string[], environment: Record<string, string> = {}) => {
    const output = await new Deno.Command(join(repository, "node_modules/.bin/supabase"), {
      args,
      cwd: folder,
      clearEnv: true,
      env: {
        PATH: Deno.env.get("PATH") ?? "",
        HOME: home,
        DO_NOT_TRACK: "1",
        SUPABASE_TELEMETRY_DISABLED: "1",
        SUPABASE_NO_UPDATE_NOTIFIER: "1",
        SUPABASE_NO_KEYRING: "1",
        ...environment,
      },
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    return {
      code: output.code,
      stdout: decoder.decode(output.stdout),
      stderr: decoder.decode(output.stderr),
    };
  };

  return { folder, supabase, remove: () => Deno.remove(folder, { recursive: true }) };
}

/** @throws with everything the command wrote, when it failed or warned (the CLI warns about config.toml this way). */
export function assertClean(output: CommandOutput): void {
  const warned = /^\s*(WARN|WARNING|ERROR)\b/mi.test(output.stderr);
  if (output.code !== 0 || warned) {
    throw new Error(
      `The CLI ended with code ${output.code}.\n${output.stdout}\n${output.stderr}`,
    );
  }
}
