/** A setting is missing or malformed. The message names it and says what is accepted; it never holds the value. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
}
