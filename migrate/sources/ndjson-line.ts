import { parseExactly } from "./exact-json.ts";
import type { SourceRow } from "./source.ts";

/** A row as a line of an export. */
export function lineOf({ key, value }: SourceRow): string {
  return `{"key":${JSON.stringify(key)},"value":${value}}`;
}

/** The row of a line; null when it is none. A key that PostgreSQL cannot hold was never one of the store's. */
export function rowOf(line: string): SourceRow | null {
  const row = ourRow(line) ?? foreignRow(line);
  return row !== null && !row.key.includes("\0") && row.key.isWellFormed() ? row : null;
}

const ourLine = /^\{"key":("(?:[^"\\]|\\.)*"),"value":(.*)\}$/s;

/** A line as `lineOf` writes it, whose value stays as it is. A member that is there twice leaves a text that is no value. */
function ourRow(line: string): SourceRow | null {
  const [, keyText, value] = ourLine.exec(line) ?? [];
  if (value === undefined || !isJson(keyText) || !isJson(value)) return null;
  return { key: JSON.parse(keyText), value };
}

/** A line that something else wrote. */
function foreignRow(line: string): SourceRow | null {
  if (!isJson(line)) return null;
  const row = parseExactly(line);
  if (typeof row !== "object" || row === null || !("key" in row) || !("value" in row)) return null;
  return typeof row.key === "string" ? { key: row.key, value: JSON.stringify(row.value) } : null;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
