import assert from "node:assert/strict";
import type { LocalStack } from "../../local/stack.ts";
import type { Caller, UserCaller } from "../../supabase/functions/_shared/auth/caller.ts";
import { artistIdOf } from "../../supabase/functions/_shared/database/legacy/ids.ts";
import type { Database } from "../../supabase/functions/_shared/database/types.ts";
import { words } from "../conformance/campaign-making.ts";
import { assertRefused } from "../conformance/expect.ts";
import { startTestStack } from "../support/test-stack.ts";
import { openAs as openOn, person, type Process } from "./kv-process.ts";
import { oldConcert, putRow, rowsUnder } from "./old-rows.ts";

// Who does what while a profile is being claimed, or after the claim has died.

const firstPage = { limit: 100, after: null };
const everything = { status: null, when: "all" } as const;

let stack: LocalStack;
Deno.test.beforeAll(async () => {
  stack = await startTestStack();
});
Deno.test.afterAll(async () => {
  await stack.close();
});

const openAs = (caller: Caller, process?: Process) => openOn(stack, caller, process);
const visitor = () => openAs({ kind: "anonymous" }).database;

interface LeftArtist {
  owner: string;
  oldId: string;
  concertId: string;
  claimant: UserCaller;
}

/** An old profile with a concert and 250 coins, and whoever may claim it. */
async function leftArtist(owner: string): Promise<LeftArtist> {
  const email = `${crypto.randomUUID()}@example.com`;
  const concertName = `tour_${crypto.randomUUID()}`;
  await putRow(stack, `profile:${owner}`, { full_name: "Ветер", email });
  await putRow(stack, `concert:${concertName}`, oldConcert(owner, concertName));
  await putRow(stack, `coins:balance:${owner}`, "250");
  const oldId = await artistIdOf(owner);
  const found = await openAs(person(oldId)).database.concerts.find(concertName);
  const claimant = person(crypto.randomUUID(), email);
  return { owner, oldId, concertId: found.concert.id, claimant };
}

/** Claims as an instance that is gone behind its first write, which marks the old profile. */
async function dieBehindTheMark({ claimant }: LeftArtist): Promise<void> {
  const { database } = openAs(claimant, { breakAt: 1, point: "after" });
  await assertRefused(database.artists.claim(), "unavailable");
}

async function concertsOf(database: Database): Promise<string[]> {
  const { items } = await database.concerts.listOwn(everything, firstPage);
  return items.map(({ id }) => id).toSorted();
}

/** Whose coins, concerts and name there are. */
async function possessions(database: Database) {
  const { full_name, legacy_id, coins_balance } = await database.artists.own();
  const { balance, items } = await database.coins.listOwn(firstPage);
  assert.equal(balance, coins_balance);
  const movements = items.reduce((sum, { amount }) => sum + amount, 0);
  assert.equal(movements, balance);
  return { full_name, legacy_id, coins_balance, concerts: await concertsOf(database) };
}

function kvTest(name: string, body: () => Promise<void>) {
  // The stack's connections outlive the test that happens to open them.
  Deno.test({ name, fn: body, sanitizeOps: false, sanitizeResources: false });
}

const owners = { name: () => `demo-${crypto.randomUUID()}`, account: () => crypto.randomUUID() };

const firsts: Record<string, (database: Database) => Promise<unknown>> = {
  concert: ({ concerts }) => concerts.create({ title: "Новый концерт" }),
  profile: ({ artists }) => artists.updateOwn({ city: "Тверь" }),
  campaign: ({ campaigns }) => campaigns.create(words),
  connection: ({ ticketConnections }) =>
    ticketConnections.save("afisha", {
      api_key_encrypted: "ciphertext",
      api_key_last4: "9999",
      webhook_secret_encrypted: "ciphertext",
    }),
};

for (const [kind, makeOwner] of Object.entries(owners)) {
  kvTest(
    `a claim that died is gone on with by whatever the account does next: ${kind}`,
    async () => {
      for (const [name, makeFirst] of Object.entries(firsts)) {
        const left = await leftArtist(makeOwner());
        await dieBehindTheMark(left);
        const { full_name } = await visitor().artists.findPublic(left.owner);
        assert.equal(full_name, "Ветер", "its page never goes");
        assert.equal((await visitor().artists.findPublic(left.claimant.id)).full_name, "Ветер");

        const { database } = openAs(left.claimant);
        await makeFirst(database);
        const { concerts, ...rest } = await possessions(database);
        const all = { full_name: "Ветер", legacy_id: left.owner, coins_balance: 250 };
        assert.deepEqual(rest, all, name);
        assert.ok(concerts.includes(left.concertId), name);
        assert.equal(concerts.length, name === "concert" ? 2 : 1, name);
        assert.equal((await database.artists.claim()).id, left.claimant.id, name);
      }
    },
  );
}

kvTest("a claim that loses to a profile of the account's own gives the old one back", async () => {
  for (const makeOwner of Object.values(owners)) {
    for (const retriesItself of [true, false]) {
      const left = await leftArtist(makeOwner());
      const { claimant, owner } = left;
      // A request of theirs that had looked before the claim began.
      const own = { full_name: "Сам", email: null, claimed_at: new Date().toISOString() };
      const afterWrite = async (count: number) => {
        if (count === 1) await putRow(stack, `profile:${claimant.id}`, own);
      };
      if (retriesItself) {
        const { database } = openAs(claimant, { afterWrite });
        await assertRefused(database.artists.claim(), "conflict");
      } else {
        await assertRefused(
          openAs(claimant, { breakAt: 1, point: "after", afterWrite }).database.artists.claim(),
          "unavailable",
        );
        await assertRefused(openAs(claimant).database.artists.claim(), "conflict");
      }
      const [row] = (await rowsUnder(stack, `profile:${owner}`)).values();
      assert.equal(row.claimed_by, undefined);
      assert.equal((await visitor().artists.findPublic(owner)).full_name, "Ветер");
      const other = openAs(person(crypto.randomUUID(), claimant.email)).database;
      await other.artists.claim();
      assert.equal((await possessions(other)).coins_balance, 250);
    }
  }
});

