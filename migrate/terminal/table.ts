import { stripAnsiCode } from "deno-std/fmt/colors.js";

type Cell = string | number;

/** Rows as aligned lines: numbers, and texts of numbers, to the right. The first row has the headings. */
export function table(rows: readonly (readonly Cell[])[]): string {
  const texts = rows.map((row) => row.map(textOf));
  const widths = texts[0].map((_, column) =>
    Math.max(...texts.map((row) => stripAnsiCode(row[column]).length))
  );
  const isNumeric = texts[0].map((_, column) =>
    texts.slice(1).every((row) => /^-?[\d,.]+$/.test(stripAnsiCode(row[column])))
  );
  return texts.map((row) =>
    row.map((text, column) => {
      const padding = " ".repeat(widths[column] - stripAnsiCode(text).length);
      return isNumeric[column] ? padding + text : text + padding;
    }).join("  ").trimEnd()
  ).map((line) => `  ${line}`).join("\n");
}

function textOf(cell: Cell): string {
  return typeof cell === "number" ? cell.toLocaleString("en") : printable(cell);
}

/** Longer ones would make every row of a table so long. */
const longest = 120;

/**
 * A text of the source's as a terminal may show it: what keys hold is anybody's, and escape sequences would be obeyed.
 * Colours of our own stay.
 */
export function printable(text: string): string {
  const plain = text.replace(
    // deno-lint-ignore no-control-regex -- control characters are what is looked for
    /(\x1b\[(?:1|22|31|32|33|39)m)|[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (found, colour?: string) => colour ?? `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return stripAnsiCode(plain).length > longest ? `${plain.slice(0, longest)}…` : plain;
}
