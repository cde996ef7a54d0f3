import { PostgrestClient } from "@supabase/postgrest-js";
import { defaultKey, type Environment } from "./environment.ts";

/**
 * A client of the project's Data API that acts with the default one of `keys`.
 *
 * `@supabase/postgrest-js` is the part of supabase-js that talks to the Data API; the whole of it would more than
 * double a function's size and cold start with what no function uses.
 *
 * @param timeout milliseconds after which a request has failed; default: none but the platform's
 */
export function connectDataApi(
  environment: Environment,
  keys: Record<string, string>,
  timeout?: number,
): PostgrestClient {
  const key = defaultKey(keys);
  return new PostgrestClient(`${environment.supabaseUrl}/rest/v1`, {
    headers: { apikey: key, authorization: `Bearer ${key}` },
    // Trying again is the caller's business, whom 503 and Retry-After tell so: seconds of silent repetition would
    // only add to the load of a backend that does not answer.
    retry: false,
    timeout,
  });
}
