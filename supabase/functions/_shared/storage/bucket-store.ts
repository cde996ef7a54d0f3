import { StorageClient } from "@supabase/storage-js";
import { Refusal } from "../domain/refusal.ts";
import { defaultKey, type Environment } from "../environment.ts";
import { onFirstUse } from "../on-first-use.ts";
import type { BucketDefinition } from "../buckets.ts";

/** A bucket as the project has it now; null where it sets no limit. */
export interface StoredBucket {
  name: string;
  public: boolean;
  file_size_limit: number | null;
  allowed_mime_types: string[] | null;
}

/** The buckets of the project's storage. A storage that does not answer throws `unavailable`. */
export interface BucketStore {
  list(): Promise<StoredBucket[]>;
  /** Does nothing when the bucket is there already: another instance may have been faster. */
  create(bucket: BucketDefinition): Promise<void>;
  /** Sets access and limits; the files stay. */
  update(bucket: BucketDefinition): Promise<void>;
}

/** The project's buckets, reached as the backend itself: only secret keys may create buckets. */
export const bucketStore = onFirstUse(openBucketStore);

function openBucketStore(environment: Environment): BucketStore {
  const key = defaultKey(environment.secretKeys);
  const storage = new StorageClient(`${environment.supabaseUrl}/storage/v1`, {
    apikey: key,
    authorization: `Bearer ${key}`,
  });
  return {
    async list() {
      const { data, error } = await storage.listBuckets();
      if (error) throw new Refusal("unavailable", [], { cause: error });
      return data.map((bucket) => ({
        name: bucket.name,
        public: bucket.public,
        file_size_limit: bucket.file_size_limit ?? null,
        allowed_mime_types: bucket.allowed_mime_types ?? null,
      }));
    },
    async create(bucket) {
      const { error } = await storage.createBucket(bucket.name, optionsOf(bucket));
      if (error && !isAlreadyThere(error)) throw error;
    },
    async update(bucket) {
      const { error } = await storage.updateBucket(bucket.name, optionsOf(bucket));
      if (error) throw error;
    },
  };
}

function optionsOf(bucket: BucketDefinition) {
  return {
    public: bucket.public,
    fileSizeLimit: bucket.file_size_limit,
    allowedMimeTypes: [...bucket.allowed_mime_types],
  };
}

/** The storage reports a duplicate as 409, in the HTTP status or, in older versions, only in the body. */
function isAlreadyThere(error: { status?: number; statusCode?: string }): boolean {
  return error.status === 409 || error.statusCode === "409";
}
