import assert from "node:assert/strict";
import type { Row } from "../../supabase/functions/_shared/database/kv/kv-table.ts";
import { idOfKey } from "../../supabase/functions/_shared/database/legacy/ids.ts";
import type {
  Entity,
  TransferRecord,
} from "../../supabase/functions/_shared/database/transfer/record.ts";
import { rowsOf } from "../../supabase/functions/_shared/database/transfer/rows-of.ts";
import { returnAll, transferAll } from "./transfer-all.ts";

const account = "e433af3d-9f48-415c-a161-99d001099610";
const started = "2026-11-01T10:00:00.000Z";

const tour = {
  id: "tour_1795346595110_a",
  artist_id: "demo-user",
  title: "Северный ветер",
  event_date: "2099-06-01",
  moderation_status: "approved",
  created_at: started,
};
const tourRow: Row = { key: `concert:${tour.id}`, value: tour };

function oldSale(id: string, changes: object = {}): Row {
  const value = {
    id,
    provider: "kassir",
    quantity: 2,
    price: 1500,
    totalAmount: 3000,
    commission: 150,
    status: "confirmed",
    purchasedAt: started,
    metadata: {},
    ...changes,
  };
  return { key: `ticket_sale:${tour.id}:${id}`, value };
}

function movement(owner: string, id: string, amount: number): Row {
  const value = JSON.stringify({ id, amount, type: "reward", createdAt: started });
  return { key: `coins:tx:${owner}:${id}`, value };
}

function of(records: readonly TransferRecord[], entity: Entity) {
  return records.filter((record) => record.entity === entity);
}

Deno.test("an artist known by nothing but their records is made, unclaimed", async () => {
  const { records } = await transferAll([tourRow, movement("demo-user", "1-a", 70)]);
  const [artist, ...others] = of(records, "artists");
  assert.deepEqual(others, []);
  assert.equal(artist.id, await idOfKey("profile:demo-user"));
  assert.equal(artist.key, null);
  const { legacy_id, claimed_at, coins_balance, created_at } = artist.row;
  assert.deepEqual([legacy_id, claimed_at, coins_balance, created_at], [
    "demo-user",
    null,
    70,
    started,
  ]);
});

Deno.test("an account's campaigns and connections alone make an artist as well", async () => {
  const { records } = await transferAll([
    { key: `campaign:${account}:campaign_1_a`, value: { subject: "Анонс", status: "draft" } },
    { key: "ticket_provider:demo-user:kassir", value: { apiKey: "sk_live_0123456789" } },
  ]);
  assert.deepEqual(
    of(records, "artists").map(({ id }) => id).sort(),
    [account, await idOfKey("profile:demo-user")].sort(),
  );
  const [connection] = of(records, "artist_ticket_providers");
  assert.equal(connection.id, `${await idOfKey("profile:demo-user")} kassir`);
  assert.equal(connection.row.api_key_last4, "6789");
  assert.deepEqual(connection.row.legacy, {});
});

Deno.test("coins: what no movement tells of is a movement of its own", async () => {
  const key = "coins:balance:demo-user";
  const { records, outcomes } = await transferAll([{ key, value: "5000" }]);
  const [opening] = of(records, "coin_transactions");
  assert.equal(opening.id, await idOfKey(key));
  assert.equal(opening.key, key);
  assert.deepEqual([opening.row.amount, opening.row.type, opening.row.legacy], [
    5000,
    "adjustment",
    "5000",
  ]);
  assert.deepEqual(outcomes.get(key), {
    outcome: "merged",
    into: `artists ${await idOfKey("profile:demo-user")}`,
    repairs: ["opening_movement_made"],
  });
});

Deno.test("coins: movements outvote a balance, whose old text is kept", async () => {
  const { records, outcomes } = await transferAll([
    { key: "profile:demo-user", value: { full_name: "Анна" } },
    { key: "coins:balance:demo-user", value: "5000100" },
    movement("demo-user", "1-a", 5000),
    movement("demo-user", "2-b", 100),
  ]);
  const [artist] = of(records, "artists");
  assert.equal(artist.row.coins_balance, 5100);
  assert.deepEqual(artist.row.legacy, {
    profile: { full_name: "Анна" },
    "coins:balance": "5000100",
  });
  assert.equal(of(records, "coin_transactions").length, 2);
  const outcome = outcomes.get("coins:balance:demo-user");
  assert.deepEqual(outcome && "repairs" in outcome && outcome.repairs, ["balance_from_ledger"]);
});

Deno.test("coins: nobody owes any", async () => {
  const { records } = await transferAll([movement("demo-user", "1-a", -40)]);
  assert.equal(of(records, "artists")[0].row.coins_balance, 0);
  assert.deepEqual(
    of(records, "coin_transactions").map(({ row }) => row.amount).sort(),
    [-40, 40],
  );
});

