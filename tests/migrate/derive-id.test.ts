import assert from "node:assert/strict";
import { generate } from "deno-std/uuid/v5.js";
import { deriveId } from "../../migrate/derive-id.ts";
import { namespace } from "../../supabase/functions/_shared/database/legacy/ids.ts";

Deno.test("the migration derives the same ids as the functions", async () => {
  for (const key of ["", "concert:1", "profile:о\u{1F3A4}", "x".repeat(300), "profile:\ud800"]) {
    assert.equal(deriveId(key), await generate(namespace, new TextEncoder().encode(key)));
  }
});
