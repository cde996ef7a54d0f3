import assert from "node:assert/strict";
import { compareEntity, type Difference } from "../../migrate/verify/compare-entity.ts";
import type {
  Entity,
  TransferRecord,
} from "../../supabase/functions/_shared/database/transfer/record.ts";

/** What differs between two sides, each given in the order of code points. */
async function differencesOf(
  entity: Entity,
  source: TransferRecord[],
  target: TransferRecord[],
): Promise<[Difference["kind"], string, string[]][]> {
  const sideOf = (records: TransferRecord[]) => (after: string | null) => {
    const place = after === null || after === ""
      ? 0
      : records.findIndex(({ id }) => id === after) + 1;
    return records.slice(place);
  };
  const found: [Difference["kind"], string, string[]][] = [];
  await compareEntity(
    entity,
    { page: (_, after) => sideOf(source)(after) },
    { exportRecords: (_, after = null) => Promise.resolve(sideOf(target)(after)) },
    {
      batchSize: 10,
      isRefused: () => false,
      onDifference: ({ kind, id, fields }) => found.push([kind, id, fields]),
      onRecords() {},
    },
  );
  return found;
}

function record(entity: Entity, id: string, row: Record<string, unknown> = {}): TransferRecord {
  return { entity, id, key: null, version: 0, row };
}

Deno.test("ids are in the order of code points, however JavaScript orders them", async () => {
  const ids = ["e a", "e \u{ff41}", "e \u{1f600}", "e \u{1f600}b"];
  const all = ids.map((id) => record("push_subscriptions", id));
  assert.deepEqual(await differencesOf("push_subscriptions", all, all), []);
  for (const lost of ids) {
    const rest = all.filter(({ id }) => id !== lost);
    assert.deepEqual(await differencesOf("push_subscriptions", all, rest), [["missing", lost, []]]);
    assert.deepEqual(await differencesOf("push_subscriptions", rest, all), [["extra", lost, []]]);
  }
});

Deno.test("a time that differs by a second differs", async () => {
  const at = (event_time: string) => [record("concerts", "1", { event_time })];
  assert.deepEqual(await differencesOf("concerts", at("19:00"), at("19:00:00")), []);
  assert.deepEqual(await differencesOf("concerts", at("19:00"), at("19:00:30")), [
    ["different", "1", ["event_time"]],
  ]);
});
