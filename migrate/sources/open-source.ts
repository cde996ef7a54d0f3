import type { Connection } from "../connection.ts";
import { openBytes } from "./bytes-of.ts";
import { GuideSource } from "./guide-source.ts";
import { LiveSource } from "./live-source.ts";
import { NdjsonSource } from "./ndjson-source.ts";
import type { Source } from "./source.ts";
import { unreadableFile } from "./unreadable-file.ts";

/**
 * The key-value table of a project, or the export in a file: one of the command `export`, or of the guide's script.
 *
 * @param mayBeCut whether a file of the guide's script is taken that looks as if the script had cut it off
 *
 * Throws `MigrationError` when the file cannot be read.
 */
export async function openSource(from: string | Connection, mayBeCut = false): Promise<Source> {
  if (typeof from !== "string") return new LiveSource(from);
  return await isOfGuide(from) ? new GuideSource(from, mayBeCut) : new NdjsonSource(from);
}

async function isOfGuide(path: string): Promise<boolean> {
  try {
    const reader = (await openBytes(path)).getReader();
    const { value } = await reader.read();
    await reader.cancel();
    const beginning = new TextDecoder().decode(value?.subarray(0, 200));
    return /^\s*\{\s*"(concerts|notifications|campaigns|sales|exportedAt)"\s*:/.test(beginning);
  } catch (error) {
    throw unreadableFile(path, error);
  }
}
