import { TextLineStream } from "deno-std/streams/text_line_stream.js";

/** A script of this folder in a process of its own. */
export interface ChildProcess {
  /** The line it printed when it was ready. */
  announcement: string;
  /** Ends its standard input, which is its sign to stop, and waits until it has. */
  close(): Promise<void>;
}

export async function startChildProcess(script: string, args: string[]): Promise<ChildProcess> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--allow-all",
      "--no-check",
      new URL(script, import.meta.url).href,
      ...args,
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream())
    .getReader();
  const { value: announcement } = await lines.read();
  if (announcement === undefined) {
    throw new Error(`${script} ended with code ${(await child.status).code}`);
  }
  return {
    announcement,
    async close() {
      await child.stdin.close();
      await lines.cancel();
      await child.status;
    },
  };
}
