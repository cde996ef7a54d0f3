/**
 * Runs `task` on PGlite and takes back the exit code it gives to the process: its WebAssembly "exits" at every SQL
 * error and at every boot, with 99 or 100, which would make a program that ends well end as failed.
 */
export async function keepingExitCode<T>(task: () => Promise<T>): Promise<T> {
  const before = Deno.exitCode;
  try {
    return await task();
  } finally {
    Deno.exitCode = before;
  }
}
