import assert from "node:assert/strict";
import type { ConcertAnalytics } from "../../supabase/functions/_shared/domain/analytics.ts";
import type { Artist } from "../../supabase/functions/_shared/domain/artist.ts";
import type { Concert } from "../../supabase/functions/_shared/domain/concert.ts";
import { signIn } from "../support/caller-tokens.ts";
import { assertRefused } from "./api-client.ts";
import { createKvFixtures } from "./kv-fixtures.ts";
import { anna, boris, changedKeys, loadSample, storedRows } from "./legacy-sample.ts";
import { scenariosOn } from "./scenarios-on.ts";

// What becomes of the old product's records when somebody changes them in kv mode.

const scenario = scenariosOn({
  mode: "kv",
  capabilities: { wordForms: false },
  createFixtures: createKvFixtures,
});

scenario(
  "old data: the first edit rewrites a record under its own key and loses nothing",
  async (context) => {
    const api = await loadSample(context);
    const key = "concert:tour_1795346590132_2wkooq2qu";
    const before = await storedRows(context);
    const as = await signIn(context.stack, { id: boris });
    const edited = await api.data<Concert>("PATCH", "/concerts/tour_1795346590132_2wkooq2qu", {
      as,
      body: { description: "Новое описание" },
    });
    const after = await storedRows(context);
    assert.deepEqual(changedKeys(before, after), [key]);
    const value = after.get(key) as Record<string, unknown>;
    assert.ok(Number.isInteger(value.rev) && Number(value.rev) >= 1, "it carries a revision");
    assert.deepEqual(
      value.legacy,
      before.get(key),
      "and the whole old value, the unknown field included",
    );
    assert.deepEqual((value.legacy as Record<string, unknown>).organizer, {
      name: "Клуб",
      inn: "7700000000",
    });
    assert.equal(value.tickets_sold, 6);
    for (const id of [edited.id, "tour_1795346590132_2wkooq2qu"]) {
      assert.deepEqual(await api.data("GET", `/concerts/${id}`, { as }), edited);
    }
    assert.deepEqual(
      [edited.views_count, edited.moderation_status, edited.legacy_id],
      [2247, "approved", "tour_1795346590132_2wkooq2qu"],
    );
    const again = await api.data<Concert>("PATCH", `/concerts/${edited.id}`, {
      as,
      body: { ticket_capacity: 900 },
    });
    assert.deepEqual(
      { ...again, updated_at: "" },
      { ...edited, ticket_capacity: 900, updated_at: "" },
    );
    const twice = (await storedRows(context)).get(key) as Record<string, unknown>;
    assert.ok(Number(twice.rev) > Number(value.rev));
    assert.deepEqual(twice.legacy, value.legacy);
  },
);

scenario(
  "old data: the first edit of a record in JSON text keeps what the text held",
  async (context) => {
    const api = await loadSample(context);
    const key = `concert:${anna}:1795346618539-wl3k9d0aa`;
    const before = await storedRows(context);
    const as = await signIn(context.stack, { id: anna });
    const edited = await api.data<Concert>("PATCH", "/concerts/custom-21498", {
      as,
      body: { title: "Полночь и рассвет" },
    });
    const after = await storedRows(context);
    assert.deepEqual(changedKeys(before, after), [key]);
    const value = after.get(key) as { legacy: Record<string, unknown>; title: string };
    assert.deepEqual(value.legacy, JSON.parse(String(before.get(key))));
    assert.deepEqual([value.legacy.genre, value.legacy.tags], ["rock", ["live", { level: 1 }]]);
    assert.equal(value.title, "Полночь и рассвет");
    for (const id of [edited.id, "custom-21498", "1795346618539-wl3k9d0aa"]) {
      assert.deepEqual(await api.data("GET", `/concerts/${id}`, { as }), edited, id);
    }
    assert.deepEqual(
      (await api.data<ConcertAnalytics>("GET", `/concerts/${edited.id}/analytics`, { as }))
        .tickets_sold,
      1,
      "its sales still find it",
    );

    const hostile = await api.data<Concert>("PATCH", "/concerts/1795346618547-s0a9d8jjj", {
      as,
      body: { description: "Теперь с описанием" },
    });
    assert.equal(hostile.description, "Теперь с описанием");
    const kept = (await storedRows(context)).get(`concert:${anna}:1795346618547-s0a9d8jjj`);
    assert.equal(
      (kept as { legacy: unknown }).legacy,
      before.get(`concert:${anna}:1795346618547-s0a9d8jjj`),
      "a text that jsonb cannot hold unpacked stays the text it was",
    );
  },
);

scenario("old data: every action works on old records", async (context) => {
  const api = await loadSample(context);
  const as = await signIn(context.stack, { id: boris });
  const moderator = await context.makeModerator();
  const queue = await api.data<Concert[]>("GET", "/concerts/moderation", { as: moderator });
  assert.deepEqual(queue.map(({ title }) => title), ["Ждёт модерации"]);
  const decided = await api.data<Concert>(
    "POST",
    "/concerts/tour_1795346590133_5nm2k8dqa/moderate",
    { as: moderator, body: { decision: "approved" } },
  );
  assert.equal(decided.moderation_status, "approved");
  assert.equal((await context.fixtures.notificationsOf(boris)).length, 1);

  await Promise.all(
    Array.from(
      { length: 20 },
      () => api.send("POST", "/concerts/tour_1795346590136_a8s7d6f5g/views"),
    ),
  );
  const promoted = await api.data<Concert>(
    "POST",
    "/concerts/tour_1795346590136_a8s7d6f5g/promote",
    {
      as,
      body: { days: 30 },
    },
  );
  assert.deepEqual([promoted.is_promoted, promoted.views_count], [true, 20]);
  const ledger = await api.data<{ balance: number }>("GET", "/concerts/artists/me/coins", { as });
  assert.equal(ledger.balance, 200);
  assertRefused(
    await api.send("POST", "/concerts/tour_1795346590135_wd3d02pbv/promote", {
      as,
      body: { days: 1 },
    }),
    "already_promoted",
  );
  assertRefused(
    await api.send("DELETE", "/concerts/tour_1795346590132_2wkooq2qu", { as }),
    "conflict",
  );
  const deleted = await api.send("DELETE", "/concerts/tour_1795346590139_p0o9i8u7y", { as });
  assert.equal(deleted.status, 204);
  const cancelled = await api.data<Concert>(
    "POST",
    "/concerts/tour_1795346590137_z1x2c3v4b/cancel",
    {
      as,
    },
  );
  assert.equal(cancelled.is_cancelled, true);
  const profile = await api.data<Artist>("PATCH", "/concerts/artists/me", {
    as: await signIn(context.stack, { id: anna }),
    body: { city: "Уфа" },
  });
  assert.deepEqual([profile.full_name, profile.city, profile.total_tracks], [
    "Анна Певица",
    "Уфа",
    23,
  ]);
  const stored = (await storedRows(context)).get(`profile:${anna}`);
  assert.equal((stored as { legacy: Record<string, unknown> }).legacy.favourite, "чай");
});
