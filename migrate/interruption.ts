/** Thrown between two batches when the person at the terminal has asked to stop. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
}

const nothingWritten = "Stopped: nothing was written. Run the same command to begin again.";

/**
 * Ends the work here when it was asked to.
 *
 * @param message what to tell about what was done until here, and how to go on
 */
export function stopIfAsked(signal: AbortSignal | undefined, message = nothingWritten): void {
  if (signal?.aborted) throw new Interrupted(message);
}
