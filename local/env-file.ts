import { parseEnv } from "node:util";

/** Where `npm start` leaves what other commands need to reach the stack; git ignores it. */
const ENV_FILE = new URL("../.env.local", import.meta.url);

/** The file's variables; none when there is no such file. */
export async function readEnvFile(file = ENV_FILE): Promise<Record<string, string | undefined>> {
  return parseEnv(await readText(file));
}

/** Sets `variables` in the file and leaves its other lines alone. Only its owner may read it: it holds secrets. */
export async function writeEnvFile(
  variables: Record<string, string>,
  file = ENV_FILE,
): Promise<void> {
  const others = (await readText(file)).split("\n").filter((line) => {
    const name = line.match(/^\s*(?:export\s+)?([\w.]+)\s*=/)?.[1];
    return name === undefined || !Object.hasOwn(variables, name);
  });
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  const text = [others.join("\n").trimEnd(), ...lines].filter((part) => part !== "").join("\n");
  await Deno.writeTextFile(file, `${text}\n`, { mode: 0o600 });
  // The mode above counts only for a new file.
  if (Deno.build.os !== "windows") await Deno.chmod(file, 0o600);
}

async function readText(file: URL): Promise<string> {
  try {
    return await Deno.readTextFile(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}
