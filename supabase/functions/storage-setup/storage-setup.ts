import type { FunctionDefinition } from "../_shared/http/route.ts";
import { createBucketRoutes } from "./routes/buckets.ts";

/** The storage buckets. Made anew for every instance, because each provisions with its first request. */
export function createStorageSetup(): FunctionDefinition {
  return {
    name: "storage-setup",
    description:
      "Creates the six storage buckets and keeps their access and limits as they have to be.",
    routes: createBucketRoutes(),
    answerSchemas: async () => (await import("./answer-schemas.ts")).answerSchemas,
  };
}
