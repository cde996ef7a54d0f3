import * as z from "zod/mini";

// PostgreSQL can store neither NUL nor half a surrogate pair, and other control characters only serve to
// disturb logs, calendars and mail headers; line breaks and tabs are legitimate in long texts alone.
// deno-lint-ignore no-control-regex -- control characters are what is looked for
const controlCharacters = /[\u0000-\u001f\u007f]/;
// deno-lint-ignore no-control-regex -- as above, without tab, line feed and carriage return
const controlCharactersBesideLineBreaks = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

/** A line of text, trimmed, `minimum` to `maximum` characters, without control characters. */
export function line(minimum: number, maximum: number) {
  return z.string().check(
    z.trim(),
    z.minLength(minimum),
    z.maxLength(maximum),
    z.refine((text) => !controlCharacters.test(text) && text.isWellFormed(), {
      error: "Недопустимые символы",
    }),
  );
}

/** A text of several lines, trimmed, up to `maximum` characters. */
export function multilineText(maximum: number) {
  return z.string().check(
    z.trim(),
    z.maxLength(maximum),
    z.refine(
      (text) => !controlCharactersBesideLineBreaks.test(text) && text.isWellFormed(),
      { error: "Недопустимые символы" },
    ),
  );
}

/** Whether `text` is an absolute http or https address; other schemes could run script in a page. */
export function isWebAddress(text: string): boolean {
  // deno-lint-ignore no-control-regex -- control characters are what is looked for
  return /^https?:\/\/[^\u0000-\u0020\u007f]+$/i.test(text) && URL.canParse(text);
}

/** An absolute http or https address of at most 2,000 characters. */
export function webAddress() {
  return line(1, 2000).check(
    z.refine(isWebAddress, {
      error: "Нужна ссылка без пробелов, начинающаяся с https:// или http://",
    }),
  );
}
