import assert from "node:assert/strict";

/** Runs with another method in the place of one that is there. */
export async function replaced(
  prototype: object,
  name: string,
  method: (...parameters: never[]) => unknown,
  run: () => Promise<void>,
): Promise<void> {
  const original = Reflect.get(prototype, name);
  assert.equal(typeof original, "function", `there is a guard ${name} to take off`);
  Reflect.set(prototype, name, method);
  try {
    await run();
  } finally {
    Reflect.set(prototype, name, original);
  }
}
