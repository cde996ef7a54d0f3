import { yellow } from "deno-std/fmt/colors.js";
import type { SourceReading } from "../read-source.ts";
import { printable } from "./table.ts";

const shownKeys = 5;

/** What was read, and what is to be known about it. */
export function describeReading({ keys, changed, remarks }: SourceReading): string {
  const lines = [
    `Source: ${keys.toLocaleString("en")} keys`,
    ...remarks.map((text) => yellow(text)),
  ];
  for (const [kind, list] of Object.entries(changed)) {
    if (list.length === 0) continue;
    const more = list.length > shownKeys ? ", …" : "";
    lines.push(
      yellow(
        `${list.length} keys were ${kind} by others while it was read (${
          list.slice(0, shownKeys).map(printable).join(", ")
        }${more}): what was read last counts, and a second run takes in what came later.`,
      ),
    );
  }
  return lines.join("\n");
}
