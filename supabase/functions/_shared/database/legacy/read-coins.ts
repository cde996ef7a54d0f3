import {
  type CoinTransaction,
  type CoinTransactionType,
  coinTransactionTypes,
} from "../../domain/coins.ts";
import { fullCounter } from "../../domain/concert.ts";
import { artistIdOf, idOfKey } from "./ids.ts";
import { partsOf, prefixes } from "./keys.ts";
import { type FieldRepair, OldFields } from "./old-fields.ts";
import { fieldsOf, type NoObject, type Reading } from "./reading.ts";

/** An old movement of coins in the shape of today. */
export interface OldCoinTransaction extends CoinTransaction {
  legacy_id: string;
  /** The owner's id as the keys of the old store have it. */
  owner: string;
  artist_id: string;
}

export type CoinRepair = FieldRepair | "type_unknown" | "created_at_from_id" | "created_at_unknown";

export type CoinReason = NoObject | "missing_owner" | "missing_amount" | "impossible_amount";

/** More coins than this in one movement were never sold. */
const mostCoins = 1_000_000_000;

/** Reads `coins:tx:{userId}:{id}`, JSON text in a string. */
export async function readCoinTransaction(
  key: string,
  value: unknown,
): Promise<Reading<OldCoinTransaction, CoinRepair, CoinReason>> {
  const content = fieldsOf(value);
  if (typeof content === "string") return { unreadable: content };
  const fields = new OldFields<CoinRepair>(content);
  const amount = fields.amount("amount");
  if (amount === null) return { unreadable: "missing_amount" };
  if (!Number.isInteger(amount) || amount === 0 || Math.abs(amount) > mostCoins) {
    return { unreadable: "impossible_amount" };
  }
  const { owner, id } = partsOf(key, prefixes.coinsTransaction);
  // A wallet's movements are those under its owner's id: one without was never anybody's.
  if (owner === null) return { unreadable: "missing_owner" };
  const record: OldCoinTransaction = {
    id: await idOfKey(key),
    legacy_id: id,
    owner,
    artist_id: await artistIdOf(owner),
    amount,
    type: readType(fields),
    description: fields.shortText(500, "description"),
    created_at: readCreation(fields, id),
  };
  return { record, repairs: [...fields.repairs] };
}

export type BalanceRepair =
  | "balance_from_ledger"
  | "balance_unreadable"
  | "balance_negative"
  | "balance_too_high";

/**
 * The coins under `coins:balance:{userId}`, never below zero.
 *
 * The old balance was a text that lost updates and grew by concatenation (`"5000100"`), so that movements, where there
 * are any, decide.
 *
 * @param value the balance as stored, undefined when there is none
 * @param movements the amounts of the owner's movements
 */
export function readBalance(
  value: unknown,
  movements: readonly number[],
): { balance: number; repairs: BalanceRepair[] } {
  const stated = wholeNumber(value);
  const repairs: BalanceRepair[] = [];
  let balance = stated ?? 0;
  if (movements.length > 0) {
    balance = movements.reduce((sum, amount) => sum + amount, 0);
    if (balance !== stated) repairs.push("balance_from_ledger");
  } else if (stated === null && value !== undefined) {
    repairs.push("balance_unreadable");
  }
  if (balance < 0) repairs.push("balance_negative");
  if (balance > fullCounter) repairs.push("balance_too_high");
  return { balance: Math.min(Math.max(0, balance), fullCounter), repairs };
}

/** A whole number from 0 on, or a text that is one; null for all else. */
function wholeNumber(value: unknown): number | null {
  const number = typeof value === "string" && /^\d{1,9}$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isInteger(number) && number >= 0 &&
      number <= mostCoins
    ? number
    : null;
}

function readType(fields: OldFields<CoinRepair>): CoinTransactionType {
  const stated = fields.raw("type");
  const type = coinTransactionTypes.find((known) => known === stated);
  if (!type) fields.repairs.add("type_unknown");
  return type ?? "adjustment";
}

function readCreation(fields: OldFields<CoinRepair>, id: string): string {
  const stated = fields.instant("createdAt", "created_at");
  if (stated !== null) return stated;
  const milliseconds = /^(1\d{12})(?=-)/.exec(id)?.[1];
  fields.repairs.add(milliseconds ? "created_at_from_id" : "created_at_unknown");
  return new Date(Number(milliseconds ?? 0)).toISOString();
}
