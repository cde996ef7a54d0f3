import { setColorEnabled } from "deno-std/fmt/colors.js";
import { CommanderError } from "commander";
import { MigrationTargetError } from "../supabase/functions/_shared/database/transfer/migration-target-error.ts";
import { createProgram } from "./commands/program.ts";
import { readVariables } from "./connection.ts";
import { Interrupted } from "./interruption.ts";
import { MigrationError } from "./migration-error.ts";
import { barOn, linesOn } from "./terminal/progress.ts";

const couldNotRun = 2;
const interrupted = 130;
const secondAfter = 1000;

/** `npm run migrate -- <command>` */
async function main(): Promise<number> {
  const isTerminal = Deno.stderr.isTerminal();
  setColorEnabled(Deno.stdout.isTerminal() && !Deno.noColor);
  const encoder = new TextEncoder();
  const writeError = (text: string) => Deno.stderr.writeSync(encoder.encode(text));
  let code = 0;
  const program = createProgram({
    variables: await readVariables(),
    progress: isTerminal ? barOn(writeError, consoleColumns) : linesOn(writeError),
    signal: interruption(),
    print: (text) => console.info(text),
  }, (result) => code = result);
  try {
    await program.parseAsync(Deno.args, { from: "user" });
    return code;
  } catch (error) {
    if (isTerminal) writeError("\r\x1b[2K");
    return explain(error);
  }
}

/** How wide the terminal is now. */
function consoleColumns(): number {
  try {
    return Deno.consoleSize().columns;
  } catch {
    return 80; // It does not say.
  }
}

/** Tells why a command has ended; the exit code. */
function explain(error: unknown): number {
  // It has printed its message itself; asking for help is no failure.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : couldNotRun;
  if (error instanceof Interrupted) {
    console.error(error.message);
    return interrupted;
  }
  const isExplained = error instanceof MigrationError || error instanceof MigrationTargetError;
  console.error(isExplained ? error.message : error);
  return couldNotRun;
}

/** Ctrl-C lets the batch at hand come to its end; another one does not. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  let askedAt = 0;
  const ask = () => {
    // A terminal sends the signal to npm and to us, and npm passes its own on.
    if (controller.signal.aborted && Date.now() - askedAt > secondAfter) Deno.exit(interrupted);
    if (controller.signal.aborted) return;
    askedAt = Date.now();
    controller.abort();
    console.error("\nFinishing the batch at hand; Ctrl-C again ends at once.");
  };
  Deno.addSignalListener("SIGINT", ask);
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", ask);
  return controller.signal;
}

Deno.exit(await main());
