import { PostgrestClient } from "@supabase/postgrest-js";
import type { LocalStack } from "../../local/stack.ts";

/** When a request fails: before it reached the store, or after, with its answer lost on the way. */
export type BreakingPoint = "before" | "after";

export interface BreakingOptions {
  /** The write, counted from 1 on, that fails with everything behind it, as if the process died; default: none. */
  breakAt?: number;
  point?: BreakingPoint;
  /** What is sent in a request's place. */
  rewrite?: (request: Request) => Request;
  /** Called before a request leaves, reads included. */
  beforeRequest?: (request: Request) => Promise<void>;
  /** Called when a write has taken effect, before its answer arrives; with how many there were. */
  afterWrite?: (count: number) => Promise<void>;
}

/** The Data API over a line that can be cut, and that counts what goes over it. */
export interface BreakingDataApi {
  client: PostgrestClient;
  /** How many writes were attempted. */
  writes(): number;
}

export function breakingDataApi(
  stack: LocalStack,
  { breakAt = Infinity, point = "before", rewrite, beforeRequest, afterWrite }: BreakingOptions =
    {},
): BreakingDataApi {
  let writes = 0;
  const client = new PostgrestClient(`${stack.url}/rest/v1`, {
    headers: { apikey: stack.secretKey, authorization: `Bearer ${stack.secretKey}` },
    // A dead process does not try again.
    retry: false,
    async fetch(input, init) {
      const request = new Request(input, init);
      if (writes >= breakAt) throw new TypeError("the line is cut");
      await beforeRequest?.(request);
      const isWrite = request.method !== "GET";
      if (isWrite) writes++;
      if (writes >= breakAt && point === "before") throw new TypeError("the line is cut");
      const response = await fetch(rewrite?.(request) ?? request);
      if (isWrite) await afterWrite?.(writes);
      if (writes < breakAt) return response;
      await response.body?.cancel();
      throw new TypeError("the line is cut");
    },
  });
  return { client, writes: () => writes };
}
