import assert from "node:assert/strict";
import type { StorageMode } from "../../supabase/functions/_shared/database/types.ts";
import { concerts } from "../../supabase/functions/concerts/concerts.ts";
import { putRow } from "../kv/old-rows.ts";
import { createApiClient } from "../scenarios/api-client.ts";
import { type Person, signIn } from "../support/caller-tokens.ts";
import { appOn } from "../support/test-stack.ts";
import { createMigrationContext, type MigrationContext } from "./migration-context.ts";
import { emptyStores } from "../support/empty-stores.ts";

// Artists of whom no profile tells are made of their concerts: what becomes of them when these go.

let context: MigrationContext;
let artist: Person;
Deno.test.beforeAll(async () => {
  context = await createMigrationContext();
});
Deno.test.afterAll(() => context.close());

const older = "1700000000001-older";
const later = "1700000000002-later";

/** Each begins with another artist's concert and the given ones of an artist without a profile, imported. */
function artistTest(name: string, ids: string[], body: () => Promise<void>) {
  Deno.test({
    name,
    // The stack's connections outlive the test that happens to open them.
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const { stack } = context;
      await emptyStores(stack);
      artist = await signIn(stack);
      await putConcert("1700000000000-other", crypto.randomUUID(), "2023-01-01T00:00:00.000Z");
      for (const id of ids) {
        const year = id === older ? 2024 : 2025;
        await putConcert(id, artist.id, `${year}-01-01T00:00:00.000Z`);
      }
      await succeeds("import");
      await body();
    },
  });
}

async function putConcert(id: string, owner: string, createdAt: string): Promise<void> {
  await putRow(context.stack, `concert:${id}`, {
    id,
    artist_id: owner,
    title: "Северный ветер",
    event_date: "2099-06-01",
    moderation_status: "draft",
    created_at: createdAt,
    updated_at: createdAt,
  });
}

async function send<Data>(mode: StorageMode, method: string, path: string, body?: unknown) {
  const { stack } = context;
  const api = createApiClient([{ definition: concerts, app: appOn(stack, concerts, mode) }], stack);
  return await api.data<Data>(method, path, { as: artist, body });
}

async function deleteConcert(mode: StorageMode, id: string): Promise<void> {
  await send(mode, "DELETE", `/concerts/${id}`);
}

async function succeeds(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await context.migrate(...args);
  assert.equal(code, 0, `${args.join(" ")}: ${stdout}\n${stderr}`);
  return stdout;
}

async function artistRow() {
  const [row] = await context.stack.sql(
    "select created_at::text from artists where id = $1::uuid",
    [artist.id],
  );
  return row ?? null;
}

for (const mode of ["kv", "dual-kv"] as const) {
  artistTest(`${mode}: an artist goes with their only concert`, [older], async () => {
    await deleteConcert(mode, older);
    if (mode === "kv") await succeeds("import");
    assert.match(
      await succeeds("verify", "--repair"),
      /1 artists deleted of whom no record tells any more/,
    );
    assert.equal(await artistRow(), null);
    await succeeds("verify");
  });
}

artistTest(
  "dual-kv after dual-sql: an artist goes with their only concert, though changes are listed",
  [older],
  async () => {
    await context.target.startMirroring();
    await deleteConcert("dual-kv", older);
    await succeeds("verify", "--repair");
    assert.equal(await artistRow(), null);
  },
);

/** What the tables have of the artist is in both stores, and stays so whichever way they are brought over. */
async function staysTheSame(mode: StorageMode, before: unknown): Promise<void> {
  if (mode === "sql") await succeeds("export-kv");
  await succeeds("verify", ...mode === "sql" ? [] : ["--repair"]);
  assert.deepEqual(await artistRow(), before);
  await succeeds("import");
  assert.deepEqual(await artistRow(), before);
  await succeeds("export-kv");
  await succeeds("verify");
}

for (const mode of ["sql", "dual-sql"] as const) {
  artistTest(
    `${mode}: an artist is as old as before their oldest concert went`,
    [older, later],
    async () => {
      const before = await artistRow();
      await deleteConcert(mode, older);
      await staysTheSame(mode, before);
    },
  );

  artistTest(`${mode}: an artist whose only concert goes stays`, [older], async () => {
    const before = await artistRow();
    await deleteConcert(mode, older);
    await staysTheSame(mode, before);
  });

  artistTest(
    `${mode}: an artist known by their coins is no younger for a first concert`,
    [],
    async () => {
      await putRow(context.stack, `coins:balance:${artist.id}`, "150");
      await succeeds("import");
      const before = await artistRow();
      const { id } = await send<{ id: string }>(mode, "POST", "/concerts", { title: "Первый" });
      await staysTheSame(mode, before);
      await deleteConcert(mode, id);
      await staysTheSame(mode, before);
    },
  );
}

artistTest(
  "coins under another spelling of their id are there once, also after the way back",
  [],
  async () => {
    const { stack } = context;
    await putRow(stack, `coins:balance:${artist.id.toUpperCase()}`, "100");
    await succeeds("import");
    await send("sql", "POST", "/concerts", { title: "Первый концерт" });
    await succeeds("export-kv");
    await succeeds("import");
    await succeeds("verify");
    const [{ coins_balance }] = await stack.sql("select coins_balance from artists where id = $1", [
      artist.id,
    ]);
    assert.equal(coins_balance, 100);
  },
);

artistTest(
  "an older concert that comes later makes them older, though nobody wrote them",
  [later],
  async () => {
    await putConcert(older, artist.id, "2024-01-01T00:00:00.000Z");
    await succeeds("import");
    await succeeds("verify");
  },
);
