import assert from "node:assert/strict";
import { PostgrestClient } from "@supabase/postgrest-js";
import { openAccounts } from "../../supabase/functions/_shared/auth/accounts.ts";
import { createKvBackend } from "../../supabase/functions/_shared/database/kv/create-kv-backend.ts";
import { resolveEnvironment } from "../../supabase/functions/_shared/environment.ts";
import { completeConcert, reread } from "../conformance/concert-making.ts";
import type { ConformanceContext } from "../conformance/conformance-context.ts";
import { conformanceOn } from "../conformance/conformance-on.ts";
import { outcomesOf } from "../conformance/expect.ts";
import { kvTarget } from "../conformance/kv-target.ts";
import {
  type Backends,
  guardedBackends,
  raceModeration,
  racePromotions,
  raceSales,
  raceTests,
  raceViews,
} from "./races.ts";

const test = conformanceOn(kvTarget);
raceTests(test);

test("the first edits of one old record, over two instances at once, all take effect", async (context) => {
  const { edits, concert, legacy } = await raceFirstEdits(
    context,
    await guardedBackends(context),
  );
  assert.deepEqual({ ...concert, ...edits }, concert);
  assert.deepEqual(
    legacy,
    oldConcert(concert.artist_id),
    "the old value is kept, unknown fields too",
  );
});

test("control: without the revision's condition views are lost", async (context) => {
  assert.ok(await raceViews(context, unguardedBackends(context), 200) < 200);
});

test("control: without the revision's condition coins are spent twice", async (context) => {
  const race = { concerts: 2, affordable: 1 };
  const { succeeded } = await racePromotions(context, unguardedBackends(context), race);
  assert.equal(succeeded, 2);
});

test("control: without the revision's condition more seats are sold than there are", async (context) => {
  const race = { buyers: 500, seats: 100 };
  const { succeeded } = await raceSales(context, unguardedBackends(context), race);
  assert.ok(succeeded > 100, `${succeeded} sold: the race above proves nothing`);
});

test("control: without the revision's condition two moderators decide", async (context) => {
  const { succeeded } = await raceModeration(context, unguardedBackends(context), 2);
  assert.equal(succeeded, 2);
});

test("control: without the revision's condition first edits are lost", async (context) => {
  const { edits, concert } = await raceFirstEdits(context, unguardedBackends(context));
  assert.notDeepEqual({ ...concert, ...edits }, concert);
});

/** As the old product wrote it: JSON text, with a field nobody knows. */
function oldConcert(owner: string) {
  return {
    id: "1700000000000-abc",
    userId: owner,
    title: "Старый концерт",
    venue: "Клуб",
    city: "Омск",
    date: "2027-05-01",
    createdAt: "2025-01-01T00:00:00.000Z",
    updatedAt: "2025-01-01T00:00:00.000Z",
    setlist: ["Первая", "Вторая"],
  };
}

async function raceFirstEdits(context: ConformanceContext, backends: Backends) {
  const { stack } = context;
  const artist = await context.makeArtist();
  const key = `concert:${artist.id}:1700000000000-abc`;
  await stack.sql(
    `insert into public.kv_store_84730125 (key, value) values ($1::text, to_jsonb($2::text))`,
    [key, JSON.stringify(oldConcert(artist.id))],
  );
  const { items: [{ id }] } = await artist.database.concerts.listOwn(
    { status: null, when: "all" },
    { limit: 1, after: null },
  );
  const edits = completeConcert({ time_zone: "Asia/Omsk" });
  const { refused } = await outcomesOf(
    Object.entries(edits).map(([field, value], index) =>
      backends[index % 2].open(artist).concerts.update(id, { [field]: value })
    ),
  );
  assert.deepEqual(refused, {});
  const [{ value }] = await stack.sql(
    "select value from public.kv_store_84730125 where key = $1::text",
    [key],
  );
  return {
    edits,
    concert: await reread(artist, id),
    legacy: (value as { legacy: unknown }).legacy,
  };
}

/** Two backends with the guard off: the same code, but its writes reach the table without their condition. */
function unguardedBackends({ stack }: ConformanceContext): Backends {
  const environment = resolveEnvironment({ ...stack.environment, STORAGE_MODE: "kv" });
  const open = () =>
    createKvBackend(
      new PostgrestClient(`${stack.url}/rest/v1`, {
        headers: { apikey: stack.secretKey, authorization: `Bearer ${stack.secretKey}` },
        fetch: fetchWithoutCondition,
      }),
      openAccounts(environment),
    );
  return [open(), open()];
}

/** A write also comes a little later, so that the others have read by then what it is about to change. */
const fetchWithoutCondition: typeof fetch = async (input, init) => {
  const url = new URL(input instanceof Request ? input.url : input);
  if (init?.method === "PATCH") {
    assert.ok(url.searchParams.has("value->>rev"), "a write has a condition to take off");
    url.searchParams.delete("value->>rev");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return await fetch(url, init);
};
