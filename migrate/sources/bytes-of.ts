import { createHash } from "node:crypto";
import { Duplex } from "node:stream";
import { createGunzip } from "node:zlib";

/** A file's bytes without compression; whether it is compressed, its first two bytes tell. */
export async function openBytes(path: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const file = await Deno.open(path);
  const magic = new Uint8Array(2);
  const length = await file.read(magic);
  await file.seek(0, Deno.SeekMode.Start);
  const isGzip = length === 2 && magic[0] === 0x1f && magic[1] === 0x8b;
  return isGzip ? file.readable.pipeThrough(decompression()) : file.readable;
}

/** Reads compressed parts one after the other, as gunzip does, where a DecompressionStream takes one part only. */
function decompression() {
  return Duplex.toWeb(createGunzip()) as TransformStream<
    Uint8Array<ArrayBuffer>,
    Uint8Array<ArrayBuffer>
  >;
}

/** A file's name, size and time of its last change. */
export async function identityOfFile(path: string): Promise<string> {
  const { size, mtime } = await Deno.stat(path);
  return `${path} ${size} ${mtime?.toISOString()}`;
}

/** The SHA-256 of what passes, in hexadecimal, once all has passed. */
export function hashing(): {
  stream: TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>;
  digest(): string;
} {
  const hash = createHash("sha256");
  return {
    stream: new TransformStream({
      transform(bytes, controller) {
        hash.update(bytes);
        controller.enqueue(bytes);
      },
    }),
    digest: () => hash.digest("hex"),
  };
}
