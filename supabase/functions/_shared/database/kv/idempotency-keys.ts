import { encodeHex } from "deno-std/encoding/hex.js";
import { type Idempotency, idempotencyPeriod, type Outcome } from "../../domain/idempotency.ts";
import { Refusal } from "../../domain/refusal.ts";
import { prefixes } from "../legacy/keys.ts";
import type { KvContext } from "./kv-context.ts";
import type { StoredDocument } from "./documents.ts";
import type { TicketDesk } from "./ticket-desk.ts";

/** A key a caller has used, for which request, and what was answered. */
export interface IdempotencyDocument extends StoredDocument {
  fingerprint: string;
  at: string;
  /** Missing while the request is under way. */
  answer?: unknown;
}

/** A request under way that has left no answer after this long, in milliseconds, was left by a process that died. */
const abandonedAfter = 60_000;

/** One in so many new keys has the expired ones removed, whoever's they are: answers tell of buyers. */
const tidyEvery = 50;

/**
 * Takes a decision about a concert's tickets, once for each idempotency key of the caller: what it answers is
 * remembered in the same write. Requests with the same key at the same time all get the one answer.
 *
 * The key is taken before, so that it stands for one request whatever the concert; a refusal gives it back.
 * Throws `idempotency_mismatch`, and what `decision` throws.
 */
export async function decideOnce<Value>(
  context: KvContext,
  concertKey: string,
  idempotency: Idempotency | null,
  decision: (desk: TicketDesk) => Promise<Value>,
): Promise<Outcome<Value>> {
  if (idempotency === null) {
    return { value: await context.desks.decide(concertKey, decision), replayed: false };
  }
  const key = await keyOf(context.user().id, idempotency);
  await take(context, key, idempotency);
  try {
    return await context.desks.decide(concertKey, async (desk) => {
      const remembered = await desk.read<IdempotencyDocument>(key);
      if (remembered?.answer !== undefined && isOf(remembered, idempotency, desk.now)) {
        return { value: remembered.answer as Value, replayed: true };
      }
      const value = await decision(desk);
      const { fingerprint } = idempotency;
      desk.put(key, { fingerprint, at: desk.now.toISOString(), answer: value, legacy: null });
      return { value, replayed: false };
    });
  } catch (error) {
    // Where the store did not answer nobody knows whether it was decided.
    if (error instanceof Refusal && error.code !== "unavailable") await giveBack(context, key);
    throw error;
  }
}

/** The key as the store has it: of any text, and nobody else's. */
export async function keyOf(callerId: string, { key }: Idempotency): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key));
  return `${prefixes.idempotency}${callerId}:${encodeHex(digest)}`;
}

export async function take(
  context: KvContext,
  key: string,
  idempotency: Idempotency,
): Promise<void> {
  const { documents } = context;
  const isNew = await documents.change<IdempotencyDocument, boolean>(key, (current) => {
    const now = new Date();
    if (current && isOf(current, idempotency, now)) return { result: false };
    if (current && !isFree(current, now)) throw new Refusal("idempotency_mismatch");
    const { fingerprint } = idempotency;
    return { result: true, write: { fingerprint, at: now.toISOString(), legacy: null } };
  });
  if (isNew && Math.random() < 1 / tidyEvery) await removeExpired(context);
}

export function isOf(
  { fingerprint, at }: IdempotencyDocument,
  idempotency: Idempotency,
  now: Date,
): boolean {
  return fingerprint === idempotency.fingerprint && ageOf(at, now) < idempotencyPeriod;
}

function isFree({ at, answer }: IdempotencyDocument, now: Date): boolean {
  return ageOf(at, now) >= (answer === undefined ? abandonedAfter : idempotencyPeriod);
}

function ageOf(at: string, now: Date): number {
  return now.getTime() - Date.parse(at);
}

export async function giveBack({ documents }: KvContext, key: string): Promise<void> {
  await documents.change<IdempotencyDocument, void>(
    key,
    (current) =>
      current && current.answer === undefined
        ? { result: undefined, remove: true }
        : { result: undefined },
  );
}

async function removeExpired({ table }: KvContext): Promise<void> {
  const now = new Date();
  for (const row of await table.scan(prefixes.idempotency)) {
    const { at } = row.value as IdempotencyDocument;
    if (ageOf(at, now) >= idempotencyPeriod) await table.remove(row);
  }
}
