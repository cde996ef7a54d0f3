import assert from "node:assert/strict";
import { openSource, type SourceRow } from "../../migrate/mod.ts";

// The migration guide's own script writes values without their keys.

async function read(content: unknown): Promise<{ rows: SourceRow[]; remarks: readonly string[] }> {
  const path = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeTextFile(path, JSON.stringify(content, null, 2));
    const source = await openSource(path);
    const rows = (await Array.fromAsync(source.read())).flat();
    return { rows, remarks: source.remarks };
  } finally {
    await Deno.remove(path);
  }
}

const empty = {
  concerts: [],
  notifications: [],
  campaigns: [],
  sales: [],
  exportedAt: "2026-01-26",
};

Deno.test("keys are put together from owners and ids", async () => {
  const personal = JSON.stringify({ id: "17-a", userId: "demo-user", title: "Ёлка" });
  const { rows, remarks } = await read({
    ...empty,
    concerts: [personal, { id: "tour_1", artist_id: "artist_001", title: "Тур" }],
    notifications: [
      { id: "notif_1", userId: "demo-user", type: "reminder" },
      { id: "18-b", user_id: "demo-user", type: "system" },
    ],
    campaigns: [{ id: "campaign_1", artistId: "a:b", subject: "Привет" }],
    sales: [{ id: "sale_1", concertId: "tour_1", quantity: 2 }],
  });
  assert.deepEqual(rows.map(({ key }) => key), [
    "concert:demo-user:17-a",
    "concert:tour_1",
    "notification:demo-user:notif_1",
    "notification:18-b",
    "campaign:a:b:campaign_1",
    "ticket_sale:tour_1:sale_1",
  ]);
  assert.equal(JSON.parse(rows[0].value), personal, "JSON text in a string stays that");
  assert.match(remarks.join(), /profiles, coins and settings are not in it/);
});

Deno.test("values that call themselves alike, or nothing at all, are all kept", async () => {
  const { rows } = await read({
    ...empty,
    sales: [
      { id: "sale_1", concertId: "c", quantity: 1 },
      { id: "sale_1", concertId: "c", quantity: 2 },
      { concertId: "c" },
      "no object",
      null,
    ],
  });
  assert.equal(rows.length, 5);
  assert.equal(new Set(rows.map(({ key }) => key)).size, 5);
  for (const { key } of rows) assert.match(key, /^ticket_sale:/);
});

Deno.test("what today's code has rewritten comes under the key it has", async () => {
  const { rows } = await read({
    ...empty,
    concerts: [
      { id: "0c1f", rev: 2, legacy: { id: "17-a", userId: "demo-user" } },
      { id: "0c2f", rev: 1, legacy: null, owner: "me" },
    ],
    notifications: [{ id: "0c3f", user_id: "me", rev: 1, legacy: null }],
    campaigns: [{ id: "0c4f", artist_id: "me", owner: "me", rev: 1, legacy: null }],
    sales: [{ id: "0c5f", concert_id: "0c1f", rev: 1, legacy: null }],
  });
  assert.deepEqual(rows.map(({ key }) => key), [
    "concert:demo-user:17-a",
    "concert:0c2f",
    "notification:me:0c3f",
    "campaign:me:0c4f",
    "ticket_sale:0c1f:0c5f",
  ]);
});
