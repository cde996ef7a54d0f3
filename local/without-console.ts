import { AsyncLocalStorage } from "node:async_hooks";

const silenced = new AsyncLocalStorage<true>();
let installed = false;

/**
 * Runs `task` with the console closed to it and to nothing else that runs meanwhile.
 *
 * @supabase/lite logs every SQL error that it also answers with (a unique violation, a refused row), and each start's
 * feature banner; it has no switch for that. Its `console.info` stays: that is how it shows the e-mails of Auth.
 */
export function withoutConsole<T>(task: () => Promise<T>): Promise<T> {
  install();
  return silenced.run(true, task);
}

function install(): void {
  if (installed) return;
  installed = true;
  for (const method of ["error", "warn", "log"] as const) {
    const original = console[method].bind(console);
    console[method] = (...data: unknown[]) => {
      if (!silenced.getStore()) original(...data);
    };
  }
}
