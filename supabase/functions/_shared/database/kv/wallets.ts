import type { CoinTransaction } from "../../domain/coins.ts";
import { artistIdOf } from "../legacy/ids.ts";
import { prefixes } from "../legacy/keys.ts";
import { keepsakeOf } from "../legacy/reading.ts";
import { readBalance, readCoinTransaction } from "../legacy/read-coins.ts";
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
    if (isDocument(value)) return value as WalletDocument;
    return await this.fromLedger(key.slice(prefixes.coinsBalance.length), value);
  }

  /** The wallet of an owner who has none: what the movements add up to. */
  empty(owner: string): Promise<WalletDocument> {
    return this.fromLedger(owner, undefined);
  }

  async balance(owner: string, documents: Documents): Promise<number> {
    const wallet = await documents.settled<WalletDocument>(walletKey(owner)) ??
      await this.empty(owner);
    return wallet.balance;
  }

  /** All movements of the owner, in no order; what cannot be read is left out. */
  async movements(owner: string): Promise<StoredMovement[]> {
    const movements: StoredMovement[] = [];
    for (const row of await this.table.scan(`${prefixes.coinsTransaction}${owner}:`)) {
      const movement = await openMovement(row, owner);
      if (movement) movements.push({ key: row.key, movement });
    }
    return movements;
  }

  private async fromLedger(owner: string, value: unknown): Promise<WalletDocument> {
    const amounts = (await this.movements(owner)).map(({ movement }) => movement.amount);
    return {
      owner,
      artist_id: await artistIdOf(owner),
      balance: readBalance(value, amounts).balance,
      rev: 0,
      legacy: value ?? null,
    };
  }
}

async function openMovement(row: Row, owner: string): Promise<CoinTransactionDocument | null> {
  if (isDocument(row.value)) return row.value as CoinTransactionDocument;
  const reading = await readCoinTransaction(row.key, row.value);
  // A longer owner id may begin like this one and go on with a colon.
  if ("unreadable" in reading || reading.record.owner !== owner) return null;
  const { owner: _, ...movement } = reading.record;
  return { ...movement, concert_id: null, rev: 0, legacy: keepsakeOf(row.value) };
}
