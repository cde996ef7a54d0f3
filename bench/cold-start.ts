import type { StorageMode } from "../supabase/functions/_shared/database/types.ts";
import type { FirstAnswer } from "./first-answer.ts";
import type { StackProcess } from "./stack-process.ts";
import { timingOf } from "./timing.ts";

const rounds = 21;
const warmUp = 2;

/** Medians of fresh processes. */
export interface ColdStart {
  mode: StorageMode;
  bare: FirstAnswer;
  fromSource: FirstAnswer;
  bundled: FirstAnswer;
}

/** @param bundle the bundled concerts function */
export async function measureColdStarts(
  stack: StackProcess,
  bundle: string,
): Promise<ColdStart[]> {
  const bareFunctions = { sql: "bare-function.ts", kv: "bare-kv-function.ts" };
  const results: ColdStart[] = [];
  for (const mode of ["sql", "kv"] as const) {
    const modules = {
      bare: new URL(bareFunctions[mode], import.meta.url),
      fromSource: new URL("../supabase/functions/concerts/index.ts", import.meta.url),
      bundled: new URL(`file://${bundle}`),
    };
    const environment = { ...stack.environment, STORAGE_MODE: mode };
    results.push({ mode, ...await startInTurn(modules, environment) });
  }
  return results;
}

/** Each module in a process of its own, in turn, so that whatever else the machine does falls on all alike. */
async function startInTurn<Name extends string>(
  modules: Record<Name, URL>,
  environment: Record<string, string>,
): Promise<Record<Name, FirstAnswer>> {
  const entries = Object.entries(modules) as [Name, URL][];
  const runs = new Map<Name, FirstAnswer[]>(entries.map(([name]) => [name, []]));
  for (let round = -warmUp; round < rounds; round++) {
    for (const [name, module] of entries) {
      const times = await startOnce(module, environment);
      if (round >= 0) runs.get(name)?.push(times);
    }
  }
  return Object.fromEntries(
    [...runs].map(([name, times]) => [name, {
      import: timingOf(times.map((one) => one.import)).p50,
      answer: timingOf(times.map((one) => one.answer)).p50,
    }]),
  ) as Record<Name, FirstAnswer>;
}

async function startOnce(module: URL, env: Record<string, string>): Promise<FirstAnswer> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--allow-all",
      "--no-check",
      // What an earlier process has compiled does not help a new isolate elsewhere.
      "--no-code-cache",
      new URL("first-answer.ts", import.meta.url).href,
      module.href,
    ],
    env,
  }).output();
  if (!success) {
    throw new Error(`${module.href} does not start: ${new TextDecoder().decode(stderr)}`);
  }
  return JSON.parse(new TextDecoder().decode(stdout));
}
