import { type BucketDefinition, buckets } from "../_shared/buckets.ts";
import type { BucketStore, StoredBucket } from "../_shared/storage/bucket-store.ts";

/** What a bucket has to be, and whether it is. */
export interface BucketState extends BucketDefinition {
  exists: boolean;
  /** The settings that differ from what they have to be. */
  drift: DriftingSetting[];
}

export type DriftingSetting = "public" | "file_size_limit" | "allowed_mime_types";

export interface StorageReport {
  /** Whether all buckets exist as they have to be. */
  initialized: boolean;
  /** The names of the buckets that this request created. */
  bucketsCreated: string[];
  /** What could not be created or repaired, one sentence each. */
  errors: string[];
  buckets: BucketState[];
}

/** Tells how the buckets are, changing nothing. */
export async function inspectBuckets(store: BucketStore): Promise<StorageReport> {
  return report(statesOf(await store.list()), [], []);
}

/**
 * Creates the buckets that are missing and repairs access and limits that have drifted. Running it again, or twice at
 * once, does no harm; a bucket that fails does not keep the others from being made.
 */
export async function provisionBuckets(store: BucketStore): Promise<StorageReport> {
  const created: string[] = [];
  const errors: string[] = [];
  const before = statesOf(await store.list());
  const wanting = before.filter((state) => !isAsWanted(state));
  await Promise.all(wanting.map(async (state) => {
    try {
      if (state.exists) {
        await store.update(state);
      } else {
        await store.create(state);
        created.push(state.name);
      }
    } catch (error) {
      console.error(JSON.stringify({ bucket: state.name, error: String(error) }));
      errors.push(`${state.name} could not be ${state.exists ? "repaired" : "created"}`);
    }
  }));
  const after = wanting.length > 0 ? statesOf(await store.list()) : before;
  return report(after, created.sort(), errors);
}

function report(states: BucketState[], bucketsCreated: string[], errors: string[]): StorageReport {
  return { initialized: states.every(isAsWanted), bucketsCreated, errors, buckets: states };
}

function isAsWanted(state: BucketState): boolean {
  return state.exists && state.drift.length === 0;
}

function statesOf(stored: StoredBucket[]): BucketState[] {
  return buckets.map((wanted) => {
    const found = stored.find(({ name }) => name === wanted.name);
    return { ...wanted, exists: found !== undefined, drift: found ? driftOf(found, wanted) : [] };
  });
}

function driftOf(found: StoredBucket, wanted: BucketDefinition): DriftingSetting[] {
  const drift: DriftingSetting[] = [];
  if (found.public !== wanted.public) drift.push("public");
  if (found.file_size_limit !== wanted.file_size_limit) drift.push("file_size_limit");
  const types = [...found.allowed_mime_types ?? []].sort().join();
  if (types !== [...wanted.allowed_mime_types].sort().join()) drift.push("allowed_mime_types");
  return drift;
}
