import assert from "node:assert/strict";
import type { LocalStack } from "../../local/stack.ts";
import type { Concert, PublicConcert } from "../../supabase/functions/_shared/domain/concert.ts";
import { concerts } from "../../supabase/functions/concerts/concerts.ts";
import { type Person, signIn } from "../support/caller-tokens.ts";
import { realExport } from "../support/real-export.ts";
import { appOn, startTestStack } from "../support/test-stack.ts";
import { type ApiClient, createApiClient, type Reply } from "./api-client.ts";

// The real export of the old store, where it lies beside the repository: every record of it is asked for.

const exists = await Deno.stat(realExport).then(() => true, () => false);

interface Row {
  key: string;
  value: unknown;
}

interface OldConcert {
  id: string;
  owner: string;
  isReadable: boolean;
  isPublic: boolean;
}

Deno.test({
  name: `the whole export is served${exists ? "" : " (skipped: the export is not here)"}`,
  ignore: !exists,
  // The stack's connections are shared by the steps and closed with it.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(test) {
    const rows = (await Deno.readTextFile(realExport)).trim().split("\n")
      .map((line): Row => JSON.parse(line));
    const oldConcerts = rows.filter(({ key }) => key.startsWith("concert:")).map(oldConcertOf);
    const stack = await startTestStack({ storageMode: "kv", kvFile: realExport });
    try {
      assert.equal(stack.kvRows, rows.length);
      const api = createApiClient(
        [{ definition: concerts, app: appOn(stack, concerts, "kv") }],
        stack,
      );
      const moderator = await signIn(stack, { appRole: "moderator" });
      await test.step("every concert, by its old id and by its new one", async () => {
        assert.ok(oldConcerts.length > 150);
        for (const old of oldConcerts) await askForConcert(api, old, moderator);
      });
      await test.step("the public list is complete, page by page", async () => {
        const expected = oldConcerts.filter(({ isPublic }) => isPublic).length;
        for (const limit of [7, 100]) {
          const listed = await pages<PublicConcert>(api, "/concerts", limit, { when: "all" });
          assert.equal(listed.length, expected);
        }
        const feed = await api.send("GET", "/concerts/calendar.ics", { query: { when: "all" } });
        assert.equal(feed.text.match(/BEGIN:VEVENT/g)?.length, expected);
      });
      await test.step("every artist's own pages", async () => {
        for (const owner of new Set(oldConcerts.map(({ owner }) => owner))) {
          const expected = oldConcerts.filter((old) =>
            old.owner === owner && old.isReadable
          ).length;
          await askForArtist(api, stack, owner, expected);
        }
      });
      await test.step("health counts exactly what is left out", async () => {
        const { body } = await api.send("GET", "/concerts/health");
        const unreadable = body.unreadable as { entity: string; count: number }[];
        const count = unreadable.filter(({ entity }) => entity === "concert")
          .reduce((sum, { count }) => sum + count, 0);
        assert.equal(count, oldConcerts.filter(({ isReadable }) => !isReadable).length);
      });
      await test.step("nothing of it was written", async () => {
        const [{ count }] = await stack.sql(
          "select count(*)::int from public.kv_store_84730125 where value ? 'rev'",
        );
        assert.equal(count, 0);
      });
    } finally {
      await stack.close();
      // PGlite leaves the exit code of a program of its own.
      Deno.exitCode = 0;
    }
  },
});

async function askForConcert(api: ApiClient, old: OldConcert, moderator: Person): Promise<void> {
  const path = `/concerts/${encodeURIComponent(old.id)}`;
  const visitor = await api.send<{ id: string }>("GET", path);
  assert.equal(visitor.status, old.isPublic ? 200 : 404, `${old.id}: ${visitor.text}`);
  const whole = await api.send<Concert>("GET", path, { as: moderator });
  assert.equal(whole.status, old.isReadable ? 200 : 404, `${old.id}: ${whole.text}`);
  if (!old.isReadable) return;
  const byNewId = await api.data("GET", `/concerts/${whole.body.data.id}`, { as: moderator });
  assert.deepEqual(byNewId, whole.body.data);
}

async function askForArtist(
  api: ApiClient,
  stack: LocalStack,
  owner: string,
  concertCount: number,
): Promise<void> {
  const profile = await api.data<{ id: string }>(
    "GET",
    `/concerts/artists/${encodeURIComponent(owner)}`,
  );
  // The account that an owner without one would have.
  const as = await signIn(stack, { id: profile.id });
  const mine = await pages<Concert>(api, "/concerts/mine", 2, {}, as);
  assert.equal(mine.length, concertCount, owner);
  const analytics = await api.data<unknown[]>("GET", "/concerts/analytics", { as });
  assert.equal(analytics.length, concertCount, owner);
  const statistics = await api.data<{ concerts_count: number }>(
    "GET",
    "/concerts/artists/me/statistics",
    { as },
  );
  assert.equal(statistics.concerts_count, concertCount, owner);
  const coins = await api.data<{ balance: number }>("GET", "/concerts/artists/me/coins", { as });
  const own = await api.data<{ coins_balance: number }>("GET", "/concerts/artists/me", { as });
  assert.equal(own.coins_balance, coins.balance, owner);
}

async function pages<Item extends { id: string }>(
  api: ApiClient,
  path: string,
  limit: number,
  query: Record<string, string>,
  as?: Person,
): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | null | undefined = null;
  do {
    const reply: Reply<Item[]> = await api.send("GET", path, {
      as,
      query: { ...query, limit, ...(cursor ? { cursor } : {}) },
    });
    assert.equal(reply.status, 200, reply.text);
    items.push(...reply.body.data);
    assert.equal(new Set(items.map(({ id }) => id)).size, items.length, "an item came twice");
    cursor = reply.body.next_cursor;
  } while (cursor);
  return items;
}

/** What has to become of an old row, told without the readers under test. */
function oldConcertOf({ key, value }: Row): OldConcert {
  const fields = (typeof value === "string" ? JSON.parse(value) : value) as Record<string, unknown>;
  const names = key.split(":");
  const isPersonal = names.length > 2;
  const date = String(fields.event_date ?? fields.date)
    .replace(/^(\d\d)\.(\d\d)\.(\d{4})$/, "$3-$2-$1");
  const isDate = /^\d{4}-\d\d-\d\d$/.test(date) &&
    new Date(`${date}T00:00:00Z`).toISOString().startsWith(date);
  const isReadable = String(fields.title ?? "").trim() !== "" && isDate;
  return {
    id: names.at(-1) ?? "",
    owner: isPersonal ? names.slice(1, -1).join(":") : String(fields.artist_id),
    isReadable,
    isPublic: isReadable && !isPersonal && fields.moderation_status === "approved" &&
      fields.is_hidden !== true,
  };
}
