import assert from "node:assert/strict";
import {
  type ImportOptions,
  importSource,
  MigrationTarget,
  openSource,
  planImport,
  rollback,
} from "../../migrate/mod.ts";
import type { SourceRow } from "../../migrate/sources/source.ts";
import type { Entity } from "../../supabase/functions/_shared/database/transfer/record.ts";
import { oldRecords } from "../transfer/old-records.ts";
import { dumpData } from "../migrate/data-dump.ts";
import { createMigrationContext, type MigrationContext } from "../migrate/migration-context.ts";
import { observed, type Rejection } from "../migrate/observed-rejections.ts";
import {
  artist,
  campaign,
  campaignId,
  concert,
  concertId,
  event,
  idOf,
  otherArtist,
  profile,
  refund,
  reminder,
  sale,
  saleId,
  sheet,
} from "../migrate/stored-documents.ts";

// What a plan says would be rejected is what the import of the same source into the same target rejects, for the same
// reasons, however the records fall into batches.

let context: MigrationContext;
Deno.test.beforeAll(async () => {
  context = await createMigrationContext();
});
Deno.test.afterAll(() => context.close());

/** Each with empty tables; `undo` takes back what it does to the schema. */
function planTest(name: string, body: () => Promise<void>, undo?: string) {
  Deno.test({
    name,
    async fn() {
      await rollback(context.target, { force: true, batchSize: 1000 });
      try {
        await body();
      } finally {
        if (undo) await context.stack.sql(undo);
      }
    },
    // The stack's connections outlive the test that happens to open them.
    sanitizeOps: false,
    sanitizeResources: false,
  });
}

type Options = Partial<Pick<ImportOptions, "batchSize" | "only">>;

/** Plans an import, and then makes it: what was rejected by both. */
async function planned(rows: SourceRow[], options: Options = {}): Promise<Rejection[]> {
  const { stack, target, folder, path } = context;
  const file = path("store.ndjson");
  await Deno.writeTextFile(
    file,
    rows.map(({ key, value }) => `{"key":${JSON.stringify(key)},"value":${value}}\n`).join(""),
  );
  const before = await dumpData(stack);
  const whole = { folder, batchSize: 1000, ...options };
  const plan = await observed(async () => planImport(await openSource(file), target, whole));
  assert.equal(await dumpData(stack), before, "a plan writes nothing");
  const made = await observed(async () => importSource(await openSource(file), target, whole));
  assert.deepEqual(plan.rejections, made.rejections);
  assert.deepEqual(plan.result.results, made.result.results);
  assert.deepEqual(plan.result.summary, made.result.summary);
  assert.deepEqual(plan.outcomes, made.outcomes);
  return made.rejections;
}

/** Ids and reasons alone. */
function reasonsOf(rejections: Rejection[]): Record<string, string> {
  return Object.fromEntries(rejections.map(([, id, , reason]) => [id, reason]));
}

/** Numbers from `first` on. */
function numbers(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}

const external = (id: string) => ({ external_transaction_id: id });
const externalKey = "unique:ticket_sales_external_transaction_key";

// Imports have three batches on their way at once: only of what is further apart it is certain who comes first.
for (const batchSize of [1000, 2, 1]) {
  planTest(`sales with one external id, ${batchSize} a batch`, async () => {
    const rejections = await planned([
      concert(1),
      concert(2, {}, otherArtist),
      sale(1, 1, external("A")),
      sale(2, 1, external("B")),
      ...numbers(3, 8).map((number) => sale(number, 1)),
      sale(11, 1, external("B")),
      sale(12, 1, { ...external("A"), provider_id: "yandex" }),
      ...numbers(13, 8).map((number) => sale(number, 1)),
      sale(21, 1, external("A")),
      sale(22, 2, { ...external("A"), artist_id: otherArtist }),
    ], { batchSize });
    assert.deepEqual(reasonsOf(rejections), {
      [saleId(11)]: externalKey,
      [saleId(21)]: externalKey,
    });
  });

  planTest(`artists with one name, ${batchSize} a batch`, async () => {
    const takenOver = (number: number, username: string, legacy_id: string) =>
      profile(idOf("a", number), { username, legacy_id, claimed_by: idOf("9", number) });
    const rejections = await planned([
      takenOver(1, "alisa", "one"),
      ...numbers(2, 8).map((number) => profile(idOf("a", number))),
      takenOver(10, "Alisa", "ten"),
      ...numbers(11, 8).map((number) => profile(idOf("a", number))),
      takenOver(19, "boris", "one"),
      takenOver(20, "vera", "twenty"),
    ], { batchSize });
    assert.deepEqual(reasonsOf(rejections), {
      [idOf("9", 10)]: "unique:artists_username_key",
      [idOf("9", 19)]: "unique:artists_legacy_id_key",
    });
  });

  planTest(`messages to one address and at one place, ${batchSize} a batch`, async () => {
    const rejections = await planned([
      campaign(1, null),
      campaign(2, null),
      sheet(1, 0, numbers(1, 9).map((number) => [number, number, `buyer${number}@example.com`])),
      // The first of these is there twice, by both rules.
      sheet(1, 1, [[10, 1, "buyer1@example.com"], [11, 2, "other@example.com"]]),
      sheet(1, 2, [[12, 12, "buyer3@example.com"], [13, 13, "another@example.com"]]),
      sheet(2, 0, [[14, 1, "buyer1@example.com"]]),
    ], { batchSize });
    assert.deepEqual(reasonsOf(rejections), {
      [idOf("b", 10)]: "unique:campaign_deliveries_address_key",
      [idOf("b", 11)]: "unique:campaign_deliveries_position_key",
      [idOf("b", 12)]: "unique:campaign_deliveries_address_key",
    });
  });
}

