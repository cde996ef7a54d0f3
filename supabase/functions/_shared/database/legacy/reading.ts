/** What became of an old record: read, with the repairs it took, or not readable, and why. Codes are stable. */
export type Reading<Value, Repair extends string, Reason extends string> =
  | { record: Value; repairs: Repair[] }
  | { unreadable: Reason };

/** Why a value is no record at all. */
export type NoObject = "not_json" | "not_an_object";

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
 * A text that holds what jsonb cannot store (NUL, half a surrogate pair) stays the text it was: escaped, nothing of it
 * is lost.
 */
export function keepsakeOf(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    const content: unknown = JSON.parse(value);
    return isObject(content) && isStorable(content) ? content : value;
  } catch {
    return value;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether jsonb can hold the value: it knows neither NUL nor half a surrogate pair. */
export function isStorable(value: unknown): boolean {
  if (typeof value === "string") return isStorableText(value);
  if (Array.isArray(value)) return value.every(isStorable);
  if (!isObject(value)) return true;
  return Object.entries(value).every(([name, item]) => isStorableText(name) && isStorable(item));
}

function isStorableText(text: string): boolean {
  return !text.includes("\0") && text.isWellFormed();
}
