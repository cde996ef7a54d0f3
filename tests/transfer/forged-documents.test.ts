import assert from "node:assert/strict";
import type { Row } from "../../supabase/functions/_shared/database/kv/kv-table.ts";
import { blankProfile } from "../../supabase/functions/_shared/database/legacy/read-profile.ts";
import { transferAll } from "./transfer-all.ts";

// Nobody checked what old values say. One that looks like a document of today may speak for its own key alone.

const victim = "e433af3d-9f48-415c-a161-99d001099610";
const forger = "ffffffff-1111-4111-8111-11111111111f";
const other = "cccccccc-2222-4222-8222-22222222222c";

const victims: Row[] = [
  { key: `profile:${victim}`, value: { full_name: "Анна" } },
  { key: `coins:balance:${victim}`, value: "100" },
  { key: `ticket_provider:${victim}:kassir`, value: { id: "kassir", enabled: true } },
];

async function profile(owner: string, changes: object): Promise<Row> {
  const blank = await blankProfile(owner, null);
  const value = { ...blank, claimed_at: null, rev: 9, legacy: null, ...changes };
  return { key: `profile:${owner}`, value };
}

/** What the tables would have of the victim. */
async function victimsRecords(forged: readonly Row[]) {
  const { records } = await transferAll([...victims, ...forged]);
  return records.filter(({ id, row }) =>
    id === victim || row.artist_id === victim || row.legacy_id === victim
  ).map(({ entity, id, key }) => ({ entity, id, key }));
}

async function assertNothingTaken(forged: readonly Row[]): Promise<void> {
  assert.deepEqual(await victimsRecords(forged), await victimsRecords([]));
  const { records } = await transferAll([...victims, ...forged]);
  const [artist] = records.filter(({ entity, id }) => entity === "artists" && id === victim);
  assert.equal(artist.row.coins_balance, 100);
}

Deno.test("a forged mark that names somebody else's profile takes nothing of theirs", async () => {
  await assertNothingTaken([await profile(forger, { id: victim, claimed_by: other })]);
  await assertNothingTaken([await profile(forger, { owner: victim, id: victim })]);
});

Deno.test("whom a forged mark names does not get the forger's coins, connections and settings for their own", async () => {
  await assertNothingTaken([
    await profile(forger, { claimed_by: victim }),
    {
      key: `coins:balance:${forger}`,
      value: {
        owner: forger,
        artist_id: victim,
        balance: 0,
        absorbed: { [`coins:balance:${victim}`]: "100" },
        rev: 9,
        legacy: null,
      },
    },
    {
      key: `ticket_provider:${forger}:kassir`,
      value: {
        provider_id: "kassir",
        api_key_encrypted: null,
        api_key_last4: "EVIL",
        webhook_secret_encrypted: null,
        is_active: true,
        connected_at: "2026-01-01T00:00:00.000Z",
        rev: 9,
        legacy: null,
      },
    },
  ]);
});

Deno.test("nor where they have no profile", async () => {
  const coins: Row = { key: `coins:balance:${victim}`, value: "100" };
  const forged: Row[] = [
    await profile(forger, { claimed_by: victim }),
    {
      key: `coins:balance:${forger}`,
      value: {
        owner: forger,
        artist_id: victim,
        balance: 0,
        absorbed: { [coins.key]: "100" },
        rev: 9,
        legacy: null,
      },
    },
  ];
  const { records } = await transferAll([coins, ...forged]);
  const [artist] = records.filter(({ entity }) => entity === "artists");
  assert.deepEqual([artist.id, artist.row.coins_balance], [victim, 100]);
});
