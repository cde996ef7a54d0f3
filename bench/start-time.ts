import { fromFileUrl } from "deno-std/path/from_file_url.js";
import { TextLineStream } from "deno-std/streams/text_line_stream.js";

const repository = new URL("../", import.meta.url);

/**
 * Seconds until `npm start` serves its first page, on a free port and with what is installed. Ends it, and puts
 * .env.local back as it was.
 */
export async function measureStart(): Promise<number> {
  const envFile = new URL(".env.local", repository);
  const saved = await readIfThere(envFile);
  try {
    return await startOnce();
  } finally {
    if (saved === null) await Deno.remove(envFile);
    else await Deno.writeFile(envFile, saved, { mode: 0o600 });
  }
}

async function startOnce(): Promise<number> {
  const port = freePort();
  const begun = performance.now();
  const child = new Deno.Command("npm", {
    args: ["start"],
    cwd: fromFileUrl(repository),
    env: { PORT: String(port) },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
    // In a process group of its own, to which Ctrl-C can be sent as a terminal does: npm alone does not pass it on.
    detached: true,
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
  for await (const line of lines.values({ preventCancel: true })) {
    if (line.includes("Ctrl-C")) break;
  }
  const seconds = (performance.now() - begun) / 1000;
  // Closed when the last process of the group has ended.
  const ended = lines.pipeTo(new WritableStream());
  const response = await fetch(`http://127.0.0.1:${port}/functions/v1/concerts`);
  await response.body?.cancel();
  Deno.kill(-child.pid, "SIGINT");
  await ended;
  if (!response.ok) throw new Error(`npm start: its first page answers ${response.status}`);
  return seconds;
}

/** Seconds that `npm test` takes. It must pass. */
export async function measureTests(): Promise<number> {
  const begun = performance.now();
  const { code } = await new Deno.Command("npm", {
    args: ["test"],
    cwd: fromFileUrl(repository),
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).spawn().status;
  if (code !== 0) throw new Error(`npm test fails with exit code ${code}`);
  return (performance.now() - begun) / 1000;
}

async function readIfThere(file: URL): Promise<Uint8Array | null> {
  try {
    return await Deno.readFile(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}
