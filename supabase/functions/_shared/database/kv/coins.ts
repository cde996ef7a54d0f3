import type { CoinTransaction } from "../../domain/coins.ts";
import type { CoinRepository } from "../types.ts";
import type { KvContext } from "./kv-context.ts";
import { pageOf } from "./page-of.ts";

export function createCoinRepository(context: KvContext): CoinRepository {
  return {
    async listOwn(page) {
      const owner = await context.ownerOf(context.user().id);
      // First the balance: that completes what may be pending, the movements included.
      const wallet = await context.wallets.settled(owner, context.documents);
      const movements = (await context.wallets.movements(wallet)).map(({ movement }) =>
        transactionOf(movement)
      );
      return {
        balance: wallet.balance,
        ...pageOf(
          movements,
          page,
          ({ created_at, id }) => ({ value: created_at, id }),
          "descending",
        ),
      };
    },
  };
}

function transactionOf(movement: CoinTransaction): CoinTransaction {
  const { id, amount, type, description, created_at } = movement;
  return { id, amount, type, description, created_at };
}
