import { TextLineStream } from "deno-std/streams/text_line_stream.js";
import { type Manifest, readManifest } from "../manifest.ts";
import { MigrationError } from "../migration-error.ts";
import { hashing, identityOfFile, openBytes } from "./bytes-of.ts";
import { rowOf } from "./ndjson-line.ts";
import { rowsAtATime, type Source, type SourceRow } from "./source.ts";
import { unreadableFile } from "./unreadable-file.ts";

/** An export: NDJSON, one `{"key","value"}` a line, gzipped or not, checked against its manifest where it has one. */
export class NdjsonSource implements Source {
  readonly isLive = false;
  readonly remarks: string[] = [];
  private manifest: Promise<Manifest | null> | undefined;

  constructor(private readonly path: string) {}

  get name(): string {
    return this.path;
  }

  identity(): Promise<string> {
    return identityOfFile(this.path);
  }

  async count(): Promise<number | null> {
    return (await this.readManifest())?.keys ?? null;
  }

  async *read(): AsyncGenerator<SourceRow[]> {
    const manifest = await this.readManifest();
    const hash = hashing();
    let lines = 0;
    let keys = 0;
    let rows: SourceRow[] = [];
    for await (const line of this.lines(hash.stream)) {
      lines++;
      if (line.trim() === "") continue;
      const row = rowOf(line.trim());
      if (!row) throw this.brokenLine(lines, line);
      rows.push(row);
      keys++;
      if (rows.length < rowsAtATime) continue;
      yield rows;
      rows = [];
    }
    if (rows.length > 0) yield rows;
    this.check(manifest, hash.digest(), keys);
  }

  private async *lines(hash: ReturnType<typeof hashing>["stream"]): AsyncGenerator<string> {
    try {
      yield* (await openBytes(this.path)).pipeThrough(hash)
        .pipeThrough(new TextDecoderStream("utf-8", { fatal: true }))
        .pipeThrough(new TextLineStream());
    } catch (error) {
      throw unreadableFile(this.path, error);
    }
  }

  private check(manifest: Manifest | null, sha256: string, keys: number): void {
    if (!manifest) {
      this.remarks.push(
        `${this.path} has no manifest beside it: nothing tells whether it is complete.`,
      );
    } else if (sha256 !== manifest.sha256 || keys !== manifest.keys) {
      const what = sha256 !== manifest.sha256 ? "another SHA-256" : `${keys} keys`;
      throw new MigrationError(
        `${this.path} is not what its manifest says (${what}): take the two that were exported together, ` +
          "or export again.",
      );
    }
  }

  private readManifest(): Promise<Manifest | null> {
    return this.manifest ??= readManifest(this.path);
  }

  private brokenLine(number: number, line: string): MigrationError {
    const isCut = !line.trimEnd().endsWith("}");
    return new MigrationError(
      `Line ${number} of ${this.path} ${
        isCut ? "is cut off" : 'is no {"key": text, "value": ...}'
      }: export again, or correct the file.`,
    );
  }
}