Deno.test("a claimed profile and all that is under its old id are the account's", async () => {
  const profile = {
    ...await blankDocument("demo-user"),
    id: await idOfKey("profile:demo-user"),
    full_name: "Анна",
  };
  const rows: Row[] = [
    { key: "profile:demo-user", value: { ...profile, claimed_by: account } },
    {
      key: `profile:${account}`,
      value: {
        ...profile,
        id: account,
        owner: account,
        legacy_id: "demo-user",
        claimed_at: started,
        claiming: "demo-user",
      },
    },
    // Not yet handed over when the process died.
    tourRow,
    oldSale("sale_1"),
    movement("demo-user", "1-a", 70),
    { key: "notification_settings:demo-user", value: { pushEnabled: false } },
    { key: "notification:demo-user:notif_1_a", value: { title: "Скоро", status: "pending" } },
    { key: "ticket_provider:demo-user:kassir", value: { enabled: true } },
    { key: "campaign:demo-user:campaign_1_a", value: { subject: "Анонс", status: "draft" } },
  ];
  const { records, outcomes } = await transferAll(rows);
  const whose = records.map(({ row }) => row.artist_id ?? row.user_id ?? row.id);
  assert.deepEqual([...new Set(whose)], [account]);
  assert.equal(of(records, "artists")[0].row.coins_balance, 70);
  assert.deepEqual(outcomes.get("profile:demo-user"), {
    outcome: "merged",
    into: `profile:${account}`,
    repairs: [],
  });
});

Deno.test("two spellings of an account are one artist with the coins of both", async () => {
  const upper = account.toUpperCase();
  const { records, outcomes } = await transferAll([
    { key: `profile:${upper}`, value: { full_name: "Анна" } },
    { key: `profile:${account}`, value: { full_name: "Борис" } },
    { key: `coins:balance:${upper}`, value: "30" },
    { key: `coins:balance:${account}`, value: "40" },
    { key: `notification_settings:${upper}`, value: { pushEnabled: false } },
    { key: `notification_settings:${account}`, value: { pushEnabled: true } },
  ]);
  const [artist] = of(records, "artists");
  assert.deepEqual([artist.row.full_name, artist.row.coins_balance], ["Борис", 70]);
  assert.deepEqual(of(records, "coin_transactions").map(({ row }) => row.amount).sort(), [30, 40]);
  assert.equal(of(records, "notification_settings")[0].row.push_enabled, true);
  assert.equal(outcomes.get(`profile:${upper}`)?.outcome, "merged");
  assert.equal(outcomes.get(`notification_settings:${upper}`)?.outcome, "merged");
});

Deno.test("a user name that two have is the first one's", async () => {
  const { records, outcomes } = await transferAll([
    { key: "profile:a", value: { username: "Vesna" } },
    { key: "profile:b", value: { username: "vesna" } },
  ]);
  const names = new Map(of(records, "artists").map(({ key, row }) => [key, row.username]));
  assert.deepEqual([names.get("profile:a"), names.get("profile:b")], ["Vesna", null]);
  const outcome = outcomes.get("profile:b");
  assert.ok(outcome && "repairs" in outcome && outcome.repairs.includes("username_taken"));
});

Deno.test("a reservation is part of its profile, or of nothing", async () => {
  const reserved = { artist_id: account, at: started, rev: 1, legacy: null };
  const alone = await transferAll([{ key: "username:vesna", value: reserved }]);
  assert.deepEqual(alone.outcomes.get("username:vesna"), {
    outcome: "left_out",
    rule: "abandoned_reservation",
  });
  const { outcomes } = await transferAll([
    { key: "username:vesna", value: reserved },
    { key: `profile:${account}`, value: {} },
  ]);
  assert.deepEqual(outcomes.get("username:vesna"), {
    outcome: "merged",
    into: `profile:${account}`,
    repairs: [],
  });
});

Deno.test("seats of an old concert are what its sales hold; refunded ones bring their refund", async () => {
  const { records, outcomes } = await transferAll([
    tourRow,
    oldSale("sale_1"),
    oldSale("sale_2", { status: "pending", quantity: 3 }),
    oldSale("sale_3", { status: "refunded" }),
    oldSale("sale_4", { metadata: { test: true } }),
    oldSale("sale_5", { provider: "unknown-provider", status: "cancelled" }),
  ]);
  assert.equal(of(records, "concerts")[0].row.tickets_sold, 5);
  assert.equal(of(records, "ticket_sales").length, 4);
  const [refund, ...others] = of(records, "ticket_refunds");
  assert.deepEqual(others, []);
  assert.deepEqual([refund.row.amount, refund.key], [3000, `ticket_sale:${tour.id}:sale_3`]);
  assert.equal(outcomes.get(`ticket_sale:${tour.id}:sale_4`)?.outcome, "left_out");
  const unknown = outcomes.get(`ticket_sale:${tour.id}:sale_5`);
  assert.ok(unknown && "repairs" in unknown && unknown.repairs.includes("provider_unknown"));
});