planTest(
  "a key that a whole batch wants in vain costs one more attempt, not one for each",
  async () => {
    const { importRecords } = MigrationTarget.prototype;
    const attempts = new Map<string, number>();
    MigrationTarget.prototype.importRecords = function (entity, records, options) {
      if (options && "dry_run" in options) attempts.set(entity, (attempts.get(entity) ?? 0) + 1);
      return importRecords.call(this, entity, records, options);
    };
    try {
      const rejections = await planned([
        concert(1),
        sale(1, 1, external("0")),
        ...numbers(2, 59).map((number) => sale(number, 1)),
        ...numbers(61, 10).map((number) => sale(number, 1, external("0"))),
      ], { batchSize: 10 });
      assert.deepEqual(
        reasonsOf(rejections),
        Object.fromEntries(numbers(61, 10).map((number) => [saleId(number), externalKey])),
      );
      assert.equal(attempts.get("ticket_sales"), 7, "the last batch has nothing left to try");
    } finally {
      MigrationTarget.prototype.importRecords = importRecords;
    }
  },
);

const hereBefore = ["notifications", "ticket_sales", "artists"];

planTest("a key that a row of the target has", async () => {
  const { stack } = context;
  await planned([concert(1), concert(2)]);
  await stack.sql(
    `insert into artists (id, username, legacy_id) values ('${
      idOf("7", 1)
    }', 'Vera', 'here before')`,
  );
  await stack.sql(`
    insert into ticket_sales (
      legacy_id, concert_id, artist_id, provider_id, external_transaction_id, quantity, unit_price, total_amount,
      commission_amount, net_amount, status
    ) values ('here before', '${
    concertId(1)
  }', '${artist}', 'kassir', 'A', 1, 1, 1, 0, 1, 'confirmed')
  `);
  await stack.sql(`
    insert into notifications (
      legacy_id, user_id, concert_id, notification_type, title, message, days_before, scheduled_for
    ) values ('here before', '${artist}', '${
    concertId(1)
  }', 'reminder', 'Скоро', '', 7, '2099-01-01')
  `);
  const rejections = await planned([
    concert(1),
    concert(2),
    profile(idOf("a", 1), { username: "vera" }),
    sale(1, 1, external("A")),
    sale(2, 1, external("B")),
    reminder(1, 1, 7),
    reminder(2, 2, 7),
  ], { batchSize: 2 });
  assert.deepEqual(reasonsOf(rejections), {
    [idOf("a", 1)]: "unique:artists_username_key",
    [saleId(1)]: externalKey,
    [idOf("e", 1)]: "unique:notifications_automatic_reminder_key",
  });
}, hereBefore.map((table) => `delete from ${table} where legacy_id = 'here before'`).join(";"));

