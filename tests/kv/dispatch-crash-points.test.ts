import assert from "node:assert/strict";
import type { LocalStack } from "../../local/stack.ts";
import { createKvBackend } from "../../supabase/functions/_shared/database/kv/create-kv-backend.ts";
import { dispatchNotifications } from "../../supabase/functions/notifications/dispatch-notifications.ts";
import { KeyedProvider } from "../conformance/keyed-provider.ts";
import { kvNotificationFixtures } from "../support/notification-fixtures.ts";
import { startTestStack } from "../support/test-stack.ts";
import { breakingDataApi, type BreakingOptions } from "./breaking-data-api.ts";
import { pendingRows, putRow, rowsUnder } from "./old-rows.ts";

// What becomes of a claim is many rows in kv mode. Wherever a dispatcher dies between two of them, what is left of the
// claim goes to the provider under the key of the whole, of which it may know that it has refused it, or some of it.

let stack: LocalStack;
Deno.test.beforeAll(async () => {
  stack = await startTestStack();
});
Deno.test.afterAll(async () => {
  await stack.close();
});

function openService(options: BreakingOptions = {}) {
  const { client, writes } = breakingDataApi(stack, options);
  const accounts = {
    verifiedEmail: () => Promise.resolve(null),
    hasNoAccount: () => Promise.resolve(true),
  };
  const { notifications } = createKvBackend(client, accounts).open({ kind: "service" });
  return { notifications, writes };
}

/** Four people with mail that is due, of whom the provider will not have the last. */
async function peopleWithMail(provider: KeyedProvider) {
  const people = Array.from({ length: 4 }, () => crypto.randomUUID())
    .map((id) => ({ id, email: `${id}@example.com` }));
  for (const { id, email } of people) {
    await putRow(stack, `profile:${id}`, { email, full_name: "Ветер" });
    await addDue({ userId: id, type: "system", channel: "email" });
  }
  provider.unwanted.add(people[3].email);
  return { people, wanted: people.slice(0, 3), unwanted: people[3] };
}

const addDue: ReturnType<typeof kvNotificationFixtures>["addDue"] = (due) =>
  kvNotificationFixtures(stack).addDue(due);

async function run(
  { notifications }: ReturnType<typeof openService>,
  { transports }: KeyedProvider,
) {
  return await dispatchNotifications(notifications, transports, { limit: 100, random: () => 0.5 });
}

async function stateOf({ id }: { id: string }) {
  const [{ status, attempts, error_message }] = (await rowsUnder(stack, `notification:${id}:`))
    .values();
  return { status, attempts, error_message };
}

for (const permissive of [false, true]) {
  const refused = permissive ? "one by one" : "together";
  Deno.test({
    name:
      `mail refused ${refused} and interrupted anywhere arrives once, and only what arrived is sent`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const makeProvider = () => new KeyedProvider({ remembersRefusals: true, permissive });
      const whole = openService();
      const provider = makeProvider();
      await peopleWithMail(provider);
      await run(whole, provider);
      assert.ok(whole.writes() >= 8, `${whole.writes()} writes are too few to be interrupted`);

      for (let made = 1; made <= whole.writes(); made++) {
        for (const point of ["before", "after"] as const) {
          const where = `${point} write ${made}`;
          const provider = makeProvider();
          const { people, wanted, unwanted } = await peopleWithMail(provider);
          await assert.rejects(run(openService({ breakAt: made, point }), provider), where);
          for (let time = 0; time < 3; time++) {
            for (const { id } of people) await kvNotificationFixtures(stack).letTimePass(id);
            await run(openService(), provider);
          }
          assert.deepEqual(
            provider.arrived.toSorted(),
            wanted.map(({ email }) => email).toSorted(),
            where,
          );
          for (const person of wanted) assert.equal((await stateOf(person)).status, "sent", where);
          const { status, error_message } = await stateOf(unwanted);
          assert.notEqual(status, "sent", where);
          assert.match(String(error_message), /^Почтовый сервис/, where);
          assert.equal(await pendingRows(stack), 0, where);
          await forget(people);
        }
      }
    },
  });
}

Deno.test({
  name: "what is left of a claim comes back whole, whatever else is written of it meanwhile",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const { people } = await peopleWithMail(new KeyedProvider());
    const first = await openService().notifications.claimDue(100);
    assert.equal(first?.notifications.length, 4);
    await kvNotificationFixtures(stack).endLeases();
    // Everybody reads theirs while the claim is taken again.
    const readAll = (count: number) =>
      count > 1 ? Promise.resolve() : stack.sql(
        `update public.kv_store_84730125
         set value = value || jsonb_build_object('is_read', true, 'rev', (value ->> 'rev')::int + 1)
         where key like 'notification:%' and value ->> 'lease_until' < $1::text`,
        [new Date().toISOString()],
      ).then(() => {});
    const again = await openService({ afterWrite: readAll }).notifications.claimDue(100);
    assert.deepEqual([again?.id, again?.mayBeTaken], [first.id, true]);
    assert.equal(again?.notifications.length, 4);
    const read = await Promise.all(people.map(({ id }) => rowsUnder(stack, `notification:${id}:`)));
    assert.equal(read.filter((rows) => [...rows.values()][0].is_read === true).length, 3);
    await forget(people);
  },
});

Deno.test({
  name: "a reminder cancelled between a refusal and what follows from it stays cancelled",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const provider = new KeyedProvider({ permissive: true });
    const { people } = await peopleWithMail(provider);
    for (const { email } of people) provider.unwanted.add(email);
    // Four are claimed by four writes; the fifth decides what became of all of them.
    await assert.rejects(run(openService({ breakAt: 5, point: "after" }), provider));
    assert.equal(await pendingRows(stack), 1);
    await stack.sql(
      `update public.kv_store_84730125
       set value = value || jsonb_build_object(
         'status', 'cancelled', 'claim_id', null, 'lease_until', null,
         'rev', (value ->> 'rev')::int + 1
       )
       where key like 'notification:%' and value ->> 'status' = 'sending'`,
    );
    await openService().notifications.claimDue(100);
    assert.equal(await pendingRows(stack), 0);
    const states = await Promise.all(people.map(stateOf));
    assert.deepEqual(states.map(({ status }) => status).toSorted(), [
      "cancelled",
      "cancelled",
      "cancelled",
      "failed",
    ]);
    await forget(people);
  },
});

async function forget(people: { id: string }[]) {
  for (const { id } of people) {
    await stack.sql(
      `delete from public.kv_store_84730125
       where starts_with(key, 'notification:' || $1::text || ':') or key = 'profile:' || $1::text`,
      [id],
    );
  }
}
