import type { PlanResult } from "../../migrate/mod.ts";
import { KeyOutcomes, type Place } from "../../migrate/workspace/key-outcomes.ts";
import type { Entity } from "../../supabase/functions/_shared/database/transfer/record.ts";

/** Of a record: entity, id, key, reason. */
export type Rejection = [Entity, string, string | null, string];

export interface Observed {
  rejections: Rejection[];
  /** Every key's outcome with its reason. */
  outcomes: unknown[];
  result: PlanResult;
}

/** Runs a plan or an import, and notes what it rejects and how every key ends. */
export async function observed(run: () => Promise<PlanResult>): Promise<Observed> {
  const { reject, counts } = KeyOutcomes.prototype;
  const rejections: Rejection[] = [];
  let outcomes: unknown[] = [];
  KeyOutcomes.prototype.reject = function (place: Place, key, reason) {
    rejections.push([place.entity, place.id, key, reason]);
    reject.call(this, place, key, reason);
  };
  KeyOutcomes.prototype.counts = function () {
    outcomes = this["workspace"].all(
      "select key, iif(refusal is null, outcome, 'rejected') as outcome, coalesce(refusal, detail) as detail from outcomes",
    );
    return counts.call(this);
  };
  try {
    const result = await run();
    return { rejections: rejections.sort(), outcomes, result };
  } finally {
    Object.assign(KeyOutcomes.prototype, { reject, counts });
  }
}
