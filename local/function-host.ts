/** Runs Edge Functions in this process, as the platform runs them: each by its own default export. */
export interface FunctionHost {
  /** The functions there are, in the order of their names. */
  names: string[];
  /** Answers a request whose path begins with the function's name. */
  fetch(name: string, request: Request): Promise<Response>;
  /** Takes the environment back. */
  close(): void;
}

let openHosts = 0;
let startedHosts = 0;

/**
 * @param folder holds one folder a function with its index.ts; folders without one, or named _..., are none.
 * @param environment is set in this process until `close`, because functions read their settings from there. Hence
 *   one host at a time.
 */
export function openFunctionHost(folder: URL, environment: Record<string, string>): FunctionHost {
  if (openHosts > 0) {
    throw new Error(
      "Functions share the environment of the process: close the other local stack first, or start one with functions: false",
    );
  }
  openHosts++;
  // A module keeps the environment it was first run with, so every host runs its own.
  const instance = startedHosts++;
  const restore = setEnvironment(environment);
  const modules = new Map<string, Promise<EdgeFunction>>();

  return {
    names: functionNames(folder),
    async fetch(name, request) {
      try {
        if (!modules.has(name)) {
          modules.set(name, importFunction(new URL(`${name}/index.ts?${instance}`, folder)));
        }
        return await (await modules.get(name)!).fetch(request);
      } catch (error) {
        console.error(`Function ${name} failed:`, error);
        return Response.json(
          { code: "WORKER_ERROR", message: "Function exited due to an error (see the terminal)" },
          { status: 500 },
        );
      }
    },
    close() {
      openHosts--;
      restore();
    },
  };
}

interface EdgeFunction {
  fetch(request: Request): Response | Promise<Response>;
}

async function importFunction(file: URL): Promise<EdgeFunction> {
  const { default: exported } = await import(file.href) as { default?: EdgeFunction };
  if (typeof exported?.fetch !== "function") {
    throw new Error(`${file.pathname} has no default export with a fetch method`);
  }
  return exported;
}

function functionNames(folder: URL): string[] {
  return [...Deno.readDirSync(folder)]
    .filter((entry) => entry.isDirectory && !entry.name.startsWith("_"))
    .map((entry) => entry.name)
    .filter((name) => existsSync(new URL(`${name}/index.ts`, folder)))
    .sort();
}

function existsSync(file: URL): boolean {
  try {
    return Deno.statSync(file).isFile;
  } catch {
    return false;
  }
}

function setEnvironment(environment: Record<string, string>): () => void {
  const before = Object.keys(environment).map((name) => [name, Deno.env.get(name)] as const);
  for (const [name, value] of Object.entries(environment)) Deno.env.set(name, value);
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
  };
}
