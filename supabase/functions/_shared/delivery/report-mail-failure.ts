import type { MailProviderError, MailTransport } from "./mail-transport.ts";

/** Tells the operator, in the log, what the provider said; artists are told what it means. */
export function reportMailFailure(
  { name: transport }: MailTransport,
  { failure, status, message }: MailProviderError,
): void {
  console.error(JSON.stringify({ transport, failure, status, message }));
}
