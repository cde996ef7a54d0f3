import type { LocalKeys } from "../local/local-keys.ts";
import { signAccessToken, type TokenClaims } from "../local/access-token.ts";
import { startChildProcess } from "./child-process.ts";

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
  const { announcement, close } = await startChildProcess(
    "serve-stack.ts",
    databaseUrl ? [databaseUrl] : [],
  );
  const stack = JSON.parse(announcement) as StackAnnouncement;
  return {
    ...stack,
    signToken: (claims) =>
      signAccessToken({ expiresInSeconds: 86_400, ...claims }, stack.jwtSecret, stack.url),
    close,
  };
}
