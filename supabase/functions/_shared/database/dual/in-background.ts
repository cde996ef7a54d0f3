/** What Supabase gives its functions for work that outlives the answer. */
interface EdgeRuntime {
  waitUntil(work: Promise<unknown>): void;
}

/** Lets `work`, which must not fail, go on when the request is answered. */
export function inBackground(work: Promise<void>): void {
  const runtime: EdgeRuntime | undefined = Reflect.get(globalThis, "EdgeRuntime");
  // Without it, as under `npm start`, the process goes on anyway.
  runtime?.waitUntil(work);
}
