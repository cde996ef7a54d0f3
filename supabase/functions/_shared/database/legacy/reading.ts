/** What became of an old record: read, with the repairs it took, or not readable, and why. Codes are stable. */
export type Reading<Value, Repair extends string, Reason extends string> =
  | { record: Value; repairs: Repair[] }
  | { unreadable: Reason };

/** Why a value is no record at all. */
export type NoObject = "not_json" | "not_an_object";

/** Values nested deeper make whoever walks through them run out of stack. */
const deepest = 500;

/** The fields of an old value: an object, or the JSON text of one that the old code wrote into a string. */
export function fieldsOf(value: unknown): Record<string, unknown> | NoObject {
  let content = value;
  if (typeof content === "string") {
    try {
      content = JSON.parse(content);
    } catch {
      return "not_json";
    }
  }
  return isObject(content) ? content : "not_an_object";
}

/**
 * The whole old value as it is kept beside the new one: parsed where it was JSON text.
 *
 * What jsonb cannot store (NUL, half a surrogate pair, a number that would come back as another) is kept as JSON text:
 * escaped, nothing of it is lost.
 */
export function keepsakeOf(value: unknown): unknown {
  if (typeof value !== "string") return isStorable(value) ? value : JSON.stringify(value);
  const content = parsed(value);
  if (isObject(content) && isStorable(content)) return content;
  return isStorable(value) ? value : JSON.stringify(value);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Whether jsonb holds the value as it is: it knows neither NUL nor half a surrogate pair, and what JavaScript makes of
 * a very large or small number is not what was written.
 *
 * @param depth how deep the value lies in what is asked about
 */
export function isStorable(value: unknown, depth = 0): boolean {
  if (depth > deepest) return false;
  if (typeof value === "string") return isStorableText(value);
  if (typeof value === "number") return isExact(value);
  if (Array.isArray(value)) return value.every((item) => isStorable(item, depth + 1));
  if (!isObject(value)) return true;
  return Object.entries(value)
    .every(([name, item]) => isStorableText(name) && isStorable(item, depth + 1));
}

/** Whether a text of PostgreSQL can hold the text. */
export function isStorableText(text: string): boolean {
  return !text.includes("\0") && text.isWellFormed();
}

function isExact(number: number): boolean {
  return /^-?\d+(\.\d+)?$/.test(String(number)) &&
    (!Number.isInteger(number) || Number.isSafeInteger(number));
}
