/**
 * A failure the person at the terminal can mend: its message is one sentence that names the setting and
 * says what to do. `npm start` prints it alone, without a stack trace, and exits with 1.
 */
export class StartError extends Error {
  override name = "StartError";
}
