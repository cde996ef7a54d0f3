import type { Environment } from "./environment.ts";
import { onFirstUse } from "./on-first-use.ts";
import { type BucketStore, openBucketStore } from "./storage/bucket-store.ts";

/** What a route can use beside the database. Each is opened with the first request that needs it. */
export interface Services {
  /** The project's storage buckets, reached as the backend itself. */
  buckets(): BucketStore;
}

export function openServices(environment: Environment): Services {
  return { buckets: onFirstUse(() => openBucketStore(environment)) };
}
