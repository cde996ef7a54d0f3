/**
 * For the operator: what went wrong with the other store, nothing of the records.
 *
 * @param changes how many changes did not get there, where there are several
 */
export function logMirrorFault(error: unknown, changes?: number): void {
  const { name, message, stack, cause } = error instanceof Error ? error : new Error(String(error));
  const reason = cause instanceof Error ? cause.message : undefined;
  console.error(
    JSON.stringify({
      message: "the other store was not written",
      name,
      error: message,
      reason,
      changes,
      stack,
    }),
  );
}
