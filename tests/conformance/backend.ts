import assert from "node:assert/strict";
import type { Capabilities, StorageMode } from "../../supabase/functions/_shared/database/types.ts";
import type { ConformanceTest } from "./conformance-context.ts";

/** What a backend says of itself. */
export function backendTests(
  test: ConformanceTest,
  mode: StorageMode,
  capabilities: Capabilities,
): void {
  test("the backend is what it is declared to be", ({ backend }) => {
    assert.equal(backend.mode, mode);
    assert.deepEqual(backend.capabilities, capabilities);
    return Promise.resolve();
  });

  test("a store in which everything can be read is healthy, for anybody", async (context) => {
    const artist = await context.makeArtist();
    await artist.database.concerts.create({ title: "Рок" });
    for (const database of [context.visitor, artist.database, context.service]) {
      assert.deepEqual(await database.health(), { unreadable: [] });
    }
  });
}
