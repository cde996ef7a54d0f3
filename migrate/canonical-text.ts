/** A JSON value as text that is the same for equal values: the names of objects in order. */
export function canonicalText(value: unknown): string {
  return JSON.stringify(value, (_, inner) => {
    if (typeof inner !== "object" || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(
      Object.entries(inner).sort(([one], [other]) => one < other ? -1 : 1),
    );
  });
}
