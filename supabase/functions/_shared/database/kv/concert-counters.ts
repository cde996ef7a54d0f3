import { type ConcertEvent, fullCounter, isPublic } from "../../domain/concert.ts";
import { Refusal } from "../../domain/refusal.ts";
import { type ConcertDocument, concertOf } from "./concert-documents.ts";
import type { Documents } from "./documents.ts";

interface Batch {
  counts: Record<ConcertEvent, number>;
  counted: Promise<void>;
}

/**
 * Counts what visitors do. Events that come while a write to the same concert is under way are counted by the next
 * write together; each of their requests is answered when that write is done.
 */
export class ConcertCounters {
  private readonly batches = new Map<string, Batch>();

  constructor(private readonly documents: Documents) {}

  /** Counts one event of the concert under `key`. Throws `not_found` when it is not public. */
  count(key: string, event: ConcertEvent): Promise<void> {
    let batch = this.batches.get(key);
    if (!batch) {
      const counts = { views: 0, clicks: 0, shares: 0 };
      batch = { counts, counted: this.write(key, counts) };
      this.batches.set(key, batch);
    }
    batch.counts[event]++;
    return batch.counted;
  }

  private write(key: string, counts: Batch["counts"]): Promise<void> {
    return this.documents.change<ConcertDocument, void>(key, (concert) => {
      // From here on the sum is settled; what comes later opens a batch of its own.
      if (this.batches.get(key)?.counts === counts) this.batches.delete(key);
      if (!concert || !isPublic(concertOf(concert, new Date()))) throw new Refusal("not_found");
      return {
        result: undefined,
        write: {
          ...concert,
          views_count: Math.min(concert.views_count + counts.views, fullCounter),
          clicks_count: Math.min(concert.clicks_count + counts.clicks, fullCounter),
          shares_count: Math.min(concert.shares_count + counts.shares, fullCounter),
        },
      };
    }).finally(() => {
      if (this.batches.get(key)?.counts === counts) this.batches.delete(key);
    });
  }
}
