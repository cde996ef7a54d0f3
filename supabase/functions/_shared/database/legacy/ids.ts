import { generate } from "deno-std/uuid/v5.js";
import { isUuid } from "../../domain/uuid.ts";
import { prefixes } from "./keys.ts";

/** The namespace of every id derived from an old key. Changing it would change all public ids. */
export const namespace = "6f1f2c64-8d8e-5a53-9d1b-84730125c0de";

/** Until `deriveIdsBy`: every record of a large store. Above it, remembering would only feed on made-up ids. */
let remembered = 50_000;

const derived = new Map<string, Promise<string>>();

let derive = (key: string): Promise<string> => generate(namespace, new TextEncoder().encode(key));

/**
 * Replaces the way in which ids are derived, never the ids: the web's own hash is asynchronous, and slow for a million
 * keys. The library for a better one would make the functions start later. What is quickly derived again need not be
 * remembered for long.
 */
export function deriveIdsBy(generateId: (key: string) => string): void {
  derive = (key) => Promise.resolve(generateId(key));
  remembered = 1000;
}

/** The public id of the record under an old key: always the same UUID (version 5). */
export function idOfKey(key: string): Promise<string> {
  let id = derived.get(key);
  if (!id) {
    if (derived.size >= remembered) derived.clear();
    id = derive(key);
    derived.set(key, id);
  }
  return id;
}

/** The artist's id behind an owner id of the old store: the account itself, or derived when it was no account. */
export async function artistIdOf(owner: string): Promise<string> {
  return isUuid(owner) ? owner.toLowerCase() : await idOfKey(prefixes.profile + owner);
}

/** An owner's id as `legacy_id`: null when it is an account's id already. */
export function legacyOwner(owner: string): string | null {
  return isUuid(owner) ? null : owner;
}
