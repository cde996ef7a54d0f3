import assert from "node:assert/strict";
import { createClient } from "@supabase/supabase-js";
import { completeConcert, pendingConcert, publicConcert } from "../conformance/concert-making.ts";
import type { ConformanceContext, ConformanceTest } from "../conformance/conformance-context.ts";
import type { UntypedClient, Victim } from "./attack.ts";
import { hadEffect } from "./data-api-attempts.ts";
import { wayOf } from "./personas.ts";
import { readingAttacks } from "./reading-attacks.ts";
import { writingAttacks } from "./writing-attacks.ts";

/** Columns an artist may write; each of the others is tried. */
const writableConcertColumns = [
  ...Object.keys(completeConcert()),
  "is_hidden",
];
const writableArtistColumns = ["username", "full_name", "bio", "avatar_url", "city", "phone"];

/** What nobody may do, whatever they send to the Data API. */
export function forbiddenDataApiTests(test: ConformanceTest): void {
  for (const { name, by, run } of [...readingAttacks, ...writingAttacks]) {
    test(`nobody ${name}: ${by.join(", ")}`, async (context) => {
      const victim = await makeVictim(context);
      const before = await context.fixtures.everythingOf(victim.owner.id);
      for (const persona of by) {
        const { dataApi } = await wayOf(persona, context, victim.owner);
        const answer = await run(dataApi as UntypedClient, victim);
        assert.equal(hadEffect(answer), false, `${persona}: ${JSON.stringify(answer.data)}`);
        assert.equal(await context.fixtures.everythingOf(victim.owner.id), before, persona);
      }
    });
  }

  for (
    const { table, writable } of [
      { table: "concerts", writable: writableConcertColumns },
      { table: "artists", writable: writableArtistColumns },
    ]
  ) {
    test(`an owner writes no column of ${table} but their own words`, async (context) => {
      const victim = await makeVictim(context);
      const { dataApi } = await wayOf("owner", context, victim.owner);
      const id = table === "concerts" ? victim.shown : victim.owner.id;
      const before = await context.fixtures.everythingOf(victim.owner.id);
      const columns = await columnsOf(context, table);
      assert.deepEqual(writable.filter((column) => !columns.includes(column)), [], "they exist");
      for (const column of columns.filter((name) => !writable.includes(name))) {
        const answer = await (dataApi as UntypedClient).from(table).update({ [column]: null })
          .eq("id", id).select("id");
        assert.equal(hadEffect(answer), false, column);
      }
      assert.equal(await context.fixtures.everythingOf(victim.owner.id), before);
    });
  }

  test("the schema for internals is not served", async (context) => {
    const { stack } = context;
    for (const key of [stack.publishableKey, stack.secretKey]) {
      const api = createClient(stack.url, key, {
        db: { schema: "private" },
        auth: { persistSession: false, autoRefreshToken: false },
      });
      for (
        const answer of [
          await api.from("idempotency_keys").select("*"),
          await api.rpc("remember_answer", { request_key: "k", request_answer: {} }),
        ]
      ) {
        assert.ok(answer.error, JSON.stringify(answer.data));
      }
    }
  });
}

/** An artist with something of everything. */
async function makeVictim(context: ConformanceContext): Promise<Victim> {
  const { fixtures, stack } = context;
  const owner = await context.makeArtist();
  await owner.database.artists.updateOwn({ full_name: "Владелец", phone: "+79000000000" });
  await fixtures.giveCoins(owner.id, [{
    amount: 500,
    type: "reward",
    description: "Подарок",
    created_at: new Date().toISOString(),
  }]);
  const draft = await owner.database.concerts.create(completeConcert());
  await pendingConcert(owner);
  const shown = await publicConcert(context, owner);
  await fixtures.sellTickets({
    artistId: owner.id,
    concertId: shown.id,
    quantity: 1,
    unitPrice: 100,
    commission: 5,
  });
  await stack.sql(
    `insert into public.artist_ticket_providers (artist_id, provider_id, api_key_encrypted, api_key_last4)
     values ($1::uuid, 'kassir', 'cipher', '1234')`,
    [owner.id],
  );
  return { owner, draft: draft.id, shown: shown.id };
}

async function columnsOf({ stack }: ConformanceContext, table: string): Promise<string[]> {
  const rows = await stack.sql(
    `select attname::text as name from pg_attribute
     where attrelid = ('public.' || $1::text)::regclass and attnum > 0 and not attisdropped
       and attgenerated = ''`,
    [table],
  );
  return rows.map(({ name }) => String(name));
}
