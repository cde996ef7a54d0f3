import { ConfigurationError } from "./configuration-error.ts";

/** Environment variables, as a function is given them. */
export type Variables = Record<string, string | undefined>;

/** The variable's value. Throws `ConfigurationError` when it is missing or empty. */
export function requiredVariable(variables: Variables, name: string): string {
  const value = variables[name];
  if (!value) throw new ConfigurationError(`${name} is not set`);
  return value;
}

/** A variable's value as the address it has to be. Throws `ConfigurationError`. */
export function webUrl(variable: string, text: string): URL {
  const url = URL.parse(text);
  if (url?.protocol === "https:" || url?.protocol === "http:") return url;
  throw new ConfigurationError(`${variable} must be an http or https URL`);
}
