/** Where the values differ: the names of the fields, `[]` for any place in a list, each once; `""` is the whole. */
export function differingPaths(one: unknown, other: unknown): string[] {
  const paths = new Set<string>();
  collect(canonical(one), canonical(other), "", paths);
  return [...paths].sort();
}

/** As it would be sent: without fields that are not set. */
function canonical(value: unknown): unknown {
  return value === undefined ? null : JSON.parse(JSON.stringify(value));
}

function collect(one: unknown, other: unknown, path: string, paths: Set<string>): void {
  if (Array.isArray(one) && Array.isArray(other)) {
    if (one.length !== other.length) paths.add(`${path}[]`);
    const shared = Math.min(one.length, other.length);
    for (let index = 0; index < shared; index++) {
      collect(one[index], other[index], `${path}[]`, paths);
    }
  } else if (isObject(one) && isObject(other)) {
    for (const name of new Set([...Object.keys(one), ...Object.keys(other)])) {
      const inner = path === "" ? named(name) : `${path}.${named(name)}`;
      if (Object.hasOwn(one, name) && Object.hasOwn(other, name)) {
        collect(one[name], other[name], inner, paths);
      } else paths.add(inner);
    }
  } else if (one !== other) paths.add(path);
}

/** Fields that people name, in free-form objects, may hold anything: that is not for a log. */
function named(field: string): string {
  return /^[a-z][a-z0-9_]{0,39}$/.test(field) ? field : "*";
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
