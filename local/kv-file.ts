import { chunk } from "deno-std/collections/chunk.js";
import type { Database } from "./database.ts";
import { StartError } from "./start-error.ts";

const ROWS_A_STATEMENT = 500;

/** A row of the key-value table as a line of a file has it. */
export interface KvLine {
  /** Counted from 1. */
  number: number;
  text: string;
  key: string;
}

/**
 * Reads an NDJSON file, one {"key": string, "value": any} a line. Of several lines with one key the last counts.
 *
 * @throws StartError naming the setting and the line.
 */
export async function readKvFile(path: string): Promise<KvLine[]> {
  const lines = parseLines(await readText(path), path);
  return [...new Map(lines.map((line) => [line.key, line])).values()];
}

/**
 * Writes the lines into the key-value table; a key that is there already keeps its value, so that what was edited in a
 * kept database outlives a restart. By SQL and from the line's own text, because the Data API would turn a JSON string
 * into the object inside it and JavaScript would round long numbers.
 *
 * @throws StartError naming the setting and the lines.
 */
export async function storeKvLines(
  database: Pick<Database, "query">,
  lines: KvLine[],
): Promise<void> {
  for (const part of chunk(lines, ROWS_A_STATEMENT)) {
    try {
      await database.query(
        `insert into public.kv_store_84730125 (key, value)
         select row ->> 'key', row -> 'value' from jsonb_array_elements($1::text::jsonb) as rows (row)
         on conflict (key) do nothing`,
        [`[${part.map((line) => line.text).join(",")}]`],
      );
    } catch (error) {
      if (part.length > 1) {
        // Again one by one, to tell which line it is; none, when the reason has passed by now.
        for (const line of part) await storeKvLines(database, [line]);
        continue;
      }
      const message = error instanceof Error ? error.message : String(error);
      throw new StartError(
        `KV_FILE: line ${part[0].number} cannot be stored (${message}): correct or remove it.`,
        { cause: error },
      );
    }
  }
}

async function readText(path: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(path);
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound ? "does not exist" : "cannot be read";
    throw new StartError(`KV_FILE: ${path} ${reason}; name an NDJSON file.`, { cause: error });
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new StartError(`KV_FILE: ${path} is not UTF-8; save it as UTF-8.`, { cause: error });
  }
}

function parseLines(text: string, path: string): KvLine[] {
  return text.split("\n")
    .map((line, index) => ({ number: index + 1, text: line.trim() }))
    .filter((line) => line.text !== "")
    .map((line) => ({ ...line, key: parseKey(line.text, line.number, path) }));
}

function parseKey(line: string, number: number, path: string): string {
  const row = parseJson(line);
  if (typeof row === "object" && row !== null && "key" in row && "value" in row) {
    if (typeof row.key === "string") return row.key;
  }
  throw new StartError(
    `KV_FILE: line ${number} of ${path} is no {"key": "...", "value": ...}; correct or remove it.`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
