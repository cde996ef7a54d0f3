import type { Mailbox } from "./mail-transport.ts";

/**
 * Whether mail can be sent to `address`: `local@domain` of ASCII without anything that could end a header or add a
 * recipient. Stricter than the standards, which allow quoted oddities nobody has.
 */
export function isMailAddress(address: string): boolean {
  return address.length <= 254 &&
    /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(address);
}

/** A mailbox written as `address` or `Name <address>`; null when it is neither. */
export function parseMailbox(text: string): Mailbox | null {
  const parts = /^(?:(?<name>[^<>]*)<(?<named>[^<>]+)>|(?<bare>\S+))$/.exec(text.trim())?.groups;
  const address = parts?.named ?? parts?.bare;
  if (address === undefined || !isMailAddress(address)) return null;
  const name = headerText(parts?.name ?? "").replace(/^"(.*)"$/, "$1");
  return { address, name: name || null };
}

/** A mailbox as JSON APIs take it: `"Name" <address>`. */
export function formatMailbox({ address, name }: Mailbox): string {
  const shown = headerText(name ?? "");
  return shown === "" ? address : `"${shown.replace(/["\\]/g, "\\$&")}" <${address}>`;
}

/** A text as one line of a header: a line break in it would begin another header. */
export function headerText(text: string): string {
  // deno-lint-ignore no-control-regex -- control characters are what is looked for
  return text.replace(/[\u0000-\u001f\u007f\u0085\u2028\u2029]+/g, " ").toWellFormed().trim();
}
