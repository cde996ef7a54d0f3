import { parseExactly } from "./exact-json.ts";
import type { SourceRow } from "./source.ts";

/** A row as a line of an export. */
export function lineOf({ key, value }: SourceRow): string {
  return `{"key":${JSON.stringify(key)},"value":${value}}`;
}

/** The row of a line; null when it is none. A key that PostgreSQL cannot hold was never one of the store's. */
export function rowOf(line: string): SourceRow | null {
  const row = parse(line);
  if (row === null || typeof row.key !== "string" || !("value" in row)) return null;
  if (row.key.includes("\0") || !row.key.isWellFormed()) return null;
  const start = `{"key":${JSON.stringify(row.key)},"value":`;
  const isOurs = line.startsWith(start) && line.endsWith("}") && Object.keys(row).length === 2;
  const value = line.slice(start.length, -1);
  // A member that is there twice leaves a text behind that is no value.
  return { key: row.key, value: isOurs && isJson(value) ? value : rewrittenValue(line) };
}

/** The value of a line that something else wrote. */
function rewrittenValue(line: string): string {
  const { value } = parseExactly(line) as { value: unknown };
  return JSON.stringify(value);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function parse(line: string): Record<string, unknown> | null {
  try {
    const row: unknown = JSON.parse(line);
    const isRow = typeof row === "object" && row !== null && !Array.isArray(row);
    return isRow ? row as Record<string, unknown> : null;
  } catch {
    return null;
  }
}
