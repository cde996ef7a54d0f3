import { fromFileUrl } from "deno-std/path/from_file_url.js";
import { join } from "deno-std/path/join.js";

const REPOSITORY = new URL("../../", import.meta.url);
const LINKED = [
  "local",
  "supabase",
  "node_modules",
  "deno.json",
  "package.json",
  "package-lock.json",
];

/** A folder that is this repository to a program started in it, with a .env.local and a temporary folder of its own. */
export interface Checkout extends AsyncDisposable {
  path(name: string): string;
  /** Starts the stack as `npm start -- <args>` does; PORT is 0 unless `environment` says otherwise. */
  start(environment?: Record<string, string>, ...args: string[]): RunningStart;
  /** `npm run token` */
  token(...args: string[]): Promise<Deno.CommandOutput>;
  /** What stacks have left in the temporary folder. */
  scratchFolders(): Promise<string[]>;
}

export interface RunningStart {
  process: Deno.ChildProcess;
  /** The stack's address, once it is ready; rejects with the output when it ends before. */
  ready: Promise<string>;
  /** How it ended and everything it wrote. */
  ended: Promise<{ code: number; stdout: string; stderr: string }>;
}

export async function makeCheckout(): Promise<Checkout> {
  const folder = await Deno.makeTempDir();
  const path = (name: string) => join(folder, name);
  for (const name of LINKED) {
    await Deno.symlink(fromFileUrl(new URL(name, REPOSITORY)), path(name));
  }
  // Node follows a link to the script and would find the repository itself.
  await Deno.mkdir(path("scripts"));
  for (const name of ["ensure-installed.mjs", "run-deno.mjs", "start.mjs", "token.mjs"]) {
    await Deno.copyFile(new URL(`scripts/${name}`, REPOSITORY), path(`scripts/${name}`));
  }
  await Deno.mkdir(path("tmp"));
  const running: Deno.ChildProcess[] = [];

  return {
    path,
    start(environment = {}, ...args) {
      const process = new Deno.Command("node", {
        args: [path("scripts/start.mjs"), ...args],
        env: { PORT: "0", TMPDIR: path("tmp"), NO_COLOR: "1", ...environment },
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      running.push(process);
      return watch(process);
    },
    token: (...args) =>
      new Deno.Command("node", {
        args: [path("scripts/token.mjs"), ...args],
        env: { NO_COLOR: "1" },
      })
        .output(),
    scratchFolders: () => Array.fromAsync(Deno.readDir(path("tmp")), ({ name }) => name),
    async [Symbol.asyncDispose]() {
      for (const process of running) await end(process);
      await Deno.remove(folder, { recursive: true });
    },
  };
}

function watch(process: Deno.ChildProcess): RunningStart {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  // A start that is meant to fail is watched by `ended` alone.
  promise.catch(() => {});
  const stdout = collect(process.stdout, (text) => {
    const url = text.match(/http:\/\/127\.0\.0\.1:\d+/)?.[0];
    if (url && text.includes("Ctrl-C")) resolve(url);
  });
  const stderr = collect(process.stderr, () => {});
  const ended = Promise.all([process.status, stdout, stderr]).then(([{ code }, stdout, stderr]) => {
    reject(new Error(`npm start ended with ${code}:\n${stdout}${stderr}`));
    return { code, stdout, stderr };
  });
  return { process, ready: promise, ended };
}

async function collect(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  onText: (text: string) => void,
): Promise<string> {
  let text = "";
  for await (const part of stream.pipeThrough(new TextDecoderStream())) onText(text += part);
  return text;
}

async function end(process: Deno.ChildProcess): Promise<void> {
  try {
    process.kill("SIGTERM");
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // It has ended.
  }
  await process.status;
}