Deno.test("a sale by any name of its concert is the concert's", async () => {
  const { records } = await transferAll([
    { key: `concert:${tour.id}`, value: { ...tour, id: "inner" } },
    { key: "ticket_sale:inner:sale_1", value: oldSale("sale_1").value },
    { key: `ticket_sale:${tour.id}:sale_2`, value: oldSale("sale_2").value },
  ]);
  const id = await idOfKey(`concert:${tour.id}`);
  assert.deepEqual(of(records, "ticket_sales").map(({ row }) => row.concert_id), [id, id]);
  assert.equal(of(records, "concerts")[0].row.tickets_sold, 4);
});

Deno.test("automatic reminders that repeat become one; those in one's own words stay", async () => {
  const reminder = (id: string, changes: object = {}): Row => ({
    key: `notification:demo-user:notif_179534659501${id}_a`,
    value: {
      concertId: tour.id,
      type: "reminder",
      title: "Концерт через 7 дней",
      status: "pending",
      scheduledFor: "2099-05-25T10:00:00.000Z",
      channel: "both",
      createdAt: `2026-11-0${id}T10:00:00.000Z`,
      metadata: { concert: { title: tour.title } },
      ...changes,
    },
  });
  const { records, outcomes } = await transferAll([
    tourRow,
    reminder("2"),
    reminder("1"),
    reminder("3", { status: "sent" }),
    reminder("4", { title: "Свой текст" }),
    reminder("5", { title: "Свой текст" }),
    reminder("6", { concertId: "tour_gone" }),
    reminder("7", { concertId: "tour_gone" }),
  ]);
  const kept = of(records, "notifications").map(({ key, row }) => [key?.at(-3), row.days_before]);
  assert.deepEqual(kept.sort(), [["1", 7], ["4", null], ["5", null], ["6", 7]]);
  assert.deepEqual(outcomes.get(reminder("3").key), {
    outcome: "merged",
    into: reminder("1").key,
    repairs: ["status_meant_read"],
  });
});

Deno.test("a document under a key that is not its own is none", async () => {
  const [concert] = await returnAll(of((await transferAll([tourRow])).records, "concerts"));
  const copy = { ...concert, key: "concert:copied" };
  const { records, outcomes } = await transferAll([concert, copy]);
  assert.equal(of(records, "concerts").length, 1);
  assert.deepEqual(outcomes.get(copy.key), { outcome: "rejected", reason: "broken_document" });
});

Deno.test("a profile claimed since goes back under the account's id, and its old key stays to say so", async () => {
  const { records } = await transferAll([{
    key: "profile:demo-user",
    value: { full_name: "Анна" },
  }]);
  const [artist] = of(records, "artists");
  const claimed = {
    ...artist,
    id: account,
    row: { ...artist.row, id: account, claimed_at: started },
  };
  const ownerOf = () => Promise.resolve(account);
  const returned = await rowsOf("artists", claimed, { ownerOf });
  assert.deepEqual(returned.rows.map(({ key }) => key), [
    `profile:${account}`,
    `coins:balance:${account}`,
  ]);
  assert.equal(returned.obsolete, null);
  assert.equal(Reflect.get(Object(returned.rows[0].value), "claiming"), "demo-user");
  const again = await transferAll(returned.rows);
  assert.deepEqual(of(again.records, "artists")[0].row, claimed.row);
});

Deno.test("rows made in the tables go where kv mode would have put them", async () => {
  const ownerOf = () => Promise.resolve("demo-user");
  const { records } = await transferAll([
    tourRow,
    oldSale("sale_1"),
    movement("demo-user", "1", 7),
  ]);
  const keys: string[] = [];
  for (const record of records) {
    if (record.entity === "campaign_deliveries") continue;
    const { rows } = await rowsOf(record.entity, { ...record, key: null, version: 0 }, { ownerOf });
    keys.push(rows[0].key);
    assert.equal(Reflect.get(Object(rows[0].value), "rev"), 1);
  }
  const [concertId, saleId, movementId] = ["concerts", "ticket_sales", "coin_transactions"]
    .map((entity) => of(records, entity as Entity)[0].id);
  assert.deepEqual(keys, [
    "profile:demo-user",
    `concert:${concertId}`,
    `coins:tx:demo-user:${movementId}`,
    `ticket_sale:${concertId}:${saleId}`,
  ]);
});

async function blankDocument(owner: string) {
  return {
    id: await idOfKey(`profile:${owner}`),
    legacy_id: owner,
    owner,
    username: null,
    full_name: null,
    bio: null,
    avatar_url: null,
    city: null,
    phone: null,
    email: null,
    is_verified: false,
    subscribers_count: 0,
    total_plays: 0,
    total_tracks: 0,
    claimed_at: null,
    created_at: started,
    updated_at: started,
    rev: 2,
    legacy: null,
  };
}
