export const coinTransactionTypes = ["purchase", "spend", "reward", "adjustment"] as const;
export type CoinTransactionType = typeof coinTransactionTypes[number];

/** One movement of coins. Movements are never changed; the balance is their sum. */
export interface CoinTransaction {
  id: string;
  /** Whole coins: positive when received, negative when spent. */
  amount: number;
  type: CoinTransactionType;
  description: string | null;
  created_at: string;
}
