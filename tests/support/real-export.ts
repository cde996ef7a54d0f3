import { fromFileUrl } from "deno-std/path/from_file_url.js";

/** The real export of the old store, where it lies beside the repository; what needs it is skipped elsewhere. */
export const realExport = fromFileUrl(
  new URL("../../../shared/legacy/kv-export.ndjson", import.meta.url),
);
