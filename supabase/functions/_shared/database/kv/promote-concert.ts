import { accessRules, isAllowed } from "../../auth/access-rules.ts";
import { type Concert, isPublic } from "../../domain/concert.ts";
import type { Idempotency, Outcome } from "../../domain/idempotency.ts";
import { promotionCost, promotionEnd } from "../../domain/promotion.ts";
import { Refusal } from "../../domain/refusal.ts";
import { changeOnce } from "./change-once.ts";
import { type ConcertDocument, concertOf } from "./concert-documents.ts";
import type { KvContext } from "./kv-context.ts";
import {
  type CoinTransactionDocument,
  coinTransactionKey,
  type WalletDocument,
  walletKey,
} from "./wallets.ts";

/**
 * Buys a promotion. The artist's wallet decides: one write takes the coins and carries the movement, the concert's new
 * fields and the answer to be remembered along, so that two purchases at once go one after the other.
 */
export async function promoteConcert(
  context: KvContext,
  id: string,
  days: number,
  idempotency: Idempotency | null,
): Promise<Outcome<Concert>> {
  const found = await context.finder.find(id);
  const isOwn = found !== null &&
    isAllowed(accessRules.concerts.promote, context.caller, found.document.artist_id);
  if (!isOwn) throw new Refusal("not_found");
  const { key } = found;
  // The concert's own owner may be spelled otherwise, and the coins that are shown are those that pay.
  const owner = await context.ownerOf(found.document.artist_id);
  const { value, replayed } = await changeOnce<WalletDocument, Concert>(
    context,
    walletKey(owner),
    idempotency,
    async (current) => {
      const wallet = current ?? await context.wallets.empty(owner);
      const now = new Date();
      const concert = await context.documents.settled<ConcertDocument>(key);
      if (!concert) throw new Refusal("not_found");
      const cost = checkPromotion(concertOf(concert, now), wallet, days);
      const promotion = {
        is_promoted: true,
        promotion_starts_at: now.toISOString(),
        promotion_ends_at: promotionEnd(now, days).toISOString(),
        promotion_cost: cost,
        updated_at: now.toISOString(),
      };
      const movement = movementOf(concert, cost, days, now);
      return {
        result: concertOf({ ...concert, ...promotion }, now),
        write: { ...wallet, balance: wallet.balance - cost },
        followUps: [
          { key: coinTransactionKey(owner, movement.id), insert: movement },
          { key, set: promotion },
        ],
      };
    },
  );
  // Made anew: the store hands the fields back in an order of its own.
  return { value: replayed ? concertOf(value, new Date()) : value, replayed };
}

/** The cost. Throws `invalid_transition`, `already_promoted`, `insufficient_coins`. */
function checkPromotion(concert: Concert, wallet: WalletDocument, days: number): number {
  if (!isPublic(concert)) throw new Refusal("invalid_transition");
  if (concert.is_promoted) throw new Refusal("already_promoted");
  const cost = promotionCost(days);
  if (wallet.balance < cost) throw new Refusal("insufficient_coins");
  return cost;
}

function movementOf(
  concert: ConcertDocument,
  cost: number,
  days: number,
  now: Date,
): Omit<CoinTransactionDocument, "rev"> {
  return {
    id: crypto.randomUUID(),
    legacy_id: null,
    artist_id: concert.artist_id,
    concert_id: concert.id,
    amount: -cost,
    type: "spend",
    description: `Продвижение концерта «${concert.title}» на ${days} дн.`,
    created_at: now.toISOString(),
    legacy: null,
  };
}
