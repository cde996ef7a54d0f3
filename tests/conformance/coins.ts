import assert from "node:assert/strict";
import type { PageRequest } from "../../supabase/functions/_shared/domain/paging.ts";
import type { ConformanceTest } from "./conformance-context.ts";
import { assertPagesAgree } from "./expect.ts";

/** The ledger of coins. */
export function coinTests(test: ConformanceTest): void {
  test("the ledger shows the balance and every movement, newest first, through all pages", async (context) => {
    const [artist, other] = [await context.makeArtist(), await context.makeArtist()];
    const at = (minutes: number) => new Date(Date.UTC(2026, 10, 1, 12, minutes)).toISOString();
    const movements = [
      { amount: 1000, type: "purchase", description: "Пакет коинов", created_at: at(1) },
      { amount: -300, type: "spend", description: "Продвижение", created_at: at(3) },
      // At the same instant: told apart by their ids.
      { amount: 5, type: "reward", description: "Подарок", created_at: at(2) },
      { amount: 6, type: "reward", description: "Подарок", created_at: at(2) },
      { amount: 7, type: "reward", description: "Подарок", created_at: at(2) },
    ] as const;
    await context.fixtures.giveCoins(artist.id, [...movements]);
    await context.fixtures.giveCoins(other.id, [movements[0]]);

    const list = (page: PageRequest) => artist.database.coins.listOwn(page);
    const ledger = await list({ limit: 100, after: null });
    assert.equal(ledger.balance, 718);
    assert.equal(ledger.next, null);
    const keys = ledger.items.map(({ created_at, id }) => `${created_at} ${id}`);
    assert.deepEqual(keys, keys.toSorted().reverse());
    assert.deepEqual(
      ledger.items.map(({ id: _, ...movement }) => movement).sort(byAmount),
      movements.toSorted(byAmount),
    );
    assert.equal(new Set(ledger.items.map(({ id }) => id)).size, 5);
    await assertPagesAgree(list, ledger.items);
    assert.equal((await list({ limit: 1, after: null })).balance, 718, "on every page");
  });
}

function byAmount(one: { amount: number }, two: { amount: number }): number {
  return one.amount - two.amount;
}
