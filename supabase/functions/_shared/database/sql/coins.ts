import type { CoinTransaction } from "../../domain/coins.ts";
import { cutPage } from "../../domain/paging.ts";
import type { CoinRepository } from "../types.ts";
import type { DataApi } from "./data-api.ts";
import { coinTransactionFrom } from "./rows.ts";

export function createCoinRepository(api: DataApi): CoinRepository {
  return {
    async listOwn({ limit, after }) {
      api.user();
      const ledger = await api.sendAsCaller(
        api.asCaller().rpc("get_coin_ledger", {
          after_created_at: after?.value as string | undefined,
          after_id: after?.id,
          page_size: limit + 1,
        }),
      ) as unknown as { balance: number; items: CoinTransaction[] };
      const page = cutPage(
        ledger.items.map(coinTransactionFrom),
        limit,
        ({ created_at, id }) => ({ value: created_at, id }),
      );
      return { balance: ledger.balance, ...page };
    },
  };
}
