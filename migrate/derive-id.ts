import { Buffer } from "node:buffer";
import { hash } from "node:crypto";
import { namespace } from "../supabase/functions/_shared/database/legacy/ids.ts";

const namespaceBytes = Buffer.from(namespace.replaceAll("-", ""), "hex");

/** The same UUID (version 5) of a key as `idOfKey` gives by default, without waiting for another thread. */
export function deriveId(key: string): string {
  const bytes = hash("sha1", Buffer.concat([namespaceBytes, Buffer.from(key)]), "buffer");
  bytes[6] = bytes[6] & 0x0f | 0x50;
  bytes[8] = bytes[8] & 0x3f | 0x80;
  return bytes.toString("hex", 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