for (const batchSize of [1000, 2, 1]) {
  planTest(
    `records of a refused concert, ${batchSize} a batch`,
    async () => {
      await context.stack.sql(
        "alter table concerts add constraint no_second check (title <> 'Второй')",
      );
      const rejections = await planned([
        concert(1),
        concert(2, { title: "Второй" }),
        sale(1, 1),
        sale(2, 2),
        sale(3, 1),
        sale(4, 2, external("A")),
        sale(5, 2, external("A")),
        refund(1, 1),
        refund(2, 2),
        event("one", 1),
        event("two", 2),
        reminder(1, 1, 7),
        reminder(2, 2, 7),
        campaign(1, 1),
        campaign(2, 2),
        sheet(1, 0, [[1, 1, "one@example.com"]]),
        sheet(2, 0, [[2, 1, "one@example.com"], [3, 2, "two@example.com"]]),
      ], { batchSize });
      assert.deepEqual(reasonsOf(rejections), {
        [concertId(2)]: "constraint:no_second",
        [saleId(2)]: "missing:concerts",
        [saleId(4)]: "missing:concerts",
        [saleId(5)]: "missing:concerts",
        [idOf("f", 2)]: "missing:ticket_sales",
        [`${artist} kassir two`]: "missing:ticket_sales",
        [idOf("e", 2)]: "missing:concerts",
        [campaignId(2)]: "missing:concerts",
        [idOf("b", 2)]: "missing:email_campaigns",
        [idOf("b", 3)]: "missing:email_campaigns",
      });
    },
    "alter table concerts drop constraint no_second",
  );

  planTest(`an artist refused for a name, ${batchSize} a batch`, async () => {
    const account = idOf("9", 10);
    const rejections = await planned([
      profile(idOf("a", 1), { username: "same", claimed_by: idOf("9", 1) }),
      ...numbers(2, 8).map((number) => profile(idOf("a", number))),
      profile(idOf("a", 10), { username: "same", claimed_by: account }),
      concert(1),
      concert(2, {}, account),
      sale(1, 1, external("A")),
      sale(2, 2, { artist_id: account, provider_id: "nowhere" }),
      sale(3, 2, { artist_id: account }),
    ], { batchSize });
    assert.deepEqual(reasonsOf(rejections), {
      [account]: "unique:artists_username_key",
      [concertId(2)]: "missing:artists",
      // The first of the tables by name, or, of a record that is written alone, by the columns' order.
      [saleId(3)]: batchSize === 1 ? "missing:concerts" : "missing:artists",
    });
  });

  planTest(`tables that are not sent, ${batchSize} a batch`, async () => {
    const store = [concert(1), concert(2), sale(1, 1), sale(2, 2), sale(3, 2), refund(1, 1)];
    const sent = (...only: Entity[]) => planned(store, { batchSize, only });
    assert.deepEqual(reasonsOf(await sent("concerts")), {
      [concertId(1)]: "missing:artists",
      [concertId(2)]: "missing:artists",
    });
    assert.equal((await sent("ticket_sales", "ticket_refunds")).length, 4);
    assert.equal((await sent("artists", "ticket_sales")).length, 3);
    assert.deepEqual(await sent("artists", "concerts"), []);
    // Now their parents are in the target.
    assert.deepEqual(await sent("ticket_sales", "ticket_refunds"), []);
  });

  planTest(
    `indexes of any kind, ${batchSize} a batch`,
    async () => {
      await context.stack.sql(
        `create unique index concerts_one_title on concerts (lower(title), artist_id) where city <> ''`,
      );
      await context.stack.sql(
        "create unique index refunds_one_reason on ticket_refunds (amount, reason) nulls not distinct",
      );
      const alone = (number: number, changes: object = {}) =>
        concert(number, { title: `Концерт ${number}`, city: "Казань", ...changes });
      const rejections = await planned([
        alone(1, { title: "Весна" }),
        ...numbers(2, 8).map((number) => alone(number)),
        alone(10, { title: "ВЕСНА" }),
        alone(11, { title: "весна", city: null }),
        alone(12, { title: "весна", artist_id: otherArtist, owner: otherArtist }),
        ...numbers(1, 12).map((number) => sale(number, number)),
        refund(1, 1),
        ...numbers(2, 8).map((number) => refund(number, number, `${number}`)),
        // Of a sale that is refused; and like the first, which has no reason either.
        refund(10, 10),
        refund(11, 11),
      ], { batchSize });
      assert.deepEqual(reasonsOf(rejections), {
        [concertId(10)]: "unique:concerts_one_title",
        [saleId(10)]: "missing:concerts",
        [idOf("f", 10)]: batchSize === 1 ? "unique:refunds_one_reason" : "missing:ticket_sales",
        [idOf("f", 11)]: "unique:refunds_one_reason",
      });
    },
    "drop index if exists concerts_one_title, refunds_one_reason",
  );
}

planTest(
  "who is in another's way only because of a batch before",
  async () => {
    await context.stack.sql("create unique index concerts_one_title on concerts (title)");
    await context.stack.sql("create unique index concerts_one_city on concerts (city)");
    const alone = (number: number, title: string, city: string) => concert(number, { title, city });
    // The sixteenth would keep the next one from its city, had it not gone for the title of the first.
    const rejections = await planned([
      alone(1, "Весна", "Пермь"),
      ...numbers(2, 14).map((number) => alone(number, `Концерт ${number}`, `Город ${number}`)),
      alone(16, "Весна", "Тула"),
      alone(17, "Лето", "Тула"),
      alone(18, "Лето", "Омск"),
      alone(19, "Осень", "Омск"),
    ], { batchSize: 5 });
    assert.deepEqual(reasonsOf(rejections), {
      [concertId(16)]: "unique:concerts_one_title",
      [concertId(18)]: "unique:concerts_one_title",
    });
  },
  "drop index if exists concerts_one_title, concerts_one_city",
);

planTest("a second import of the same finds no clash with itself", async () => {
  const store = [
    concert(1),
    ...numbers(1, 9).map((number) => sale(number, 1, external(`${number}`))),
  ];
  assert.deepEqual(await planned(store, { batchSize: 2 }), []);
  assert.deepEqual(await planned(store, { batchSize: 2 }), []);
});

for (const seed of [1, 2]) {
  planTest(
    `random store ${seed}, with a rule that refuses some`,
    async () => {
      await context.stack.sql(
        "alter table concerts add constraint not_all check (views_count <> 12)",
      );
      await context.stack.sql(
        "alter table artists add constraint not_all check (legacy_id <> 'demo-user')",
      );
      const rows = oldRecords(seed, 300)
        .map(({ key, value }) => ({ key, value: JSON.stringify(value) }));
      assert.ok((await planned(rows, { batchSize: 9 })).length > 0);
    },
    "alter table concerts drop constraint not_all; alter table artists drop constraint not_all",
  );
}
