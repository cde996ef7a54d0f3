import type { CoinTransaction } from "../../domain/coins.ts";
import { fullCounter } from "../../domain/concert.ts";
import { artistIdOf, idOfKey } from "../legacy/ids.ts";
import { partsOf, prefixes } from "../legacy/keys.ts";
import { keepsakeOf } from "../legacy/reading.ts";
import {
  type CoinReason,
  type CoinRepair,
  readBalance,
  readCoinTransaction,
} from "../legacy/read-coins.ts";
import { hasShape } from "./document-shapes.ts";
import { type Documents, isDocument, type StoredDocument } from "./documents.ts";
import type { KvTable, Row } from "./kv-table.ts";

/**
 * An artist's coins. The wallet decides whatever spends coins: the balance, the movement and what was bought are one
 * decision on it.
 */
export interface WalletDocument extends StoredDocument {
  owner: string;
  artist_id: string;
  balance: number;
  /** The artist to whom the coins were handed over. */
  moved_to?: string;
  /**
   * Balances under other ids of the artist's that this one counts along: the values of their rows by their keys, null
   * where there were only movements. They count no more, though they may still be there.
   */
  absorbed?: Record<string, unknown>;
}

/** A movement of coins as it is stored. */
export interface CoinTransactionDocument extends CoinTransaction, StoredDocument {
  artist_id: string;
  concert_id: string | null;
  legacy_id: string | null;
}

/** A movement and where it is. */
export interface StoredMovement {
  key: string;
  movement: CoinTransactionDocument;
}

export function walletKey(owner: string): string {
  return prefixes.coinsBalance + owner;
}

export function coinTransactionKey(owner: string, id: string): string {
  return `${prefixes.coinsTransaction}${owner}:${id}`;
}

/** Coins and their movements, by the owner's id as the keys have it. */
export class Wallets {
  constructor(private readonly table: KvTable) {}

  /** A wallet's row in the shape of today. */
  async open({ key, value }: Row): Promise<WalletDocument> {
    if (isDocument(value) && hasShape("wallet", value)) return value as WalletDocument;
    return await this.fromLedger(key.slice(prefixes.coinsBalance.length), value);
  }

  /** The wallet of an owner who has none: what the movements add up to. */
  empty(owner: string): Promise<WalletDocument> {
    return this.fromLedger(owner, undefined);
  }

  /** The owner's wallet with nothing pending. */
  async settled(owner: string, documents: Documents): Promise<WalletDocument> {
    return await documents.settled<WalletDocument>(walletKey(owner)) ?? await this.empty(owner);
  }

  /** All movements of the wallet, in no order; what cannot be read is left out. */
  async movements(wallet: WalletDocument): Promise<StoredMovement[]> {
    const stored = await this.storedMovements(wallet.owner);
    return [...stored, ...await openingMovements(wallet, stored)];
  }

  /** Those there are rows of. */
  async storedMovements(owner: string): Promise<StoredMovement[]> {
    return await movementsIn(
      await this.table.scan(`${prefixes.coinsTransaction}${owner}:`),
      owner,
    );
  }

  private async fromLedger(owner: string, value: unknown): Promise<WalletDocument> {
    return await walletFrom(owner, value, await this.storedMovements(owner));
  }
}

/** The wallet of an old balance, undefined when there is none, and of the movements. */
export async function walletFrom(
  owner: string,
  value: unknown,
  movements: readonly StoredMovement[],
): Promise<WalletDocument> {
  const amounts = movements.map(({ movement }) => movement.amount);
  return {
    owner,
    artist_id: await artistIdOf(owner),
    balance: readBalance(value, amounts).balance,
    rev: 0,
    legacy: value === undefined ? null : keepsakeOf(value),
  };
}

/** The movements of an owner among `rows`, of which those of longer owner ids begin alike. */
export async function movementsIn(rows: readonly Row[], owner: string): Promise<StoredMovement[]> {
  const movements: StoredMovement[] = [];
  for (const row of rows) {
    if (partsOf(row.key, prefixes.coinsTransaction).owner !== owner) continue;
    const opened = await openMovement(row);
    if ("document" in opened) movements.push({ key: row.key, movement: opened.document });
  }
  return movements;
}

/** A movement's row in the shape of today, or why it is none. */
export async function openMovement(row: Row): Promise<
  | { document: CoinTransactionDocument; repairs: CoinRepair[] }
  | { unreadable: CoinReason | "broken_document" }
> {
  if (isDocument(row.value)) {
    return hasShape("movement", row.value)
      ? { document: row.value as CoinTransactionDocument, repairs: [] }
      : { unreadable: "broken_document" };
  }
  const reading = await readCoinTransaction(row.key, row.value);
  if ("unreadable" in reading) return reading;
  const { owner: _, ...movement } = reading.record;
  return {
    document: { ...movement, concert_id: null, rev: 0, legacy: keepsakeOf(row.value) },
    repairs: reading.repairs,
  };
}

const beginningOfTime = new Date(0).toISOString();

/**
 * What an old wallet held beside its movements: the balance is their sum, and the old store's was not always. Nothing
 * where such movements have been written down.
 */
export async function openingMovements(
  wallet: WalletDocument,
  stored: readonly StoredMovement[],
): Promise<StoredMovement[]> {
  if (wallet.moved_to !== undefined || stored.some(({ movement }) => isOpening(movement))) {
    return [];
  }
  const old = oldAmounts(stored);
  const { balance } = readBalance(wallet.legacy ?? undefined, old);
  let rest = old.reduce((left, amount) => left - amount, balance);
  const key = walletKey(wallet.owner);
  const movements: StoredMovement[] = [];
  while (rest !== 0) {
    // No movement is larger than the schema's integers.
    const amount = Math.max(-fullCounter, Math.min(rest, fullCounter));
    const place = movements.length === 0 ? key : `${key}#${movements.length}`;
    rest -= amount;
    movements.push({
      key,
      movement: {
        ...openingMovement(await idOfKey(place), wallet.artist_id, amount),
        legacy: wallet.legacy,
      },
    });
  }
  return movements;
}

/** A movement that nobody has made. */
export function openingMovement(
  id: string,
  artist_id: string,
  amount: number,
): CoinTransactionDocument {
  return {
    id,
    legacy_id: null,
    artist_id,
    concert_id: null,
    amount,
    type: "adjustment",
    description: "Остаток до переноса",
    created_at: beginningOfTime,
    rev: 0,
    legacy: null,
  };
}

/** The amounts that the old store told of. */
export function oldAmounts(movements: readonly StoredMovement[]): number[] {
  return movements.map(({ movement }) => movement)
    .filter((movement) => movement.legacy !== null && !isOpening(movement))
    .map(({ amount }) => amount);
}

function isOpening({ type, legacy_id, created_at }: CoinTransactionDocument): boolean {
  return type === "adjustment" && legacy_id === null && created_at === beginningOfTime;
}
