import { TextLineStream } from "deno-std/streams/text_line_stream.js";
import type { LocalKeys } from "../local/local-keys.ts";
import { signAccessToken, type TokenClaims } from "../local/access-token.ts";

/** A local stack in a process of its own, so that its work is not taken for the function's. */
export interface StackProcess extends LocalKeys {
  url: string;
  /** The settings a function needs to work with this stack, STORAGE_MODE aside. */
  environment: Record<string, string>;
  /** PostgreSQL's own, such as 17.5. */
  databaseVersion: string;
  signToken(claims: TokenClaims): Promise<string>;
  close(): Promise<void>;
}

/** What the process prints when it is ready. */
export type StackAnnouncement =
  & LocalKeys
  & Pick<
    StackProcess,
    "url" | "environment" | "databaseVersion"
  >;

/** @param databaseUrl a real PostgreSQL instead of the embedded one */
export async function startStackProcess(databaseUrl?: string): Promise<StackProcess> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--allow-all",
      "--no-check",
      new URL("serve-stack.ts", import.meta.url).href,
      ...databaseUrl ? [databaseUrl] : [],
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream())
    .getReader();
  const { value: announcement } = await lines.read();
  if (announcement === undefined) {
    throw new Error(`The local stack ended with code ${(await child.status).code}`);
  }
  const stack = JSON.parse(announcement) as StackAnnouncement;
  return {
    ...stack,
    signToken: (claims) =>
      signAccessToken({ expiresInSeconds: 86_400, ...claims }, stack.jwtSecret, stack.url),
    async close() {
      // The end of its input is the process's sign to stop.
      await child.stdin.close();
      await lines.cancel();
      await child.status;
    },
  };
}
