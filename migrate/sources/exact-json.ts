/** `JSON.rawJSON` and the source of a number, which the library of types does not know yet. */
interface ExactJson {
  parse(
    text: string,
    reviver: (key: string, value: unknown, at: { source: string }) => unknown,
  ): unknown;
  rawJSON(text: string): unknown;
}

/** The value of a JSON text which `JSON.stringify` writes with its numbers exactly as they were. */
export function parseExactly(text: string): unknown {
  const exact = JSON as unknown as ExactJson;
  return exact.parse(
    text,
    (_, value, { source }) =>
      typeof value === "number" && String(value) !== source ? exact.rawJSON(source) : value,
  );
}
