import assert from "node:assert/strict";
import type { LocalStack } from "../../local/stack.ts";
import { startTestStack } from "../support/test-stack.ts";

const folder = new URL("../../supabase/migrations/", import.meta.url);

/** As an earlier version left them; the campaigns' times are an administrator's. */
const before = `
  alter table private.schedules add column function_name text not null default 'some';
  delete from private.schedules;
  insert into private.schedules (name, schedule, path) values
    ('storage-setup', '17 * * * *', '/storage-setup'),
    ('campaigns', '*/5 * * * *', '/campaigns/dispatch');
  create index notifications_due_idx on public.notifications (scheduled_for, id) where status = 'pending';
`;

Deno.test("migrations run again bring a database of an earlier version up to date", async () => {
  const stack = await startTestStack();
  try {
    await stack.results(before);
    for (let times = 0; times < 2; times++) {
      await applyAll(stack);
      assert.deepEqual(await stack.sql("select * from private.schedules order by name"), [
        row("campaigns-dispatch", "*/5 * * * *", "/campaigns/dispatch"),
        row("notifications-dispatch", "* * * * *", "/notifications/dispatch"),
        row("storage-setup", "17 * * * *", "/storage-setup"),
      ]);
      const [{ index }] = await stack.sql("select to_regclass('notifications_due_idx') as index");
      assert.equal(index, null);
    }
  } finally {
    await stack.close();
  }
});

async function applyAll(stack: LocalStack): Promise<void> {
  const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  for (const name of names.sort()) {
    await stack.results(await Deno.readTextFile(new URL(name, folder)));
  }
}

const row = (name: string, schedule: string, path: string) => ({
  name,
  schedule,
  path,
  is_active: true,
});
