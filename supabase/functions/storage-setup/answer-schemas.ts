import * as z from "zod/mini";
import type { StorageReport } from "./provision-buckets.ts";

const report = {
  initialized: z.boolean(),
  bucketsCreated: z.array(z.string()),
  errors: z.array(z.string()),
  buckets: z.array(z.strictObject({
    name: z.string(),
    public: z.boolean(),
    file_size_limit: z.int(),
    allowed_mime_types: z.array(z.string()),
    exists: z.boolean(),
    drift: z.array(z.enum(["public", "file_size_limit", "allowed_mime_types"])),
  })),
};

export const answerSchemas = {
  StorageStatus: z.strictObject({ success: z.literal(true), ...report }) satisfies z.ZodMiniType<
    StorageReport & { success: true }
  >,
};
