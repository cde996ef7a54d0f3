import { defineRoute } from "../../_shared/http/route.ts";
import { bucketStore } from "../../_shared/storage/bucket-store.ts";
import { inspectBuckets, provisionBuckets } from "../provision-buckets.ts";

export function createBucketRoutes() {
  let provisioned = false;
  return [
    defineRoute({
      method: "GET",
      path: "/status",
      summary: "The state of the buckets; the first request of an instance provisions them",
      access: "anyone",
      answers: { status: 200, schema: "StorageStatus", bare: true },
      async handle({ environment }) {
        const report = provisioned
          ? await inspectBuckets(bucketStore(environment))
          : await provisionBuckets(bucketStore(environment));
        // Only a success is final: after a failure the next request tries again.
        provisioned ||= report.initialized;
        return Response.json({ success: true, ...report });
      },
    }),
    defineRoute({
      method: "POST",
      path: "/",
      summary: "Create what is missing and repair what has drifted; nothing is ever deleted",
      access: "service",
      answers: { status: 200, schema: "StorageStatus", bare: true },
      async handle({ environment }) {
        return Response.json({
          success: true,
          ...await provisionBuckets(bucketStore(environment)),
        });
      },
    }),
  ];
}
