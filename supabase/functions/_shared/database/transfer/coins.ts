import { fullCounter } from "../../domain/concert.ts";
import { hasShape } from "../kv/document-shapes.ts";
import { isDocument } from "../kv/documents.ts";
import {
  type CoinTransactionDocument,
  coinTransactionKey,
  movementsIn,
  oldAmounts,
  openingMovement,
  openingMovements,
  openMovement,
  type StoredMovement,
  type WalletDocument,
  walletFrom,
  walletKey,
} from "../kv/wallets.ts";
import type { Row } from "../kv/kv-table.ts";
import { artistIdOf, idOfKey } from "../legacy/ids.ts";
import { partsOf, prefixes } from "../legacy/keys.ts";
import { readBalance } from "../legacy/read-coins.ts";
import type { Lookups } from "./lookups.ts";
import type { Repair } from "./outcome-codes.ts";
import type { ExportedRecord, TransferRecord } from "./record.ts";
import { isAtHome, migrated, recordOf, rejected, type Transferred } from "./transferred.ts";

/** The coins of an artist, whichever owner's ids they are under. */
export interface ArtistCoins {
  balance: number;
  /** Writes to the wallets. */
  version: number;
  /** What the old store said the balance was, where something else is right; null where nothing else is. */
  stated: unknown;
  /** Movements that no row tells of, without which the balance is not the sum of the movements. */
  openings: TransferRecord[];
}

export async function coinsOf(artistId: string, lookups: Lookups): Promise<ArtistCoins> {
  const coins: ArtistCoins = { balance: 0, version: 0, stated: null, openings: [] };
  let sum = 0;
  let key: string | null = null;
  for (const { row, wallet, stored, repairs } of await walletsOf(artistId, lookups)) {
    sum += wallet.balance;
    key ??= row?.key ?? null;
    coins.version += wallet.rev;
    if (repairs.length > 0) coins.stated ??= wallet.legacy;
    for (const { movement } of await openingMovements(wallet, stored)) {
      const made = { ...movement, artist_id: artistId };
      coins.openings.push(recordOf("coin_transactions", row?.key ?? null, wallet.rev, made));
    }
  }
  coins.balance = Math.min(sum, fullCounter);
  for (const made of await excessMovements(artistId, sum - coins.balance)) {
    coins.openings.push(recordOf("coin_transactions", key, coins.version, made));
  }
  return coins;
}

/** What several wallets hold together beyond the counter's limit is taken off, as from one wallet that does. */
async function excessMovements(
  artistId: string,
  excess: number,
): Promise<CoinTransactionDocument[]> {
  const movements: CoinTransactionDocument[] = [];
  for (let rest = excess; rest > 0; rest -= fullCounter) {
    const id = await idOfKey(`${walletKey(artistId)}#excess${movements.length}`);
    movements.push(openingMovement(id, artistId, -Math.min(rest, fullCounter)));
  }
  return movements;
}

/** What had to be repaired of the artist's balance under `owner`. */
export async function balanceRepairs(
  artistId: string,
  owner: string,
  lookups: Lookups,
): Promise<Repair[]> {
  const found = (await walletsOf(artistId, lookups)).find(({ wallet }) => wallet.owner === owner);
  if (!found) return [];
  const { wallet, stored, repairs } = found;
  const isMade = (await openingMovements(wallet, stored)).length > 0;
  return isMade ? [...repairs, "opening_movement_made"] : repairs;
}

interface ReadWallet {
  row: Row | null;
  wallet: WalletDocument;
  stored: StoredMovement[];
  repairs: Repair[];
}

/** The artist's wallets, whichever owner's ids they are under, but those that another one counts along. */
async function walletsOf(artistId: string, lookups: Lookups): Promise<ReadWallet[]> {
  const wallets: ReadWallet[] = [];
  for (const owner of await lookups.ownersOf(artistId)) {
    wallets.push(await readWallet(owner, lookups));
  }
  const absorbing: WalletDocument[] = [];
  for (const { wallet } of wallets) {
    // Nobody counts along what others have but under their own id.
    if (await artistIdOf(wallet.owner) === artistId) absorbing.push(wallet);
  }
  return wallets.filter((one) =>
    !absorbing.some((wallet) => wallet !== one.wallet && hasAbsorbed(wallet, one))
  );
}

function hasAbsorbed({ absorbed }: WalletDocument, { row, wallet }: ReadWallet): boolean {
  const key = walletKey(wallet.owner);
  if (!absorbed || !Object.hasOwn(absorbed, key)) return false;
  // Both come from the same table, which orders the fields of all values alike. What was written since counts.
  return row === null || JSON.stringify(absorbed[key]) === JSON.stringify(row.value);
}

async function readWallet(owner: string, lookups: Lookups): Promise<ReadWallet> {
  const row = await lookups.row(walletKey(owner));
  const stored = await movementsIn(
    await lookups.rows(`${prefixes.coinsTransaction}${owner}:`),
    owner,
  );
  const isWallet = row !== null && isDocument(row.value) && hasShape("wallet", row.value);
  const wallet = isWallet
    ? { ...row.value as WalletDocument, owner }
    : await walletFrom(owner, row?.value, stored);
  const { repairs } = readBalance(wallet.legacy ?? undefined, oldAmounts(stored));
  // Without a value nothing was wrong with it.
  return { row, wallet, stored, repairs: wallet.legacy === null ? [] : repairs };
}

/** `coins:tx:{owner}:{id}` */
export async function transferMovement(row: Row, lookups: Lookups): Promise<Transferred> {
  const opened = await openMovement(row);
  if ("unreadable" in opened) return rejected(opened.unreadable);
  const { document, repairs } = opened;
  if (!await isAtHome(row.key, document.id)) return rejected("broken_document");
  const concert = document.concert_id === null
    ? null
    : await lookups.concertNamed(document.concert_id);
  const record = recordOf("coin_transactions", row.key, document.rev, {
    ...document,
    artist_id: await lookups.artistIdOf(document.artist_id),
    concert_id: concert?.id ?? null,
  });
  const isConcertGone = document.concert_id !== null && concert === null;
  return migrated([record], isConcertGone ? [...repairs, "concert_gone"] : repairs);
}

/** The way back of a movement. */
export function movementRow({ key, version, row }: ExportedRecord, owner: string): Row {
  const document = { ...row, rev: Math.max(version, 1) } as unknown as CoinTransactionDocument;
  const isKept = key !== null && partsOf(key, prefixes.coinsTransaction).owner === owner &&
    key.startsWith(prefixes.coinsTransaction);
  return { key: isKept ? key : coinTransactionKey(owner, document.id), value: document };
}

/** The way back of a balance. */
export function walletRow(
  owner: string,
  { row }: ExportedRecord,
  stated: unknown,
): Row {
  const document: WalletDocument = {
    owner,
    artist_id: String(row.id),
    balance: Number(row.coins_balance),
    legacy: stated,
    rev: 1,
  };
  return { key: walletKey(owner), value: document };
}

/** The row of a wallet that counts along what is, or was, under the `others`; null as the value of one there is not. */
export function absorbing({ key, value }: Row, others: readonly Row[]): Row {
  if (others.length === 0) return { key, value };
  const absorbed = Object.fromEntries(others.map(({ key, value }) => [key, value]));
  return { key, value: { ...value as WalletDocument, absorbed } };
}
