import { PostgrestClient } from "@supabase/postgrest-js";
import type { LocalStack } from "../../local/stack.ts";

/** When a request fails: before it reached the store, or after, with its answer lost on the way. */
export type BreakingPoint = "before" | "after";

/** The Data API over a line that can be cut, and that counts what goes over it. */
export interface BreakingDataApi {
  client: PostgrestClient;
  requests: { method: string; url: string }[];
  /** How many writes were attempted. */
  writes(): number;
}

/**
 * A client of the stack's Data API of which the write number `breakAt` (from 1 on) and all requests behind it fail, as
 * if the process had died there. Without `breakAt` it never breaks.
 */
export function breakingDataApi(
  stack: LocalStack,
  breakAt = Infinity,
  point: BreakingPoint = "before",
  rewrite: (request: Request) => Request = (request) => request,
): BreakingDataApi {
  const requests: BreakingDataApi["requests"] = [];
  const writes = () => requests.filter(({ method }) => method !== "GET").length;
  const client = new PostgrestClient(`${stack.url}/rest/v1`, {
    headers: { apikey: stack.secretKey, authorization: `Bearer ${stack.secretKey}` },
    retry: false,
    async fetch(input, init) {
      const request = rewrite(new Request(input, init));
      if (writes() >= breakAt) throw new TypeError("the line is cut");
      requests.push({ method: request.method, url: request.url });
      if (writes() < breakAt) return await fetch(request);
      if (point === "after") await (await fetch(request)).body?.cancel();
      throw new TypeError("the line is cut");
    },
  });
  return { client, requests, writes };
}