kvTest("a profile that nobody got waits for anybody with its e-mail", async () => {
  const left = await leftArtist(crypto.randomUUID());
  await dieBehindTheMark(left);
  await putRow(stack, `profile:${left.claimant.id}`, { full_name: "Сам", email: null });
  const other = openAs(person(crypto.randomUUID(), left.claimant.email)).database;
  assert.equal((await other.artists.claim()).legacy_id, left.owner);
});

for (const spelled of ["toLowerCase", "toUpperCase"] as const) {
  kvTest(
    `whoever comes into the old id while it is claimed keeps what they make: ${spelled}`,
    async () => {
      const leave = async () => {
        const left = await leftArtist(crypto.randomUUID()[spelled]());
        await makeEverything(openAs(person(left.oldId)).database, "kassir");
        return left;
      };
      const undisturbed = openAs((await leave()).claimant);
      await undisturbed.database.artists.claim();
      const total = undisturbed.writes();
      assert.ok(total >= 12, `${total} writes are too few to come between`);
      for (let writes = 1; writes <= total; writes++) {
        const left = await leave();
        const late = openAs(person(left.oldId)).database;
        let interrupted = false;
        const { database } = openAs(left.claimant, {
          async afterWrite(count) {
            if (count !== writes) return;
            interrupted = true;
            await makeEverything(late, "afisha");
          },
        });
        await database.artists.claim();
        const when = `after write ${writes} of ${total}`;
        assert.ok(interrupted, when);
        const theirs = await everythingOf(openAs(left.claimant).database);
        assert.equal(theirs.profile.legacy_id, left.oldId, when);
        assert.deepEqual(theirs.counts, { ...one, coins: 250, concerts: 2 }, when);
        assert.deepEqual(theirs.providers, ["kassir"], when);
        const own = await everythingOf(late);
        assert.equal(own.profile.legacy_id, null, when);
        assert.deepEqual(own.counts, { ...one, coins: 0 }, when);
        assert.deepEqual(own.providers, ["afisha"], when);
      }
    },
  );
}

kvTest("a change of the old profile that a claim overtakes changes nothing of it", async () => {
  const left = await leftArtist(crypto.randomUUID());
  const username = `v${crypto.randomUUID().slice(0, 8)}`;
  const late = openAs(person(left.oldId), {
    // The name is reserved first.
    async afterWrite(count) {
      if (count === 1) await openAs(left.claimant).database.artists.claim();
    },
  }).database;
  await assertRefused(late.artists.updateOwn({ username }), "unavailable");
  const changed = await late.artists.updateOwn({ username });
  const { full_name, legacy_id, coins_balance } = changed;
  assert.deepEqual([full_name, legacy_id, coins_balance, changed.username], [
    null,
    null,
    0,
    username,
  ]);
  const claimed = await openAs(left.claimant).database.artists.claim();
  assert.deepEqual([claimed.full_name, claimed.coins_balance], ["Ветер", 250]);
});

const one = { concerts: 1, campaigns: 1, notifications: 1 };

/** One of each kind of record that names its owner. */
async function makeEverything(database: Database, provider: string): Promise<void> {
  await database.concerts.create({ title: "Новый концерт" });
  await database.campaigns.create(words);
  await database.ticketConnections.save(provider, {
    api_key_encrypted: "ciphertext",
    api_key_last4: "9999",
    webhook_secret_encrypted: "ciphertext",
  });
  await database.notifications.create({
    concert_id: null,
    title: "Напоминание",
    message: "Позвонить в клуб",
    scheduled_for: "2099-01-01T00:00:00.000Z",
    channel: "in_app",
  });
}

async function everythingOf(database: Database) {
  const { coins_balance, concerts, ...profile } = await possessions(database);
  const campaigns = await database.campaigns.listOwn({ status: null }, firstPage);
  const notifications = await database.notifications.counts();
  const connections = await database.ticketConnections.listOwn();
  return {
    profile,
    counts: {
      coins: coins_balance,
      concerts: concerts.length,
      campaigns: campaigns.items.length,
      notifications: notifications.total,
    },
    providers: connections.map(({ provider_id }) => provider_id),
  };
}

Deno.test("a profile that says of itself that it takes another over gets nothing", async () => {
  const { owner, oldId } = await leftArtist(`demo-${crypto.randomUUID()}`);
  const forger = person(crypto.randomUUID());
  const forged = openAs(forger).database;
  await forged.artists.updateOwn({ bio: "О себе" });
  await stack.sql(
    "update kv_store_84730125 set value = value || $2::jsonb where key = 'profile:' || $1::text",
    [forger.id, JSON.stringify({ claiming: owner })],
  );
  const own = await openAs(forger).database.artists.own();
  assert.equal(own.coins_balance, 0);
  assert.deepEqual(await concertsOf(openAs(forger).database), []);
  assert.equal((await openAs(person(oldId)).database.artists.own()).coins_balance, 250);
});
