import type { Environment } from "./environment.ts";

/** Opens once for each environment, with the first use: a start costs nothing a request does not need. */
export function onFirstUse<Opened>(
  open: (environment: Environment) => Opened,
): (environment: Environment) => Opened {
  const opened = new WeakMap<Environment, { value: Opened }>();
  return (environment) => {
    const known = opened.get(environment) ?? { value: open(environment) };
    opened.set(environment, known);
    return known.value;
  };
}
