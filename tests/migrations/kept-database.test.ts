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
  alter table public.concerts drop constraint concerts_time_zone_name,
    add constraint concerts_time_zone_name check (char_length(time_zone) <= 64);
  drop function public.suppress_address(uuid, text, text), private.suppress_address(uuid, text, text);
  create function public.suppress_address(artist_id uuid, address text, reason text) returns void
    language sql as 'select';
  create function private.suppress_address(mailing_artist uuid, suppressed text, why text) returns void
    language sql as 'select';
  create function public.import_records(
    entity text, records jsonb, run_id uuid, checkpoint jsonb, outcomes jsonb, dry_run boolean
  ) returns jsonb language sql as 'select jsonb ''{}''';
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
      const [{ zones }] = await stack.sql(`
        select pg_get_constraintdef(oid) as zones from pg_constraint where conname = 'concerts_time_zone_name'
      `);
      assert.match(String(zones), /posix/);
      const functions = await stack.sql(`
        select format('%s.%s', pronamespace::regnamespace, proname) as name,
          prorettype::regtype::text as returned
        from pg_proc where proname in ('suppress_address', 'import_records') order by 1
      `);
      assert.deepEqual(functions, [
        { name: "private.import_records", returned: "jsonb" },
        { name: "private.suppress_address", returned: "boolean" },
        { name: "public.import_records", returned: "jsonb" },
        { name: "public.suppress_address", returned: "boolean" },
      ]);
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
